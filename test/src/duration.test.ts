import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/duration.ts'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['7d', 604_800_000],
    ['12h', 43_200_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['0s', 0],
    [' 5m ', 300_000],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration(text, 'Input timeout')).toBe(expected)
  })

  it('is its amount times its unit', () => {
    const units = fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[]))
    fc.assert(
      fc.property(fc.nat(), units, (amount, unit) => {
        expect(parseDuration(`${amount}${unit}`, 'x')).toBe(amount * UNITS[unit])
      }),
    )
  })

  it.each(['', 'soon', '-5s', '5 s', '5S', '1m30s', '5min', '1,5s', 'Infinity'])('is not "%s"', (text) => {
    expect(() => parseDuration(text, 'Input timeout')).toThrow(
      expect.objectContaining({
        message: `Input timeout is not a duration: "${text}".`,
        hint: 'Write a number and its unit, as in 90s, 10m, 12h or 7d.',
      }),
    )
  })

  it('is not a bare number: the error offers each unit', () => {
    expect(() => parseDuration('10', 'Input timeout')).toThrow(
      expect.objectContaining({
        message: 'Input timeout has no unit: "10".',
        hint: 'Write 10s for seconds, 10m for minutes, 10h for hours or 10d for days.',
      }),
    )
  })
})

describe('a duration for people', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [999.6, '1.0 s'],
    [1000, '1.0 s'],
    [4236, '4.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [3_599_000, '59 min 59 s'],
    [3_600_000, '1 h'],
    [3_630_000, '1 h 1 min'],
    [7_200_000, '2 h'],
    [86_399_000, '1 d'],
    [129_600_000, '1 d 12 h'],
    [30 * 86_400_000, '30 d'],
  ])('%d ms reads %s', (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected)
  })

  it('never reads 60 s or 1000 ms', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (milliseconds) => {
        expect(formatDuration(milliseconds)).not.toMatch(/\b(60(\.0)? s|1000 ms)$/)
      }),
    )
  })
})
