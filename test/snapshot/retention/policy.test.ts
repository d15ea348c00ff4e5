import { describe, expect, it } from 'vitest'
import { isEmpty, parsePolicy } from '../../../actions/snapshot/retention/policy.ts'
import { ActionError } from '../../../src/errors.ts'
import { InputReader } from '../../../src/input.ts'
import { DAY, nothing } from './setup.ts'

function parse(inputs: Readonly<Record<string, string>>) {
  return parsePolicy(
    new InputReader(
      (name) => inputs[name] ?? '',
      () => {},
    ),
  )
}

describe('a policy', () => {
  it('has a rule for each input', () => {
    const inputs = {
      'keep-last': '3',
      'keep-within': '30d',
      'keep-daily': '7',
      'keep-weekly': '8',
      'keep-monthly': '012',
      'keep-reason': 'manual, pre-rollback\n\npre-deploy,manual',
    }
    expect(parse(inputs)).toEqual({
      last: 3,
      within: 30 * DAY,
      daily: 7,
      weekly: 8,
      monthly: 12,
      reasons: ['manual', 'pre-rollback', 'pre-deploy'],
    })
  })

  it.each([
    ['', ''],
    ['0', '0'],
    ['000', '0d'],
  ])('switches a rule off with "%s" or "%s"', (count, within) => {
    const counts = { 'keep-last': count, 'keep-daily': count, 'keep-weekly': count, 'keep-monthly': count }
    const policy = parse({ ...counts, 'keep-within': within, 'keep-reason': '' })
    expect(policy).toEqual(nothing)
    expect(isEmpty(policy)).toBe(true)
  })

  it.each([{ last: 1 }, { within: 1 }, { daily: 1 }, { weekly: 1 }, { monthly: 1 }, { reasons: ['manual' as const] }])(
    'is not empty with %o',
    (rule) => {
      expect(isEmpty({ ...nothing, ...rule })).toBe(false)
    },
  )

  it.each([
    ['keep-last', '-1', 'is "-1", which is not a number of snapshots.'],
    ['keep-daily', '1.5', 'is "1.5", which is not a number of snapshots.'],
    ['keep-weekly', '1e3', 'is "1e3", which is not a number of snapshots.'],
    ['keep-monthly', 'unlimited', 'is "unlimited", which is not a number of snapshots.'],
    ['keep-monthly', '٣', 'is "٣", which is not a number of snapshots.'],
    ['keep-last', '10000', 'is 10000, which is more snapshots than a series can have in practice.'],
    ['keep-last', '9'.repeat(400), 'which is more snapshots than a series can have in practice.'],
    ['keep-within', '30', 'has no unit: "30".'],
    ['keep-within', '-30d', 'is not a duration: "-30d".'],
    ['keep-within', '1y', 'is not a duration: "1y".'],
    ['keep-within', '6m', 'is 6m, which is no more than 6 min.'],
    ['keep-within', '36501d', 'is 36501d, which is more than a hundred years.'],
    ['keep-within', `${'9'.repeat(400)}d`, 'which is more than a hundred years.'],
    ['keep-reason', 'manual, nightly', 'has "nightly", which is no reason for a snapshot.'],
    ['keep-reason', 'Manual', 'has "Manual", which is no reason for a snapshot.'],
  ])('refuses %s: %s, and says what to write', (name, text, message) => {
    const error = errorOf(() => parse({ [name]: text }))
    expect(error.message).toContain(`Input ${name} `)
    expect(error.message).toContain(message)
    expect(error.hint).toMatch(/^[A-Z].*\.$/)
  })
})

function errorOf(act: () => unknown): ActionError {
  try {
    act()
  } catch (error) {
    if (error instanceof ActionError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}
