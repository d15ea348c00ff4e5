/** Rounds of all checks, one after another, until enough of them in a row were healthy or the deadline has come. */
import { setMaxListeners } from 'node:events'

export interface Clock {
  /** Milliseconds that only ever grow. */
  now(): number
  /** Resolves after so many milliseconds, or as soon as the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

export interface Pace {
  /** Healthy rounds in a row that are wanted. */
  readonly successes: number
  /** Milliseconds between the end of a round and the next. */
  readonly interval: number
  /** Milliseconds for everything. */
  readonly deadline: number
}

/** `cut`: the deadline or a cancel came before every check had ended; it counts neither way unless something had failed. */
export type Outcome = 'healthy' | 'unhealthy' | 'cut'

/**
 * One round; it resolves as soon as the signal is aborted.
 *
 * @param timeLeft milliseconds to the deadline, for what lets nothing else run that could abort the signal
 */
export type Round = (round: number, signal: AbortSignal, timeLeft: () => number) => Promise<Outcome>

export interface Ended {
  readonly healthy: boolean
  /** Rounds that were begun. */
  readonly rounds: number
  /** Healthy rounds in a row at the end. */
  readonly successes: number
  /** Milliseconds. */
  readonly duration: number
  /** There was no time for another round, or the last one was cut. */
  readonly deadlineReached: boolean
  readonly cancelled: boolean
}

export async function runRounds(
  round: Round,
  pace: Pace,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Ended> {
  const started = clock.now()
  const left = () => pace.deadline - (clock.now() - started)
  const limit = new AbortController()
  const stop = AbortSignal.any([limit.signal, signal])
  setMaxListeners(0, stop) // every request of a round listens to it
  void clock.sleep(pace.deadline, stop).then(() => limit.abort())

  let rounds = 0
  let successes = 0
  while (!stop.aborted) {
    rounds++
    const outcome = await round(rounds, stop, left)
    if (outcome === 'healthy') successes++
    if (outcome === 'unhealthy') successes = 0
    if (successes >= pace.successes || left() <= pace.interval) break
    await clock.sleep(pace.interval, stop)
  }
  const healthy = successes >= pace.successes
  limit.abort() // ends the timer
  return {
    healthy,
    rounds,
    successes,
    duration: clock.now() - started,
    deadlineReached: !healthy && !signal.aborted,
    cancelled: !healthy && signal.aborted,
  }
}
