/**
 * Faults that a rehearsal or a test brings in: answers that fail, connections that break, processes that are killed.
 * {@link parseFault} reads them as `--fault` takes them; {@link faultGrammar} is the grammar in words.
 */
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import { API_PATH } from './cloudflare/envelope.ts'
import { answerOf } from './fault-answers.ts'
import { killSender } from './fault-kill.ts'
import type { Fault, RequestFault, Side, StepFault } from './fault-spec.ts'
import { delay, resetConnection, sendHalf } from './fault-wire.ts'

export { type Fault, faultGrammar, parseFault, type StepFault } from './fault-spec.ts'

/** A fault, and how often it was applied. */
export interface FaultReport {
  readonly spec: string
  readonly met: number
}

/** The faults in force. They can change while the doubles run. */
export class FaultSet {
  readonly #faults = new Map<Fault, number>()
  #lose: (() => void) | undefined

  constructor(faults: readonly Fault[] = []) {
    for (const fault of faults) this.add(fault)
  }

  /** A fault that was added earlier comes first where several match. */
  add(fault: Fault): void {
    this.#faults.set(fault, 0)
  }

  clear(): void {
    this.#faults.clear()
  }

  /**
   * @param path below the API's base, without a query
   * @param immune kinds of faults that cannot befall what is asked
   * @returns the fault that this request meets, which counts as met
   */
  ofRequest(side: Side, method: string, path: string, immune?: RequestFault['what']['kind']): RequestFault | undefined {
    return this.#take(
      (fault) =>
        fault.kind === 'request' && fault.side === side && fault.what.kind !== immune && fault.matches(method, path),
    )
  }

  /** @param names all that the step is called by @returns what may still befall it; {@link met} says that it did */
  ofStep(names: readonly string[]): readonly StepFault[] {
    return [...this.#faults].flatMap(([fault, met]) =>
      fault.kind === 'step' && names.includes(fault.step) && met < fault.times ? [fault] : [],
    )
  }

  /** Names or ids of the steps that faults are about. */
  steps(): readonly string[] {
    return [...this.#faults.keys()].flatMap((fault) => (fault.kind === 'step' ? [fault.step] : []))
  }

  met(fault: Fault): void {
    const count = this.#faults.get(fault)
    if (count !== undefined) this.#faults.set(fault, count + 1)
  }

  /** @param lose what takes the machine away that a job runs on; undefined when no job runs */
  runsOn(lose: (() => void) | undefined): void {
    this.#lose = lose
  }

  /** @throws Error where no job of a rehearsal runs */
  loseRunner(): void {
    if (this.#lose === undefined) throw new Error('There is no runner to lose: no job of a rehearsal is running.')
    this.#lose()
  }

  /** In the order in which they were added. */
  report(): readonly FaultReport[] {
    return [...this.#faults].map(([{ spec }, met]) => ({ spec, met }))
  }

  #take(wanted: (fault: Fault) => boolean): RequestFault | undefined {
    for (const [fault, met] of this.#faults) {
      if (fault.kind !== 'request' || met >= fault.times || !wanted(fault)) continue
      this.met(fault)
      return fault
    }
    return undefined
  }
}

/** What the record of a request says of its fault. */
interface AppliedFault {
  readonly spec: string
  /** Sent past Hono's own answer, or 0 where nothing was answered. */
  readonly status?: number
}

/** The variables and bindings that a double's context needs for {@link injectFaults}. */
export interface FaultEnv {
  Variables: { fault?: AppliedFault; stale?: true }
  Bindings: HttpBindings
}

/**
 * Applies the faults to the requests of one double. It belongs between what records requests and everything else: what
 * happens here is still recorded, and it can act before a request is applied, after it, or in its place.
 */
export function injectFaults(
  side: Side,
  faults: FaultSet,
  immune?: RequestFault['what']['kind'],
): MiddlewareHandler<FaultEnv> {
  return async (c, next) => {
    const fault = faults.ofRequest(side, c.req.method, c.req.path.replace(API_PATH, ''), immune)
    if (fault === undefined) return await next()
    c.set('fault', { spec: fault.spec })
    if (fault.what.kind === 'stale') {
      c.set('stale', true)
      return await next()
    }
    if (fault.applied) await next()
    return await apply(fault, faults, c)
  }
}

async function apply({ what, side, spec }: RequestFault, faults: FaultSet, c: Context<FaultEnv>) {
  const { incoming, outgoing } = c.env
  const unanswered = (status: number) => {
    c.set('fault', { spec, status })
    c.res = undefined
    c.res = RESPONSE_ALREADY_SENT
  }
  switch (what.kind) {
    case 'answer':
      // Hono keeps the answer that there is already, unless it is replaced by hand; undefined first, or headers stay.
      c.res = undefined
      c.res = answerOf(side, what, c.req.path)
      return undefined
    case 'delay':
      await delay(what.ms, outgoing)
      return undefined
    case 'truncate': {
      const { status } = c.res
      await sendHalf(c.res, outgoing)
      unanswered(status)
      return undefined
    }
    case 'reset':
      unanswered(0)
      // Once the request has been recorded: whoever asks again finds this one in the record.
      setImmediate(() => resetConnection(incoming))
      return undefined
    case 'stale':
      return undefined
    case 'stall':
      unanswered(0)
      return undefined
    case 'lose-runner':
      faults.loseRunner()
      unanswered(0)
      return undefined
    case 'kill':
      killSender(incoming.socket, what)
      unanswered(0)
      return undefined
  }
}
