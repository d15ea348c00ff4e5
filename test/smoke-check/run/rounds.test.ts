import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ended, type Outcome, type Pace, runRounds } from '../../../actions/smoke-check/rounds.ts'
import { FakeClock } from './fake-clock.ts'

const PACE: Pace = { successes: 2, interval: 3000, deadline: 60_000 }

interface Run extends Ended {
  /** When each round began. */
  readonly begun: readonly number[]
}

/** Rounds that take so long and come to these outcomes; the last repeats. One that is cut says so. */
async function run(
  outcomes: readonly Outcome[],
  { took = 100, cancelAt, ...pace }: Partial<Pace> & { readonly took?: number; readonly cancelAt?: number } = {},
): Promise<Run> {
  const clock = new FakeClock()
  const cancel = new AbortController()
  if (cancelAt !== undefined) {
    void clock.sleep(cancelAt, new AbortController().signal).then(() => cancel.abort(new Error('cancelled')))
  }
  const begun: number[] = []
  const round = async (number: number, signal: AbortSignal): Promise<Outcome> => {
    begun.push(clock.now())
    await clock.sleep(took, signal)
    return signal.aborted ? 'cut' : (outcomes[number - 1] ?? outcomes.at(-1) ?? 'unhealthy')
  }
  const ended = await clock.runUntil(runRounds(round, { ...PACE, ...pace }, { clock, signal: cancel.signal }))
  return { ...ended, begun }
}

describe('rounds', () => {
  it('end with the wanted number of healthy ones in a row', async () => {
    expect(await run(['unhealthy', 'healthy', 'healthy'])).toEqual({
      healthy: true,
      rounds: 3,
      successes: 2,
      duration: 6300,
      deadlineReached: false,
      cancelled: false,
      begun: [0, 3100, 6200],
    })
  })

  it('begin to count again after an unhealthy one between healthy ones', async () => {
    const { rounds, healthy } = await run(['healthy', 'unhealthy', 'healthy', 'unhealthy', 'healthy', 'healthy'])
    expect({ rounds, healthy }).toEqual({ rounds: 6, healthy: true })
  })

  it('never count health that comes and goes as healthy', async () => {
    const flapping = Array.from({ length: 100 }, (_, index): Outcome => (index % 2 === 0 ? 'healthy' : 'unhealthy'))
    expect(await run(flapping)).toMatchObject({ healthy: false, deadlineReached: true })
  })

  it('need only one where one is wanted', async () => {
    expect(await run(['healthy'], { successes: 1 })).toMatchObject({ healthy: true, rounds: 1, duration: 100 })
  })

  it('wait the interval between the end of one and the beginning of the next', async () => {
    const { begun } = await run(['unhealthy'], { interval: 10_000, took: 2000, deadline: 40_000 })
    expect(begun).toEqual([0, 12_000, 24_000, 36_000])
  })

  it('follow one another at once without an interval', async () => {
    expect((await run(['unhealthy'], { interval: 0, deadline: 500 })).begun).toEqual([0, 100, 200, 300, 400])
  })

  it('end at once where the interval is longer than what is left', async () => {
    expect(await run(['unhealthy'], { interval: 45_000 })).toMatchObject({
      begun: [0, 45_100],
      duration: 45_200,
      deadlineReached: true,
    })
  })

  it('are cut by the deadline to the millisecond', async () => {
    expect(await run(['healthy'], { took: 90_000 })).toMatchObject({
      healthy: false,
      rounds: 1,
      duration: 60_000,
      deadlineReached: true,
      successes: 0,
    })
  })

  it('keep what had been healthy before one that was cut', async () => {
    expect(await run(['healthy'], { successes: 3, took: 20_000, interval: 5000 })).toMatchObject({
      rounds: 3,
      successes: 2,
      healthy: false,
      duration: 60_000,
    })
  })

  it('are cut by a cancel, which is no deadline', async () => {
    expect(await run(['unhealthy'], { took: 5000, cancelAt: 9000 })).toMatchObject({
      cancelled: true,
      deadlineReached: false,
      duration: 9000,
    })
  })

  it('are not waited for once a cancel comes between two', async () => {
    expect(await run(['unhealthy'], { interval: 20_000, cancelAt: 5000 })).toMatchObject({
      cancelled: true,
      rounds: 1,
      duration: 5000,
    })
  })

  it('never outlast the deadline, and are healthy only with enough in a row at the end', async () => {
    const outcome = fc.constantFrom<Outcome>('healthy', 'unhealthy')
    const times = fc.record({
      took: fc.integer({ min: 1, max: 9000 }),
      interval: fc.integer({ min: 0, max: 9000 }),
      deadline: fc.integer({ min: 1, max: 60_000 }),
      successes: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { minLength: 1, maxLength: 30 }), times, async (outcomes, pace) => {
        const ended = await run(outcomes, pace)
        expect(ended.duration).toBeLessThanOrEqual(pace.deadline)
        const last = Array.from({ length: ended.rounds }, (_, index) => outcomes[index] ?? outcomes.at(-1))
        const row = last.slice(-pace.successes)
        if (ended.healthy) expect(row).toEqual(Array(pace.successes).fill('healthy'))
        else expect(ended.deadlineReached).toBe(true)
      }),
    )
  })
})
