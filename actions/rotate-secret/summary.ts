/** The section that people read in the job's summary: what was done where, until when the old value works, what to do next. */
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import { code, escapeMarkdown, facts, table } from '../../src/summary.ts'
import type { Decision } from './plan.ts'
import { type Dates, iso, type Outcome, type Result } from './report.ts'
import type { Task } from './rotate-secret.ts'
import { aheadOf } from './standing.ts'
import type { Store } from './stores/store.ts'
import type { Verdict } from './verdicts.ts'

export interface Told extends Outcome {
  readonly result: Result | undefined
  readonly dates: Dates
  readonly verdicts: readonly Verdict[]
  /** Why the trail lacks this run. */
  readonly unwritten: ActionError | undefined
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
    failure === undefined ? proven(told) : `${quote(said(failure))}\n\n${whatToDo(told)}`,
    told.unwritten === undefined
      ? ''
      : `**The trail lacks this run.** Its line is in the log.\n\n${quote(told.unwritten.text)}`,
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
  return `${heading}\n\n${quote(refusal.text)}`
}

function heading(told: Told): string {
  const { result, failure, ledger, decision } = told
  if (failure === undefined) return HEADINGS[result ?? 'not-due']
  if (ledger.committedAt !== undefined) return '**rotated, and not cleaned up**'
  if (decision.kind === 'retire') return '**the previous value was not retired**'
  if (decision.kind === 'finish') return '**not cleaned up**'
  return aheadOf(told).length > 0 ? '**stopped halfway**' : '**not rotated**'
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
      if (decision.why === 'unfinished')
        return `${code(inputs.names.previous ?? '')} is newer: an earlier rotation was given up before its end`
      return decision.why === 'force'
        ? `\`force\` was set; it was ${old} old`
        : `It was ${old} old, and due at ${formatDuration(inputs.maxAge)}`
    default:
      return `${code(inputs.names.pending ?? '')} was there: an earlier run had stopped before its end`
  }
}

function oldValue(told: Told): string | undefined {
  const { inputs, dates, decision, failure, ledger, places } = told
  const previous = inputs.names.previous
  const until = dates.previousUntil
  const later = places.others.some(({ needsDeployment }) => needsDeployment) && inputs.redeploy === undefined
  const withDeployment = later ? '; on Pages it works until the next deployment' : ''
  const rotates = decision.kind === 'rotate' || decision.kind === 'resume'
  if (rotates && failure !== undefined && ledger.committedAt === undefined) return stillCurrent(told)
  if (decision.kind === 'retire')
    return failure === undefined ? `works no more${withDeployment}` : 'may still work in places'
  if (until !== undefined && previous !== undefined) {
    return `works as ${code(previous)} until ${time(until)}; the first run after that removes it`
  }
  if (decision.kind === 'not-due' || (decision.kind === 'rotate' && decision.why === 'missing')) return undefined
  if (failure !== undefined) return `was not kept, and may still be accepted where ${code(previous ?? '')} is left`
  return `was not kept, and works no more${withDeployment}`
}

function stillCurrent(told: Told): string {
  const home = `still the current one in ${code(told.places.home.label)}`
  if (aheadOf(told).length === 0) return home
  const keepsOld = 'keepsOld' in told.decision && told.decision.keepsOld
  return `${home}; where the new one is, it works ${keepsOld ? `as ${code(told.inputs.names.previous ?? '')}` : 'no more'}`
}

function targets({ verdicts, places, ledger }: Told): string {
  const stores = new Map<string, Store>([places.home, ...places.others].map((store) => [store.label, store]))
  const rows = verdicts.map(({ target, verdict, done, error }) => [
    code(target),
    verdict === 'not-reached' && done.length > 0 ? 'begun' : VERDICTS[verdict],
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

function said(failure: unknown): string {
  return failure instanceof ActionError ? failure.text : 'The step met an error that it does not know; the log has it.'
}

const NEW_RUN = 'a **new run** (Actions > the workflow > Run workflow, not *Re-run jobs*)'

function whatToDo(told: Told): string {
  const { ledger, inputs, decision } = told
  if (inputs.grace === 0 && (decision.kind === 'rotate' || decision.kind === 'resume')) return inEmergency(told)
  if (ledger.committedAt !== undefined || decision.kind === 'retire' || decision.kind === 'finish') {
    return `Nothing is urgent: ${inputs.names.current} works. Once that is mended, or has passed, start ${NEW_RUN}, which does the rest.`
  }
  const { pending } = inputs.names
  const isKept = decision.kind === 'resume' || ledger.pendingKept
  const then =
    pending === undefined || !isKept ? 'which begins again' : `which goes on with the value in ${code(pending)}`
  const back = aheadOf(told).length > 0 ? ' To put the old value back instead, see "To go back" in the README.' : ''
  return `Once that is mended, or has passed, start ${NEW_RUN}, ${then}. The secret stays due until then.${back}`
}

/** An ordinary run does not know that there was an emergency. */
function inEmergency({ ledger, inputs: { names } }: Told): string {
  const again = `start the emergency again, with \`force: true\` and \`grace: 0\` (in the template: *emergency*)`
  if (ledger.committedAt !== undefined) {
    return `The new value is in use, but an old one may still be accepted where ${code(names.previous ?? '')} is left, and what was to be revoked may not be. Once that is mended, ${again}, or delete it there by hand.`
  }
  return `**If the secret has leaked: the old value still works.** Once that is mended, ${again}. An ordinary run would go on as an ordinary rotation does, and keep the old value as ${code(names.previous ?? '')} for its grace.`
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
