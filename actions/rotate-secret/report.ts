/** What a run tells: its outputs, its summary, its line in the trail, and the error that it ends with. */
import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import type { Ledger } from './apply.ts'
import type { AuditLine } from './audit.ts'
import { type Decision, previousUntil } from './plan.ts'
import type { Ports } from './ports.ts'
import type { Task } from './rotate-secret.ts'
import { standing } from './standing.ts'
import { summarize } from './summary.ts'
import { summarizePlan } from './summary-plan.ts'
import { type Verdict, verdictsOf } from './verdicts.ts'
import { warn } from './warnings.ts'

export interface Outcome extends Task {
  readonly ledger: Ledger
  /** undefined: everything was done. */
  readonly failure: unknown
}

export type Result = 'rotated' | 'resumed' | 'retired' | 'not-due'

/** When what is due, and how old the current value is. Times in ms since 1970 by GitHub's clock, the age in ms. */
export interface Dates {
  readonly age: number | undefined
  readonly dueAt: number | undefined
  readonly previousUntil: number | undefined
}

/** A dry run: what another run would do, and when it is due. */
export function announce(task: Omit<Task, 'run' | 'trail'>, ports: Ports): Outputs {
  const dates = datesNow(task)
  const verdicts = [task.places.home, ...task.places.others].map(({ label: target }) => ({
    target,
    verdict: 'unchanged' as const,
    done: [],
    error: null,
  }))
  const rotates = task.decision.kind === 'rotate' || task.decision.kind === 'resume'
  warn(task, rotates, ports)
  ports.runner.summarize(summarizePlan({ ...task, dates }))
  return { result: 'dry-run', targets: JSON.stringify(verdicts), ...outputsOf(dates) }
}

/** @throws the failure, or that the trail could not be written */
export async function report(outcome: Outcome, ports: Ports): Promise<Outputs> {
  const { runner } = ports
  const { failure, decision, ledger } = outcome
  const result = failure === undefined || ledger.committedAt !== undefined ? RESULTS[decision.kind] : undefined
  const dates = datesAfter(outcome)
  const verdicts = verdictsOf(ledger, wanted(outcome))
  for (const [name, value] of Object.entries({ result, targets: JSON.stringify(verdicts), ...outputsOf(dates) })) {
    if (value !== undefined) runner.setOutput(name, value)
  }
  warn(outcome, ledger.committedAt !== undefined, ports)
  const unwritten = await keepTrail(outcome, { dates, verdicts }, ports)
  runner.summarize(summarize({ ...outcome, result, dates, verdicts, unwritten }))
  if (failure !== undefined) {
    if (unwritten !== undefined) runner.log.warning(unwritten.text)
    throw inContext(failure, outcome)
  }
  if (unwritten !== undefined) throw unwritten
  runner.log.info(closing(outcome, dates))
  return {}
}

const RESULTS: Readonly<Record<Decision['kind'], Result>> = {
  rotate: 'rotated',
  resume: 'resumed',
  finish: 'resumed',
  retire: 'retired',
  'not-due': 'not-due',
}

function datesNow({ inputs, seen: { facts } }: Pick<Task, 'inputs' | 'seen'>): Dates {
  const { current } = facts.writtenAt
  return {
    age: current === undefined ? undefined : Math.max(0, facts.now - current),
    dueAt: current === undefined ? undefined : current + inputs.maxAge,
    previousUntil: previousUntil(inputs, facts),
  }
}

function datesAfter(outcome: Outcome): Dates {
  const { inputs, decision, ledger, failure } = outcome
  const now = datesNow(outcome)
  const dropsPrevious = decision.kind === 'retire' || (decision.kind === 'finish' && decision.retires)
  if (failure === undefined && dropsPrevious) return { ...now, previousUntil: undefined }
  const { committedAt } = ledger
  if (committedAt === undefined) return now
  return {
    age: 0,
    dueAt: committedAt + inputs.maxAge,
    previousUntil: leavesPrevious(outcome) ? committedAt + inputs.grace : undefined,
  }
}

/** The old value as the previous one, or, where there was no current value, the previous one that was there. */
function leavesPrevious({ decision, inputs, seen: { facts } }: Outcome): boolean {
  if ('keepsOld' in decision && decision.keepsOld) return true
  return inputs.grace > 0 && facts.writtenAt.current === undefined && facts.writtenAt.previous !== undefined
}

/** Absent ones stay empty. */
function outputsOf({ age, dueAt, previousUntil: until }: Dates): Outputs {
  return {
    age: age === undefined ? undefined : String(Math.floor(age / 1000)),
    'due-at': iso(dueAt) ?? undefined,
    'previous-until': iso(until) ?? undefined,
  }
}

export function iso(at: number | undefined): string | null {
  return at === undefined ? null : `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** How many changes the plan has for each store. */
function wanted({ steps }: Outcome): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { store, changes } of steps.flatMap((step) => (step.kind === 'write' ? step.writes : []))) {
    counts.set(store.label, (counts.get(store.label) ?? 0) + changes.length)
  }
  return counts
}

interface Told {
  readonly dates: Dates
  readonly verdicts: readonly Verdict[]
}

/** @returns why the line could not be written: what was done stands all the same */
async function keepTrail(outcome: Outcome, told: Told, ports: Ports): Promise<ActionError | undefined> {
  const { trail, decision } = outcome
  if (trail === undefined || decision.kind === 'not-due') return undefined
  const line = lineOf(outcome, told, ports)
  try {
    await trail.append(line)
    return undefined
  } catch (error) {
    if (!(error instanceof ActionError)) throw error
    ports.runner.log.info(`The line that the trail lacks: ${JSON.stringify(line)}`)
    const done = `What this run did stands, and the trail (${trail.place}) does not say so: ${error.message}`
    return new ActionError(done, { hint: error.hint, cause: error })
  }
}

function lineOf(
  outcome: Outcome,
  { dates, verdicts }: Told,
  { api, context, actor, redactor, runner }: Ports,
): AuditLine {
  const { inputs, decision, failure } = outcome
  const { owner, repo, runId, runAttempt, serverUrl, eventName } = context
  return {
    at: iso(api.now()) ?? '',
    action: 'rotate-secret',
    name: inputs.names.current,
    result: failure === undefined ? doneBy(decision) : 'failed',
    reason: reasonOf(decision),
    actor,
    event: eventName,
    repository: `${owner}/${repo}`,
    run_id: runId,
    run_attempt: runAttempt,
    run_url: `${serverUrl}/${owner}/${repo}/actions/runs/${runId}`,
    targets: verdicts.map((verdict) => ({ ...verdict, error: briefly(verdict.error) })),
    previous_until: iso(dates.previousUntil),
    due_at: iso(dates.dueAt),
    error:
      failure === undefined
        ? null
        : redactor.redact(`${standing(outcome)}. ${briefly(messageOf(failure, runner.signal.aborted))}`),
  }
}

/** Without what programs have said: it stays in the trail, and the runner's masks do not reach there. */
function briefly(text: string): string
function briefly(text: string | null): string | null
function briefly(text: string | null): string | null {
  return text?.split('\n', 1)[0]?.replace(/ It said last:$/, '') ?? null
}

function doneBy(decision: Decision): AuditLine['result'] {
  const result = RESULTS[decision.kind]
  return result === 'not-due' ? 'failed' : result
}

function messageOf(failure: unknown, aborted: boolean): string {
  if (failure instanceof ActionError) return failure.message
  return aborted ? 'The step was cancelled.' : 'An unexpected error.'
}

export function reasonOf(decision: Decision): string {
  switch (decision.kind) {
    case 'rotate':
      return decision.why
    case 'retire':
      return 'grace'
    case 'not-due':
      return 'not-due'
    default:
      return 'pending'
  }
}

/** Says first what stands, since that is what is asked at night. */
function inContext(failure: unknown, outcome: Outcome): unknown {
  if (!(failure instanceof ActionError)) return failure
  return new ActionError(`${standing(outcome)}. ${failure.message}`, {
    hint: hintFor(failure, outcome),
    cause: failure,
  })
}

/** No ordinary run knows that there was an emergency. */
function hintFor({ hint }: ActionError, { decision, inputs, ledger }: Outcome): string {
  const rotates = decision.kind === 'rotate' || decision.kind === 'resume'
  if (!rotates || inputs.grace > 0 || ledger.committedAt !== undefined) return hint
  const rest = hint.replace(/Start a new run: it goes on where this one stopped\. ?/g, '').trim()
  const again =
    'Then start the emergency again, with force: true and grace: 0: an ordinary run would keep the old value for its grace.'
  return rest === '' ? again : `${rest}\n${again}`
}

/** The last line of the log: what there is to wait for. */
function closing({ inputs: { names }, decision }: Outcome, { dueAt, previousUntil: until }: Dates): string {
  const next = dueAt === undefined ? '' : `, due at ${iso(dueAt)}`
  const previous = until === undefined ? '' : `; ${names.previous ?? 'the previous value'} works until ${iso(until)}`
  return `${names.current}: ${RESULTS[decision.kind]}${next}${previous}.`
}
