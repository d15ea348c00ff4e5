/** The section that people read in the job's summary: what was done where, until when the old value works, what to do next. */
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import { code, escapeMarkdown, facts, table } from '../../src/summary.ts'
import type { Decision } from './plan.ts'
import { type Dates, iso, type Outcome, type Result } from './report.ts'
import type { Task } from './rotate-secret.ts'
import { readersAhead } from './standing.ts'
import type { Store } from './stores/store.ts'
import type { Verdict } from './verdicts.ts'

export interface Told extends Outcome {
  readonly result: Result | undefined
  readonly dates: Dates
  readonly verdicts: readonly Verdict[]
}

export function summarize(told: Told): string {
  const { inputs, dates, failure } = told
  return [
    `### Secret ${code(inputs.names.current)}: ${heading(told)}`,
    facts([
      ['Why', why(told.decision, dates, told)],
      ['The old value', oldValue(told)],
      ['Next rotation', nextRotation(told)],
    ]),
    told.decision.kind === 'not-due' ? '' : targets(told),
    failure === undefined ? proven(told) : whatToDo(told),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function nextRotation({ dates: { dueAt }, failure, seen }: Told): string | undefined {
  if (dueAt === undefined) return undefined
  return failure !== undefined && dueAt <= seen.facts.now
    ? `due since ${time(dueAt)}: the next run tries again`
    : `due at ${time(dueAt)}, with the first run after that`
}

/** Of a run that was refused before it had written anything. */
export function summarizeRefusal({ names }: Task['inputs'], refusal: ActionError): string {
  const heading = `### Secret ${code(names.current)}: **refused**`
  return `${heading}\n\n${quote(refusal.text)}\n\nNothing was written, and what runs read has not changed.`
}

function heading(told: Told): string {
  const { result, failure, ledger, decision } = told
  if (failure === undefined) return HEADINGS[result ?? 'not-due']
  if (ledger.committedAt !== undefined) return '**rotated, and not cleaned up**'
  if (decision.kind === 'retire') return '**the previous value was not retired**'
  if (decision.kind === 'finish') return '**not cleaned up**'
  return readersAhead(told).length > 0 ? '**rotated in a part of its places**' : '**not rotated**'
}

const HEADINGS: Readonly<Record<Result, string>> = {
  rotated: 'rotated',
  resumed: 'a rotation that had stopped was finished',
  retired: 'the previous value was retired',
  'not-due': 'not due',
}

export function why(
  decision: Decision,
  { age }: Dates,
  { seen: { facts: found }, inputs }: Pick<Task, 'seen' | 'inputs'>,
): string {
  const { current } = found.writtenAt
  const old = current === undefined ? '' : formatDuration(Math.max(0, found.now - current))
  switch (decision.kind) {
    case 'not-due':
      return `It is ${formatDuration(age ?? 0)} old, and due at ${formatDuration(inputs.maxAge)}`
    case 'retire':
      return `${code(inputs.names.previous ?? '')} has had its ${formatDuration(inputs.grace)}`
    case 'rotate':
      if (decision.why === 'missing') return 'There was none'
      return decision.why === 'force'
        ? `\`force\` was set; it was ${old} old`
        : `It was ${old} old, and due at ${formatDuration(inputs.maxAge)}`
    default:
      return `${code(inputs.names.pending ?? '')} was there: an earlier run had stopped before its end`
  }
}

function oldValue({ inputs, dates, decision, failure, ledger, places }: Told): string | undefined {
  const previous = inputs.names.previous
  const until = dates.previousUntil
  const later = places.others.some(({ needsDeployment }) => needsDeployment) && inputs.redeploy === undefined
  const withDeployment = later ? '; on Pages it works until the next deployment' : ''
  const rotates = decision.kind === 'rotate' || decision.kind === 'resume'
  if (rotates && failure !== undefined && ledger.committedAt === undefined)
    return `still the current one in ${code(places.home.label)}`
  if (decision.kind === 'retire')
    return failure === undefined ? `works no more${withDeployment}` : 'may still work in places'
  if (until !== undefined && previous !== undefined) {
    return `works as ${code(previous)} until ${time(until)}; the first run after that removes it`
  }
  if (decision.kind === 'not-due') return undefined
  return `was not kept, and works no more${withDeployment}`
}

function targets({ verdicts, places, ledger }: Told): string {
  const stores = new Map<string, Store>([places.home, ...places.others].map((store) => [store.label, store]))
  const rows = verdicts.map(({ target, verdict, done, error }) => [
    code(target),
    VERDICTS[verdict],
    escapeMarkdown(
      [...(done.length === 0 ? [] : [done.join(', ')]), ...(error === null ? [] : [error])].join('. Then: '),
    ),
    done.length === 0 || verdict !== 'done' ? '' : effect(stores.get(target), ledger.redeployed),
  ])
  return table(['Target', '', 'What was done', 'Takes effect'], rows)
}

const VERDICTS: Readonly<Record<Verdict['verdict'], string>> = {
  done: 'done',
  unchanged: 'nothing to do',
  failed: '**failed**',
  'not-reached': 'not reached',
}

function effect(store: Store | undefined, redeployed: boolean): string {
  if (store === undefined) return ''
  if (store.needsDeployment) return redeployed ? 'now: it was deployed again' : '**with the next deployment**'
  if (store.isBlind) return 'when its program says so'
  if (store.label.startsWith('codespaces')) return 'for codespaces that are started from now on'
  return store.role === 'github' ? 'for runs that are queued from now on' : 'now'
}

/** What the run has evidence for, and what it has not. */
function proven({ inputs, decision, ledger }: Told): string {
  if (decision.kind === 'not-due' || decision.kind === 'retire') return ''
  const verified = decision.kind !== 'finish' && inputs.verify !== undefined
  const parts = [
    'Secrets cannot be read back: that each place has taken the value is what its own answer says.',
    verified
      ? `${code(inputs.verify?.program ?? '')} has accepted the new value${ledger.redeployed ? ' at the new deployment' : ''}.`
      : '',
    verified ? '' : 'Not proven: that what uses the value works with it. A `verify-command` shows that.',
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function whatToDo({ failure, ledger, inputs, decision }: Told): string {
  const said =
    failure instanceof ActionError ? failure.text : 'The step was cancelled, or met an error that it does not know.'
  const { pending, current } = inputs.names
  const isKept = decision.kind === 'resume' || ledger.pendingKept
  const next =
    ledger.committedAt !== undefined || decision.kind === 'retire' || decision.kind === 'finish'
      ? `Nothing is urgent: ${current} works. Mend what is said above, then start a new run, which does the rest.`
      : pending === undefined || !isKept
        ? 'Mend what is said above, then start a new run, which begins again.'
        : `Mend what is said above, then start a **new run** (no re-run): it goes on with the value in ${code(pending)}. The secret stays due until then.`
  return `${quote(said)}\n\n${next}`
}

function quote(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${escapeMarkdown(line)}`)
    .join('\n')
}

export function time(at: number): string {
  return (iso(at) ?? '').replace('T', ' ').replace('Z', ' UTC')
}
