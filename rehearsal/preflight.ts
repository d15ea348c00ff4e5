/** Finds every action of a workflow before anything runs. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { messageOf, type Problem, RehearsalError, WorkflowError } from './errors.ts'
import { type ActionFolders, loadAction, locate, parseReference } from './runner/action.ts'
import { mayBeNamed, writtenName } from './runner/step-name.ts'
import { isNamed, type Step, type Workflow } from './runner/workflow.ts'

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
  return reasonOf(async () => loadAction(locate(reference, folders, repository), reference, folders))
}

async function reasonOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** @throws RehearsalError that lists the steps there are */
export function checkStepExists(workflow: Workflow, wanted: string | undefined): void {
  if (wanted !== undefined && !hasStep(workflow, wanted)) throw noStep(workflow, wanted)
}

/** @param wanted may be pre and post parts too @throws RehearsalError as {@link checkStepExists} */
export function checkFaultySteps(workflow: Workflow, wanted: readonly string[]): void {
  for (const name of wanted) {
    if (!hasStep(workflow, name) && !hasStep(workflow, name.replace(/^(Pre|Post) /, ''))) throw noStep(workflow, name)
  }
}

function hasStep(workflow: Workflow, wanted: string): boolean {
  return namesIn(workflow).includes(wanted) || stepsOf(workflow).some((step) => mayBeNamed(step, wanted))
}

function noStep(workflow: Workflow, wanted: string): RehearsalError {
  return new RehearsalError(`No step is named '${wanted}'. The steps: ${namesIn(workflow).join(', ')}.`)
}

function namesIn(workflow: Workflow): readonly string[] {
  const names = stepsOf(workflow).flatMap((step) => [writtenName(step), ...(isNamed(step) ? [step.id] : [])])
  return [...new Set(names)]
}

function stepsOf({ jobs }: Workflow): readonly Step[] {
  return jobs.flatMap(({ steps }) => steps)
}
