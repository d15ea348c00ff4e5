import { describe, expect, it } from 'vitest'
import { dayOf, monthOf, weekOf } from '../../../actions/snapshot/retention/calendar.ts'

describe('the calendar of UTC', () => {
  it.each([
    ['2026-11-27T02:17:00Z', '2026-11-27', '2026-W48', '2026-11'],
    ['2026-11-30T00:30:00+01:00', '2026-11-29', '2026-W48', '2026-11'],
    ['2026-12-31T23:59:59.999Z', '2026-12-31', '2026-W53', '2026-12'],
    ['2027-01-03T23:59:59.999Z', '2027-01-03', '2026-W53', '2027-01'],
    ['2027-01-04T00:00:00Z', '2027-01-04', '2027-W01', '2027-01'],
    ['2024-12-29T12:00:00Z', '2024-12-29', '2024-W52', '2024-12'],
    ['2024-12-30T00:00:00Z', '2024-12-30', '2025-W01', '2024-12'],
    ['2021-01-03T12:00:00Z', '2021-01-03', '2020-W53', '2021-01'],
    ['2024-02-29T12:00:00Z', '2024-02-29', '2024-W09', '2024-02'],
    ['1970-01-01T00:00:00Z', '1970-01-01', '1970-W01', '1970-01'],
  ])('names the periods of %s', (text, day, week, month) => {
    const time = Date.parse(text)
    expect([dayOf(time), weekOf(time), monthOf(time)]).toEqual([day, week, month])
  })

  it('begins a week each Monday and nowhere else, in forty years', () => {
    const first = Date.UTC(2000, 0, 3)
    for (let day = 1; day < 365 * 40; day += 1) {
      const time = first + day * 86_400_000
      const isMonday = new Date(time).getUTCDay() === 1
      expect([time, weekOf(time) > weekOf(time - 1)]).toEqual([time, isMonday])
    }
  })
})
