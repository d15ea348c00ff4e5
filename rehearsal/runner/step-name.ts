import { text } from './expressions.ts'
import { type JobState, scopeOf } from './job-state.ts'
import { isBasicExpression, type TemplateToken } from './library.ts'
import type { Task } from './tasks.ts'
import type { Step } from './workflow.ts'

const prefixes = { pre: 'Pre ', main: '', post: 'Post ' } as const

/** As GitHub shows it: the step's `name`, else `Run` and the action or the script's first line. */
export function displayName(task: Task, state: JobState): string {
  return `${prefixes[task.stage]}${ownName(task, state)}`
}

/** All that this part of the step can be called by; a post part never by the step's id. */
export function namesOf(task: Task, state: JobState): readonly string[] {
  const { step, stage } = task
  return [displayName(task, state), `${prefixes[stage]}${writtenName(step)}`, ...(stage === 'main' ? [step.id] : [])]
}

/** What GitHub shows, before anything is evaluated. */
export function writtenName({ name, does }: Step): string {
  if (name !== undefined) return asWritten(name)
  return `Run ${does.kind === 'uses' ? does.uses : firstLine(asWritten(does.script))}`
}

/** Whether GitHub could show the step under this name; what its expressions give is known only when it runs. */
export function mayBeNamed(step: Step, name: string): boolean {
  const parts = writtenName(step).split(/\$\{\{.*?\}\}/s)
  return new RegExp(`^${parts.map((part) => part.replace(/[^\w\s]/g, '\\$&')).join('.*')}$`, 's').test(name)
}

/** The parser makes one `format()` of a text with expressions in it. */
function asWritten(token: TemplateToken): string {
  return isBasicExpression(token) ? (token.source ?? `${token}`) : `${token}`
}

function firstLine(script: string): string {
  return script.trimStart().split('\n')[0] ?? ''
}

function ownName({ step }: Task, state: JobState): string {
  try {
    if (step.name !== undefined) return state.run.masks.hide(text(step.name, scopeOf(state)))
    if (step.does.kind === 'uses') return `Run ${step.does.uses}`
    return state.run.masks.hide(`Run ${firstLine(text(step.does.script, scopeOf(state)))}`)
  } catch {
    // The expression names something that is not there yet; GitHub then shows it as it is written.
    return writtenName(step)
  }
}
