/** When another attempt is made, after which wait, and what is said. */
import { describe, expect, it } from 'vitest'
import { decide, type Failure, type Outcome, persevere } from '../../actions/deploy-pages/attempts.ts'
import type { Kind } from '../../actions/deploy-pages/classify.ts'
import { ActionError, CancelledError } from '../../src/errors.ts'

const policy = { attempts: 3, retryDelays: [5000, 10_000] }

function failure(kind: Kind, retryAfter?: number): Failure {
  return { error: new ActionError('No.', { hint: 'Help.' }), verdict: { kind, cause: 'it rains' }, retryAfter }
}

/** The wait before each next attempt, when all fail like these. */
function waits(failures: readonly Failure[], asked = policy): readonly (number | string)[] {
  return failures.map((_, index) => {
    const next = decide(failures.slice(0, index + 1), asked)
    return next.kind === 'retry' ? next.wait : 'stop'
  })
}

describe('another attempt', () => {
  const many = (kind: Kind, count: number) => Array.from({ length: count }, () => failure(kind))

  it('is made after each wait in turn, as often as is allowed', () => {
    expect(waits(many('transient', 3))).toEqual([5000, 10_000, 'stop'])
  })

  it('waits as long as the last time where the list of waits is too short', () => {
    const asked = { attempts: 5, retryDelays: [1000, 2000] }
    expect(waits(many('transient', 5), asked)).toEqual([1000, 2000, 2000, 2000, 'stop'])
  })

  it('waits as long as Cloudflare asks when that is longer', () => {
    expect(waits([failure('transient', 30_000), failure('transient', 2000)])).toEqual([30_000, 10_000])
  })

  it('is not made after ten minutes and more', () => {
    expect(decide([failure('transient', 900_000)], policy)).toEqual({
      kind: 'stop',
      why: 'Cloudflare asks to wait 15 min, which is too long for a job.',
    })
  })

  it('is not made after a permanent failure, also when a transient one came first', () => {
    expect(waits([failure('permanent')])).toEqual(['stop'])
    expect(waits([failure('transient'), failure('permanent')])).toEqual([5000, 'stop'])
  })

  it.each(['once', 'unknown'] as const)('is made only once after a failure of kind %s', (kind) => {
    expect(waits(many(kind, 2))).toEqual([5000, 'stop'])
    expect(waits([failure('transient'), failure(kind)])).toEqual([5000, 10_000])
  })

  it.each([
    ['transient', undefined, 'Attempt 1 of 3 failed: it rains. This may pass by itself, so the next begins in 5.0 s.'],
    [
      'transient',
      7000,
      'Attempt 1 of 3 failed: it rains. This may pass by itself, so the next begins in 7.0 s, as Cloudflare asks.',
    ],
    [
      'once',
      undefined,
      'Attempt 1 of 3 failed: it rains. This may pass by itself and is tried once more; the next begins in 5.0 s.',
    ],
    [
      'unknown',
      undefined,
      'Attempt 1 of 3 failed, for a reason that this action does not know. It is tried once more; the next begins in 5.0 s.',
    ],
  ] as const)('after a failure of kind %s is announced with its reason and its wait', (kind, retryAfter, text) => {
    expect(decide([failure(kind, retryAfter)], policy)).toMatchObject({ text })
  })
})

describe('an endeavour', () => {
  const lines: string[] = []
  const log = {
    debug() {},
    info: (line: string) => void lines.push(line),
    warning() {},
    group: <T>(_name: string, work: () => Promise<T>) => work(),
  }
  const quick = { attempts: 3, retryDelays: [1] }
  const ports = { log, signal: new AbortController().signal }
  const fails: Outcome<string> = { failed: failure('transient') }
  const nothing = async () => undefined

  it('ends with the first success', async () => {
    const outcomes: readonly Outcome<string>[] = [fails, { done: 'live' }]
    const once = async (attempt: number) => outcomes[attempt - 1] ?? fails
    expect(await persevere({ once, recover: nothing }, quick, ports)).toBe('live')
  })

  it('takes up what an earlier attempt has made after all, instead of another attempt', async () => {
    let attempts = 0
    const once = async () => {
      attempts += 1
      return fails
    }
    expect(await persevere({ once, recover: async () => ({ done: 'found' }) }, quick, ports)).toBe('found')
    expect(attempts).toBe(1)
  })

  it('ends with the error of a search that fails, and says what had failed before it', async () => {
    let attempts = 0
    const once = async () => {
      attempts += 1
      return fails
    }
    const recover = () => Promise.reject(new ActionError('Not to be found out.', { hint: 'Look.' }))
    await expect(persevere({ once, recover }, quick, ports)).rejects.toMatchObject({
      message: 'Not to be found out.',
      hint: 'Look. Attempt 1 had failed before: it rains.',
    })
    expect(attempts).toBe(1)
  })

  it('takes for the outcome of an attempt what came of it after all', async () => {
    const numbers: number[] = []
    const once = async (attempt: number) => {
      numbers.push(attempt)
      return fails
    }
    const found: (Outcome<string> | undefined)[] = [{ failed: failure('once') }, undefined, undefined, undefined]
    const recover = async () => found.shift()
    await expect(persevere({ once, recover }, quick, ports)).rejects.toMatchObject({
      hint: 'Help. It was tried 3 times.',
    })
    expect(numbers).toEqual([1, 2, 3])
  })

  it.each([
    [3, 'Help. It was tried 3 times.'],
    [2, 'Help. It was tried twice.'],
    [1, 'Help.'],
  ])('of %i attempts says in the end how often it was tried', async (attempts, hint) => {
    const work = { once: async () => fails, recover: nothing }
    await expect(persevere(work, { ...quick, attempts }, ports)).rejects.toMatchObject({ message: 'No.', hint })
  })

  it('that is cancelled in a wait ends with the reason of its signal', async () => {
    const controller = new AbortController()
    const reason = new CancelledError('SIGTERM')
    const { signal } = controller
    const wait = persevere(
      { once: async () => fails, recover: nothing },
      { attempts: 2, retryDelays: [60_000] },
      { log, signal },
    )
    setImmediate(() => controller.abort(reason))
    await expect(wait).rejects.toBe(reason)
  })
})
