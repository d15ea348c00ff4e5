/** What a job has to run: each step's main part, before all of them the `pre` parts; `post` parts come as they are met. */
import { join } from 'node:path'
import { type Action, loadAction, locate, parseReference } from './action.ts'
import type { JobState } from './job-state.ts'
import type { ActionRunStage } from './report.ts'
import type { Step } from './workflow.ts'

export interface Task {
  readonly step: Step
  readonly stage: ActionRunStage
  readonly condition: string
  /** Absent for `run` steps, and until its step starts for an action in the workspace. */
  readonly action?: Action
  /** GITHUB_STATE, shared by the parts of one step. */
  readonly state: Record<string, string>
}

export async function loadTasks(state: JobState): Promise<readonly Task[]> {
  const tasks = await Promise.all(state.job.steps.map((step) => mainTask(step, state)))
  const before = tasks
    .filter(({ action }) => action?.pre !== undefined && action.reference.kind === 'repository')
    .map((task): Task => ({ ...task, stage: 'pre', condition: task.action?.preIf ?? '' }))
  return [...before, ...tasks]
}

async function mainTask(step: Step, state: JobState): Promise<Task> {
  const task: Task = { step, stage: 'main', condition: step.if, state: {} }
  if (step.does.kind === 'run' || step.does.uses.startsWith('./')) return task
  return { ...task, action: await findAction(step.does.uses, state) }
}

/** @throws Error that names the action and what is wrong. */
export async function findAction(uses: string, { run, workspace }: JobState): Promise<Action> {
  const reference = parseReference(uses)
  if (reference === undefined) throw new Error(`'${uses}' names no action.`)
  const { actions, repository } = run.folders
  const folder =
    reference.kind === 'workspace' ? join(workspace, reference.path) : locate(reference, actions, repository)
  return loadAction(folder, reference, actions)
}
