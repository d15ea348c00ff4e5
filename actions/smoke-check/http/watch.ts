import { formatDuration } from '../../../src/duration.ts'
import type { Phases } from '../exchange.ts'
import { Failure } from './failure.ts'

type Phase = keyof Phases

export interface Limits {
  /** Milliseconds for everything. */
  readonly timeout: number
  /** Milliseconds for DNS, connect and TLS of one hop. */
  readonly connectTimeout: number
}

/** Milliseconds; Node takes more for 1. */
const LONGEST_TIMER = 2 ** 31 - 1

/** One listener for each signal, however many requests it ends: adding one to a signal is dear. */
const watching = new WeakMap<AbortSignal, Set<Watch>>()

function watchingOf(signal: AbortSignal): Set<Watch> {
  const known = watching.get(signal)
  if (known !== undefined) return known
  const watches = new Set<Watch>()
  const end = () => {
    for (const watch of watches) watch.stop(cancelled())
  }
  signal.addEventListener('abort', end, { once: true })
  watching.set(signal, watches)
  return watches
}

/**
 * The time that a request takes, phase by phase over all its hops, and what ends it early: a limit, or the caller's
 * signal. A request does one thing after another, so that there is never more than one to be given up.
 */
export class Watch {
  readonly limits: Limits
  /** Milliseconds on the clock of performance.now(). */
  readonly started = performance.now()
  /** What is being waited for, for the words of a timeout: `its TLS handshake did not finish`. */
  doing: () => string = () => 'nothing had begun'
  /** `example.com:443`. */
  place = ''
  readonly #spent = { dns: 0, connect: 0, tls: 0, firstByte: 0, transfer: 0 }
  #phase: Phase | undefined
  #since = 0
  #failure: Failure | undefined
  #giveUp: ((failure: Failure) => void) | undefined
  #connectTimer: NodeJS.Timeout | undefined
  readonly #timer: NodeJS.Timeout
  readonly #beside: Set<Watch>

  constructor(limits: Limits, signal: AbortSignal) {
    this.limits = limits
    this.#beside = watchingOf(signal)
    this.#timer = setTimeout(() => this.#expire('timeout'), Math.min(limits.timeout, LONGEST_TIMER))
    if (signal.aborted) this.#failure = cancelled()
    else this.#beside.add(this)
  }

  /** Ends the phase before it, and begins this one. */
  enter(phase: Phase | undefined): void {
    const now = performance.now()
    if (this.#phase !== undefined) this.#spent[this.#phase] += now - this.#since
    this.#phase = phase
    this.#since = now
  }

  get phases(): Phases {
    return { ...this.#spent }
  }

  get total(): number {
    return performance.now() - this.started
  }

  beginConnecting(): void {
    this.endConnecting()
    this.#connectTimer = setTimeout(
      () => this.#expire('connect-timeout'),
      Math.min(this.limits.connectTimeout, LONGEST_TIMER),
    )
  }

  endConnecting(): void {
    clearTimeout(this.#connectTimer)
    this.#connectTimer = undefined
  }

  /**
   * Something that can be given up.
   *
   * @param work is told how to settle it, and gives back how to drop it
   * @throws Failure when a limit or the signal comes first, and at once when one came before
   */
  step<T>(work: (resolve: (value: T) => void, reject: (failure: unknown) => void) => () => void): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise<T>((resolve, reject) => {
      let settled = false
      const settle = (finish: () => void) => {
        settled = true
        this.#giveUp = undefined
        finish()
      }
      const drop = work(
        (value) => settled || settle(() => resolve(value)),
        (failure) => settled || settle(() => reject(failure)),
      )
      if (settled) return
      this.#giveUp = (failure) => {
        settle(() => reject(failure))
        drop()
      }
    })
  }

  /** @throws Failure when it has been stopped meanwhile */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  stop(failure: Failure): void {
    this.#failure ??= failure
    this.#giveUp?.(this.#failure)
  }

  /** Ends the phase, the timers and the listening; figures stay. */
  close(): void {
    this.enter(undefined)
    this.endConnecting()
    clearTimeout(this.#timer)
    this.#beside.delete(this)
  }

  #expire(limit: 'timeout' | 'connect-timeout'): void {
    const total = limit === 'timeout'
    const milliseconds = total ? this.limits.timeout : this.limits.connectTimeout
    const kind = !total && this.#phase === 'dns' ? 'dns' : limit
    this.stop(
      new Failure(kind, `${this.place}: after ${formatDuration(milliseconds)} ${this.doing()}.`, this.#hint(total)),
    )
  }

  #hint(total: boolean): string {
    const raise = `${total ? 'timeout' : 'connect-timeout'} if it needs longer`
    switch (this.#phase) {
      case 'dns':
        return `Look at the resolver of this machine, or raise ${raise}.`
      case 'connect':
        return `Packets are dropped on the way: look at firewalls and at the address, or raise ${raise}.`
      case 'tls':
        return `Look at whether the port speaks TLS and the server is not overloaded, or raise ${raise}.`
      default:
        return `Look at what holds the server up, or raise ${raise}.`
    }
  }
}

function cancelled(): Failure {
  return new Failure(
    'cancelled',
    'The request was given up: the time for all checks was over, or the run was cancelled.',
    '',
  )
}
