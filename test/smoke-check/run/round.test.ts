import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Check } from '../../../actions/smoke-check/check.ts'
import { History } from '../../../actions/smoke-check/history.ts'
import type { Attempt, Verdict } from '../../../actions/smoke-check/result.ts'
import { runRound, without } from '../../../actions/smoke-check/round.ts'
import { aCheck, anAttempt } from './sample.ts'

const forever = () => new Promise<Attempt>(() => {})

async function run(
  checks: readonly Check[],
  attempt: (check: Check) => Promise<Attempt>,
  { concurrency = 16, signal = new AbortController().signal } = {},
): Promise<Readonly<Record<string, readonly [Verdict, ...string[]]>>> {
  const attempts = await runRound(checks, attempt, { round: 1, concurrency, signal })
  const entries = [...attempts].map(([name, { verdict, findings }]) => {
    return [name, [verdict, ...findings.map(({ message }) => message)]] as const
  })
  return Object.fromEntries(entries)
}

const verdict = (one: Verdict) => Promise.resolve(anAttempt({ verdict: one }))

it('makes a check only once those that it needs have ended', async () => {
  const log: string[] = []
  const checks = [
    aCheck({ name: 'login' }),
    aCheck({ name: 'list', needs: ['login'] }),
    aCheck({ name: 'one', needs: ['list'] }),
  ]
  await run(checks, async ({ name }) => {
    log.push(`${name} begins`)
    await sleep(name === 'login' ? 30 : 1)
    log.push(`${name} ends`)
    return anAttempt()
  })
  expect(log).toEqual(['login begins', 'login ends', 'list begins', 'list ends', 'one begins', 'one ends'])
})

it('skips what needs a check that has not passed, and says which', async () => {
  const checks = [
    aCheck({ name: 'login' }),
    aCheck({ name: 'list', needs: ['login'] }),
    aCheck({ name: 'one', needs: ['list'] }),
    aCheck({ name: 'other' }),
  ]
  expect(await run(checks, ({ name }) => verdict(name === 'login' ? 'failed' : 'passed'))).toEqual({
    login: ['failed'],
    list: ['skipped', 'It needs "login", which has failed.'],
    one: ['skipped', 'It needs "list" → "login", which has failed.'],
    other: ['passed'],
  })
})

it('goes on behind a check that only warns', async () => {
  const checks = [aCheck({ name: 'login' }), aCheck({ name: 'list', needs: ['login'] })]
  expect(await run(checks, ({ name }) => verdict(name === 'login' ? 'warned' : 'passed'))).toMatchObject({
    list: ['passed'],
  })
})

it.each([1, 3, 64])('makes at most %i checks at once, and as many if there are so many', async (concurrency) => {
  let running = 0
  let most = 0
  const checks = Array.from({ length: 100 }, (_, index) => aCheck({ name: `check ${index}` }))
  await run(
    checks,
    async () => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
      return anAttempt()
    },
    { concurrency },
  )
  expect(most).toBe(concurrency)
})

it('gives up at once what has not ended when the signal is aborted', async () => {
  const deadline = new AbortController()
  const checks = [
    aCheck({ name: 'quick' }),
    aCheck({ name: 'slow' }),
    aCheck({ name: 'queued' }),
    aCheck({ name: 'behind', needs: ['slow'] }),
  ]
  const begun: string[] = []
  const result = run(
    checks,
    ({ name }) => {
      begun.push(name)
      if (name === 'slow') setImmediate(() => deadline.abort())
      return name === 'quick' ? verdict('passed') : forever()
    },
    { concurrency: 1, signal: deadline.signal },
  )
  expect(await result).toEqual({ quick: ['passed'], slow: ['aborted'], queued: ['aborted'], behind: ['aborted'] })
  expect(begun).toEqual(['quick', 'slow'])
})

it('keeps the last three results of a check, and does not take an aborted one for a result', () => {
  const history = new History()
  const check = aCheck()
  for (const round of [1, 2, 3, 4]) history.record(new Map([['api', anAttempt({ round, verdict: 'failed' })]]), 0)
  history.asked('api', 'https://api.example.com/', 0)
  history.record(new Map([['api', without(5, 'aborted')]]), 9000)
  const { last, attempts, verdict: final } = history.result(check)
  expect({ rounds: last.map(({ round }) => round), attempts, final }).toEqual({
    rounds: [2, 3, 4],
    attempts: 4,
    final: 'failed',
  })
})

it('calls a check aborted that was cut off in the last round after far longer than it took when it was healthy: it hangs', () => {
  const history = new History()
  const cutOffAfter = (milliseconds: number) => {
    history.asked('api', 'https://api.example.com/', 1000)
    history.record(new Map([['api', without(2, 'aborted')]]), 1000 + milliseconds)
    return history.result(aCheck())
  }
  history.record(new Map([['api', anAttempt({ round: 1, total: 600 })]]), 0)
  expect(cutOffAfter(1700)).toMatchObject({ verdict: 'passed', attempts: 1 })
  expect(cutOffAfter(1800)).toMatchObject({
    verdict: 'aborted',
    attempts: 1,
    last: [{ round: 1, verdict: 'passed' }, { verdict: 'aborted' }],
  })
  history.record(new Map([['api', anAttempt({ round: 3 })]]), 0)
  expect(history.result(aCheck())).toMatchObject({ verdict: 'passed', attempts: 2 })
})

it('never lets a check that the gate relies on only warn, and says where its version is served', () => {
  const check = aCheck({ severity: 'warn', version: { json: '$.commit' } })
  expect(new History('abc').result(check)).toMatchObject({ severity: 'fail', versionAt: 'the JSON at $.commit' })
  expect(new History().result(check)).toMatchObject({ severity: 'warn' })
})

it('calls a check aborted when no attempt of it has ended', () => {
  const history = new History()
  history.record(new Map([['api', without(1, 'aborted')]]), 0)
  expect(history.result(aCheck())).toMatchObject({ verdict: 'aborted', attempts: 0, last: [{ verdict: 'aborted' }] })
})

it('shows the address of a check that was never asked without its query values', () => {
  const check = aCheck({ url: ['https://example.com/items/', { capture: 'id' }, '?token=abcdef'] })
  expect(new History().result(check).url).toBe(`https://example.com/items/\${id}?token=***`)
})
