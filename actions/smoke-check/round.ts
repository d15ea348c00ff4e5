/** One round: every check once, those that others need first, a limited number at a time. */
import type { Check } from './check.ts'
import type { Attempt, Verdict } from './result.ts'

export interface RoundOptions {
  readonly round: number
  /** How many checks are made at once. */
  readonly concurrency: number
  /** When it is aborted, what has not ended is `aborted` at once. */
  readonly signal: AbortSignal
}

/** @param checks each after those that it needs */
export async function runRound(
  checks: readonly Check[],
  attempt: (check: Check, signal: AbortSignal) => Promise<Attempt>,
  { round, concurrency, signal }: RoundOptions,
): Promise<ReadonlyMap<string, Attempt>> {
  const slots = new Slots(concurrency)
  const aborted = new Promise<Attempt>((resolve) => {
    const end = () => resolve(without(round, 'aborted'))
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
  })
  const started = new Map<string, Promise<Attempt>>()
  const make = async (check: Check): Promise<Attempt> => {
    const blocker = await blockerOf(check, started)
    if (signal.aborted) return aborted
    if (blocker !== undefined) return skipped(check, round, blocker)
    return slots.use(() => (signal.aborted ? aborted : Promise.race([attempt(check, signal), aborted])))
  }
  for (const check of checks) started.set(check.name, make(check))
  const attempts = await Promise.all([...started].map(async ([name, one]) => [name, await one] as const))
  return new Map(attempts)
}

async function blockerOf(
  check: Check,
  started: ReadonlyMap<string, Promise<Attempt>>,
): Promise<{ readonly name: string; readonly verdict: Verdict } | undefined> {
  for (const name of check.needs) {
    const verdict = (await started.get(name))?.verdict ?? 'skipped'
    if (verdict !== 'passed' && verdict !== 'warned') return { name, verdict }
  }
  return undefined
}

const BECAUSE: Readonly<Record<Verdict, string>> = {
  passed: 'has passed',
  warned: 'has warned',
  failed: 'has failed',
  waiting: 'still waits for the new version',
  skipped: 'was not made itself',
  aborted: 'did not end in time',
}

function skipped(check: Check, round: number, blocker: { readonly name: string; readonly verdict: Verdict }): Attempt {
  const message = `It needs "${blocker.name}", which ${BECAUSE[blocker.verdict]}.`
  return {
    ...without(round, 'skipped'),
    findings: [{ assertion: 'needs', message, hint: '', severity: check.severity }],
  }
}

/** An attempt in which nothing was asked, or nothing was answered. */
export function without(round: number, verdict: Verdict): Attempt {
  return {
    round,
    verdict,
    findings: [],
    status: undefined,
    phases: undefined,
    total: undefined,
    warm: undefined,
    tls: undefined,
    address: undefined,
    throughProxy: false,
    servedVersion: undefined,
    bodySize: undefined,
    httpVersion: undefined,
    redirects: undefined,
  }
}

/** Lets a number of jobs run at once, the others in the order in which they came. */
class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async use<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await job()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
