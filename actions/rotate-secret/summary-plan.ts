/** The section of a dry run: what another run would do. */
import { formatDuration } from '../../src/duration.ts'
import { code, facts } from '../../src/summary.ts'
import type { Dates } from './report.ts'
import type { Task } from './rotate-secret.ts'
import type { Step } from './steps.ts'
import { time, why } from './summary.ts'

export function summarizePlan({
  inputs,
  decision,
  steps,
  dates,
  seen,
}: Omit<Task, 'run' | 'trail'> & { readonly dates: Dates }): string {
  return [
    `### Secret ${code(inputs.names.current)}: what a run would do (dry run)`,
    facts([
      ['Why', why(decision, dates, { seen, inputs })],
      ['Next rotation', nextRotation(decision, dates)],
      ['The old value', oldValue(decision, inputs)],
      ['The previous value', previousValue(steps, dates)],
    ]),
    steps.length === 0 ? 'Nothing.' : steps.map((step, index) => `${index + 1}. ${describe(step, inputs)}`).join('\n'),
  ].join('\n\n')
}

function isRotation({ kind }: Task['decision']): boolean {
  return kind === 'rotate' || kind === 'resume'
}

function nextRotation(decision: Task['decision'], { dueAt }: Dates): string {
  if (isRotation(decision)) return 'now, with this run'
  return dueAt === undefined ? 'now' : `due at ${time(dueAt)}`
}

function oldValue(decision: Task['decision'], { names, grace }: Task['inputs']): string | undefined {
  if (!isRotation(decision) || (decision.kind === 'rotate' && decision.why === 'missing')) return undefined
  const keepsOld = 'keepsOld' in decision && decision.keepsOld
  return keepsOld ? `works as ${code(names.previous ?? '')} for ${formatDuration(grace)}` : '**stops at once**'
}

function previousValue(steps: readonly Step[], { previousUntil }: Dates): string | undefined {
  if (previousUntil === undefined) return undefined
  const replaced = steps.some(
    (step) =>
      step.kind === 'write' && step.writes.some(({ changes }) => changes.some(({ slot }) => slot === 'previous')),
  )
  return replaced ? 'goes with this run' : `works until ${time(previousUntil)}`
}

function describe(step: Step, { names, redeploy, verify, revoke }: Task['inputs']): string {
  switch (step.kind) {
    case 'redeploy':
      return `Dispatch ${code(redeploy?.workflow ?? '')}, and wait for it`
    case 'verify':
      return `Run ${code(verify?.program ?? '')} with the new value`
    case 'revoke':
      return `Run ${code(revoke?.program ?? '')} with the ${step.which === 'current' ? 'old' : 'previous'} value`
    case 'write':
      return `${step.title}: ${step.writes
        .map(
          ({ store, changes }) =>
            `${changes.map(({ slot }) => code(names[slot] ?? '')).join(' and ')} in ${code(store.label)}`,
        )
        .join(', ')}`
  }
}
