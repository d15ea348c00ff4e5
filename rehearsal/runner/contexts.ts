/** The contexts that expressions read, and the environment variables that follow from them. */
import { arch, hostname } from 'node:os'
import { defineFunction, type Scope, type Value } from './expressions.ts'
import { hashFiles } from './hash-files.ts'
import type { Result } from './report.ts'

/** The repository, the commit and the event of a run. */
export interface RunIdentity {
  /** OWNER/NAME. */
  readonly repository: string
  readonly event: string
  readonly payload: Value
  readonly inputs: Readonly<Record<string, Value>>
  readonly ref: string
  readonly refName: string
  readonly refType: 'branch' | 'tag'
  readonly sha: string
  readonly headRef: string
  readonly baseRef: string
  readonly actor: string
  readonly runId: number
  readonly runNumber: number
  readonly attempt: number
  readonly workflow: string
  /** `.github/workflows/NAME`. */
  readonly workflowPath: string
  readonly apiUrl: string
  readonly serverUrl: string
  /** How long the repository keeps artifacts. */
  readonly retentionDays: number
}

/** What GitHub sets where a job has no matrix. */
export const absentContexts: Readonly<Record<string, Value>> = {
  matrix: null,
  strategy: { 'fail-fast': true, 'job-index': 0, 'job-total': 1, 'max-parallel': 1 },
}

/** A type, not an interface, so that it is a {@link Value} too. */
export type Need = {
  readonly result: Result
  readonly outputs: Readonly<Record<string, string>>
}

/** The part of the `github` context that is the same in every job. */
export function githubContext(run: RunIdentity): Record<string, Value> {
  const [owner = '', name = ''] = run.repository.split('/')
  const repository = run.payload !== null && typeof run.payload === 'object' ? fieldOf(run.payload, 'repository') : null
  const workflowRef = `${run.repository}/${run.workflowPath}@${run.ref}`
  return {
    actor: run.actor,
    actor_id: `${fieldOf(fieldOf(run.payload, 'sender'), 'id') ?? ''}`,
    api_url: run.apiUrl,
    base_ref: run.baseRef,
    event: run.payload,
    event_name: run.event,
    graphql_url: `${run.apiUrl}/graphql`,
    head_ref: run.headRef,
    ref: run.ref,
    ref_name: run.refName,
    ref_protected: false,
    ref_type: run.refType,
    repository: run.repository,
    repository_id: `${fieldOf(repository, 'id') ?? ''}`,
    repository_owner: owner,
    repository_owner_id: `${fieldOf(fieldOf(repository, 'owner'), 'id') ?? ''}`,
    repository_visibility: 'private',
    repositoryUrl: `git://github.com/${owner}/${name}.git`,
    retention_days: `${run.retentionDays}`,
    run_attempt: `${run.attempt}`,
    run_id: `${run.runId}`,
    run_number: `${run.runNumber}`,
    secret_source: 'Actions',
    server_url: run.serverUrl,
    sha: run.sha,
    triggering_actor: run.actor,
    workflow: run.workflow,
    workflow_ref: workflowRef,
    workflow_sha: run.sha,
  }
}

function fieldOf(value: Value | undefined, key: string): Value | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && key in value
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}

/** Names the runner exports as GITHUB_* (actions/runner GitHubContext.cs); the token and the event are not among them. */
const exported = new Set(
  [
    'action action_path action_ref action_repository actor actor_id api_url base_ref env event_name event_path',
    'graphql_url head_ref job output path ref ref_name ref_protected ref_type repository repository_id',
    'repository_owner repository_owner_id retention_days run_attempt run_id run_number server_url sha state',
    'step_summary triggering_actor workflow workflow_ref workflow_sha workspace',
  ]
    .join(' ')
    .split(' '),
)

export function githubEnvironment(github: Readonly<Record<string, Value>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(github)
      .filter(([name]) => exported.has(name))
      .map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, `${value ?? ''}`]),
  )
}

export function runnerContext(
  temp: string,
  toolCache: string,
  workspace: string,
  debug: boolean,
): Record<string, string> {
  return {
    name: hostname(),
    os: process.platform === 'darwin' ? 'macOS' : 'Linux',
    arch: arch() === 'arm64' ? 'ARM64' : 'X64',
    environment: 'self-hosted',
    temp,
    tool_cache: toolCache,
    workspace,
    ...(debug ? { debug: '1' } : {}),
  }
}

export function runnerEnvironment(runner: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(runner).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]))
}

/** `success()` and its like for a job's `if`: over everything the job depends on, directly or not. */
export function jobFunctions(ancestors: readonly Result[], cancelled: boolean): Scope['functions'] {
  return [
    defineFunction('success', 0, () => !cancelled && ancestors.every((result) => result === 'success')),
    defineFunction('failure', 0, () => ancestors.includes('failure')),
    defineFunction('cancelled', 0, () => cancelled),
    defineFunction('always', 0, () => true),
  ]
}

/** The same for a step: over the job's status so far. */
export function stepFunctions(status: () => Result, workspace: string): Scope['functions'] {
  return [
    defineFunction('success', 0, () => status() === 'success'),
    defineFunction('failure', 0, () => status() === 'failure'),
    defineFunction('cancelled', 0, () => status() === 'cancelled'),
    defineFunction('always', 0, () => true),
    defineFunction('hashFiles', 255, (...patterns) => hashFiles(workspace, patterns)),
  ]
}
