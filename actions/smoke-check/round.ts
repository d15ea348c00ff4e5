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
  const blocked = new Map<string, Blocker>()
  const make = async (check: Check): Promise<Attempt> => {
    const blocker = await blockerOf(check, started)
    if (signal.aborted) return aborted
    if (blocker !== undefined) {
      const root = rootOf(blocker, blocked)
      blocked.set(check.name, root)
      return skipped(check, round, root)
    }
    return slots.use(() => (signal.aborted ? aborted : Promise.race([attempt(check, signal), aborted])))
  }
  for (const check of checks) started.set(check.name, make(check))
  const attempts = await Promise.all([...started].map(async ([name, one]) => [name, await one] as const))
  return new Map(attempts)
}

/** Why a check could not be made: the check that it needs, and on to the one that is to blame. */
interface Blocker {
  readonly names: readonly string[]
  /** Of the last of them. */
  readonly verdict: Verdict
}

async function blockerOf(check: Check, started: ReadonlyMap<string, Promise<Attempt>>): Promise<Blocker | undefined> {
  for (const name of check.needs) {
    const verdict = (await started.get(name))?.verdict ?? 'skipped'
    if (verdict !== 'passed' && verdict !== 'warned') return { names: [name], verdict }
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

function rootOf(blocker: Blocker, blocked: ReadonlyMap<string, Blocker>): Blocker {
  const behind = blocked.get(blocker.names[0] ?? '')
  return behind === undefined ? blocker : { names: [...blocker.names, ...behind.names], verdict: behind.verdict }
}

function skipped(check: Check, round: number, { names, verdict }: Blocker): Attempt {
  const message = `It needs ${names.map((name) => `"${name}"`).join(' → ')}, which ${BECAUSE[verdict]}.`
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
