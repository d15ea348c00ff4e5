/** Workflows: https://docs.github.com/rest/actions/workflows */
import { basename } from 'node:path'
import { type Answer, noContent, notFound, ok } from './answers.ts'
import { htmlUrl, nodeId, repositoryUrl } from './repository.ts'
import { workflowId } from './runs.ts'
import type { Call, State } from './state.ts'

/** `disabled_inactivity`: its repository was quiet for 60 days, and the schedule with it. */
export type WorkflowState = 'active' | 'disabled_inactivity' | 'disabled_manually'

export interface Workflow {
  readonly name: string
  /** `.github/workflows/deploy.yml` */
  readonly path: string
  readonly state: WorkflowState
  /** Whether `workflow_dispatch` is among its triggers. Default: true. */
  readonly dispatchable?: boolean
}

/** Replaces what is known of the workflow with this path. */
export function setWorkflow(state: State, workflow: Workflow): void {
  const at = state.workflows.findIndex(({ path }) => path === workflow.path)
  if (at < 0) state.workflows.push(workflow)
  else state.workflows.splice(at, 1, workflow)
}

/** Those that were told of, and those that a run is of. */
export function allWorkflows({ workflows, runs }: State): readonly Workflow[] {
  const others = runs.filter(({ path }) => !workflows.some((workflow) => workflow.path === path))
  const ofRuns = new Map(others.map(({ name, path }) => [path, { name, path, state: 'active' } as const]))
  return [...workflows, ...ofRuns.values()]
}

export function getWorkflow(call: Call): Answer {
  const workflow = findWorkflow(call)
  return workflow ? ok(workflowBody(call.state, workflow)) : notFound(call.docs)
}

export function enableWorkflow(call: Call): Answer {
  const workflow = findWorkflow(call)
  if (!workflow) return notFound(call.docs)
  setWorkflow(call.state, { ...workflow, state: 'active' })
  return noContent()
}

/** By its id or the name of its file. */
export function findWorkflow({ state, params }: Call): Workflow | undefined {
  const { workflow_id: asked = '' } = params
  return allWorkflows(state).find(({ path }) => basename(path) === asked || `${workflowId(state, path)}` === asked)
}

function workflowBody(state: State, { name, path, state: activity }: Workflow) {
  const { repository } = state
  const id = workflowId(state, path)
  return {
    id,
    node_id: nodeId('W', repository.id, id),
    name,
    path,
    state: activity,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    url: `${repositoryUrl(repository)}/actions/workflows/${id}`,
    html_url: `${htmlUrl(repository)}/blob/${repository.defaultBranch}/${path}`,
    badge_url: `${htmlUrl(repository)}/workflows/${encodeURIComponent(name)}/badge.svg`,
  }
}
