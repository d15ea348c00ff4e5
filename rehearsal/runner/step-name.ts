import { text } from './expressions.ts'
import { type JobState, scopeOf } from './job-state.ts'
import type { Task } from './tasks.ts'

const prefixes = { pre: 'Pre ', main: '', post: 'Post ' } as const

/** As GitHub shows it: the step's `name`, else `Run` and the action or the script's first line. */
export function displayName(task: Task, state: JobState): string {
  return `${prefixes[task.stage]}${ownName(task, state)}`
}

function ownName({ step }: Task, state: JobState): string {
  try {
    if (step.name !== undefined) return state.run.masks.hide(text(step.name, scopeOf(state)))
    if (step.does.kind === 'uses') return `Run ${step.does.uses}`
    const [first = ''] = text(step.does.script, scopeOf(state)).trimStart().split('\n')
    return state.run.masks.hide(`Run ${first}`)
  } catch {
    // The expression names something that is not there yet; GitHub then shows it as it is written.
    return `${step.name ?? 'Run'}`
  }
}
