/** Finds every action of a workflow before anything runs. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Problem, RehearsalError, WorkflowError } from './errors.ts'
import { type ActionFolders, loadAction, locate, parseReference } from './runner/action.ts'
import type { Step, Workflow } from './runner/workflow.ts'

/** @throws WorkflowError that names every step whose action the rehearsal cannot run, and why */
export async function checkActions(workflow: Workflow, folders: ActionFolders, repository: string): Promise<void> {
  const steps = workflow.jobs.flatMap((job) => job.steps)
  const problems = await Promise.all(steps.map((step) => problemOf(step, folders, repository)))
  const found = problems.flatMap((message, index): readonly Problem[] => {
    return message === undefined ? [] : [{ file: workflow.file, line: steps[index]?.line, message }]
  })
  if (found.length === 0) return
  throw new WorkflowError(`${basename(workflow.file)} uses actions that the rehearsal cannot run.`, found)
}

async function problemOf({ does }: Step, folders: ActionFolders, repository: string): Promise<string | undefined> {
  if (does.kind === 'run') return undefined
  const reference = parseReference(does.uses)
  if (reference === undefined) return `'${does.uses}' names no action.`
  if (reference.kind === 'workspace') {
    const folder = join(repository, reference.path)
    // An earlier step may make it; only what is there can be looked at now.
    return existsSync(folder) ? reasonOf(() => loadAction(folder, reference, folders)) : undefined
  }
  return reasonOf(async () => {
    const folder = locate(reference, folders, repository)
    if (folder instanceof Error) throw folder
    await loadAction(folder, reference, folders)
  })
}

async function reasonOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** @throws RehearsalError that lists the steps there are */
export function checkStepExists(workflow: Workflow, wanted: string | undefined): void {
  if (wanted === undefined) return
  const names = workflow.jobs.flatMap((job) => job.steps.map((step) => [step.id, `${step.name ?? ''}`])).flat()
  if (names.includes(wanted)) return
  const list = names.filter((name) => name !== '' && !name.startsWith('__')).join(', ')
  throw new RehearsalError(`No step is named '${wanted}'. The steps: ${list}.`)
}
