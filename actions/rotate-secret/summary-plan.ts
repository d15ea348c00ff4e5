/** The section of a dry run: what another run would do. */
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
      ['Next rotation', dates.dueAt === undefined ? 'now' : `due at ${time(dates.dueAt)}`],
      [
        'The previous value',
        dates.previousUntil === undefined ? undefined : `works until ${time(dates.previousUntil)}`,
      ],
    ]),
    steps.length === 0 ? 'Nothing.' : steps.map((step, index) => `${index + 1}. ${describe(step, inputs)}`).join('\n'),
  ].join('\n\n')
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
