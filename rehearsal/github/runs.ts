/** Workflow runs and their jobs: https://docs.github.com/rest/actions/workflow-runs and …/workflow-jobs */
import { type Answer, notFound, ok, paginate } from './answers.ts'
import { AUTHOR, treeSha } from './commits.ts'
import { actionsBot, forkOf, htmlUrl, minimalRepository, nodeId, repositoryUrl, userOf } from './repository.ts'
import { type Call, type State, timestamp } from './state.ts'

export type RunStatus = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required'
  | null

/** One attempt of a run. */
export interface Run {
  readonly id: number
  /** From 1. */
  readonly attempt: number
  readonly event: string
  readonly headBranch: string | null
  readonly headSha: string
  readonly status: RunStatus
  readonly conclusion: Conclusion
  /** The workflow's name. */
  readonly name: string
  /** `.github/workflows/deploy.yml` */
  readonly path: string
  /** Who caused it; without, github-actions[bot]. */
  readonly actor?: string
  /** Owner of the fork that the head is in. */
  readonly fork?: string
  /** What it is for; GitHub leaves out one whose head is in a fork. */
  readonly pullRequest?: { readonly number: number; readonly base: string; readonly baseSha: string }
}

/** One job of a run's newest attempt at the time it is added. */
export interface Job {
  /** The job's check run id too. */
  readonly id: number
  readonly runId: number
  readonly name: string
  readonly status: RunStatus
  readonly conclusion: Conclusion
}

export type RunRecord = Run & { readonly createdAt: string; readonly updatedAt: string }
export type JobRecord = Job & {
  readonly run: RunRecord
  readonly createdAt: string
  readonly completedAt: string | null
}
export type Progress = Partial<Pick<Run, 'status' | 'conclusion'>>

export function addRun(state: State, run: Run): void {
  const at = timestamp(state.clock.now())
  state.runs.push({ ...run, createdAt: at, updatedAt: at })
}

/** @throws when the run was never added */
export function addJob(state: State, job: Job): void {
  const run = findRun(state, job.runId)
  if (!run) throw new Error(`No run ${job.runId} for the job "${job.name}". Add the run first.`)
  const at = timestamp(state.clock.now())
  state.jobs.push({ ...job, run, createdAt: at, completedAt: job.status === 'completed' ? at : null })
}

/** Changes the run's newest attempt. */
export function updateRun(state: State, id: number, progress: Progress): void {
  const run = findRun(state, id)
  if (!run) throw new Error(`No run ${id} to update. Add it first.`)
  state.runs.splice(state.runs.indexOf(run), 1, { ...run, ...progress, updatedAt: timestamp(state.clock.now()) })
}

export function updateJob(state: State, id: number, progress: Progress): void {
  const job = state.jobs.find((candidate) => candidate.id === id)
  if (!job) throw new Error(`No job ${id} to update. Add it first.`)
  const completedAt = progress.status === 'completed' ? timestamp(state.clock.now()) : job.completedAt
  state.jobs.splice(state.jobs.indexOf(job), 1, { ...job, ...progress, completedAt })
}

export function getRun(call: Call): Answer {
  const run = findRun(call.state, Number(call.params['run_id']))
  return run ? ok(runBody(call.state, run)) : notFound(call.docs)
}

export function listJobsOfAttempt(call: Call): Answer {
  const runId = Number(call.params['run_id'])
  const attempt = Number(call.params['attempt_number'])
  if (!call.state.runs.some((run) => run.id === runId && run.attempt === attempt)) return notFound(call.docs)
  const jobs = call.state.jobs.filter((job) => job.runId === runId && job.run.attempt === attempt)
  const { items, headers } = paginate(jobs, call.url)
  return { ...ok({ total_count: jobs.length, jobs: items.map((job) => jobBody(call.state, job)) }), headers }
}

export function getJob(call: Call): Answer {
  const id = Number(call.params['job_id'])
  const job = call.state.jobs.find((candidate) => candidate.id === id)
  return job ? ok(jobBody(call.state, job)) : notFound(call.docs)
}

/** As `GET /repos/{owner}/{repo}/actions/runs/{run_id}` has it. @throws when the run was never added */
export function describeRun(state: State, id: number) {
  const run = findRun(state, id)
  if (!run) throw new Error(`No run ${id} to describe. Add it first.`)
  return runBody(state, run)
}

/** Its newest attempt. */
export function findRun(state: State, id: number): RunRecord | undefined {
  return state.runs.filter((run) => run.id === id).sort((one, other) => other.attempt - one.attempt)[0]
}

/** The ids of the runs of one workflow, in the order of their numbers. */
export function runNumbers({ runs }: State, path: string): readonly number[] {
  return [...new Set(runs.filter((run) => run.path === path).map(({ id }) => id))]
}

/** Of the workflow with this path. */
export function workflowId({ runs, workflows }: State, path: string): number {
  return ordinal(
    [...workflows, ...runs].map((known) => known.path),
    path,
  )
}

/** Position of the value among the distinct ones, from 1. */
function ordinal<T>(values: readonly T[], value: T): number {
  return [...new Set(values)].indexOf(value) + 1
}

function runBody(state: State, run: RunRecord) {
  const { repository } = state
  const actor = run.actor === undefined ? actionsBot(repository) : userOf(repository, run.actor)
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WFR', repository.id, run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: state.graph.commit(run.headSha)?.message.split('\n')[0] || run.name,
    run_number: runNumbers(state, run.path).indexOf(run.id) + 1,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    ...runUrls(state, run),
    pull_requests: pullRequestsOf(state, run),
    created_at: bornAt(state, run),
    updated_at: run.updatedAt,
    run_started_at: run.createdAt,
    actor,
    triggering_actor: actor,
    head_commit: headCommit(state, run),
    repository: minimalRepository(repository),
    head_repository: minimalRepository(run.fork === undefined ? repository : forkOf(repository, run.fork)),
  }
}

/** A re-run is as old as the first attempt. */
export function bornAt({ runs }: State, run: RunRecord): string {
  return runs.find(({ id }) => id === run.id)?.createdAt ?? run.createdAt
}

function pullRequestsOf({ repository }: State, { pullRequest, fork, headBranch, headSha }: RunRecord) {
  if (pullRequest === undefined || fork !== undefined || headBranch === null) return []
  const { number, base, baseSha } = pullRequest
  const repo = { id: repository.id, url: repositoryUrl(repository), name: repository.name }
  return [
    {
      id: repository.id + number,
      number,
      url: `${repo.url}/pulls/${number}`,
      head: { ref: headBranch, sha: headSha, repo },
      base: { ref: base, sha: baseSha, repo },
    },
  ]
}

function runUrls(state: State, run: RunRecord) {
  const workflow = workflowId(state, run.path)
  const base = repositoryUrl(state.repository)
  const url = `${base}/actions/runs/${run.id}`
  return {
    workflow_id: workflow,
    workflow_url: `${base}/actions/workflows/${workflow}`,
    url,
    html_url: `${htmlUrl(state.repository)}/actions/runs/${run.id}`,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CS', state.repository.id, run.id),
    check_suite_url: `${base}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
  }
}

function headCommit(state: State, run: RunRecord) {
  const commit = state.graph.commit(run.headSha)
  if (!commit) return null
  const { sha: id, message, date: timestamp } = commit
  return { id, tree_id: treeSha(commit), message, timestamp, author: AUTHOR, committer: AUTHOR }
}

function jobBody(state: State, job: JobRecord) {
  const { repository } = state
  const base = repositoryUrl(repository)
  return {
    id: job.id,
    run_id: job.runId,
    workflow_name: job.run.name,
    head_branch: job.run.headBranch,
    run_url: `${base}/actions/runs/${job.runId}`,
    run_attempt: job.run.attempt,
    node_id: nodeId('CR', repository.id, job.id),
    head_sha: job.run.headSha,
    url: `${base}/actions/jobs/${job.id}`,
    html_url: `${htmlUrl(repository)}/actions/runs/${job.runId}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.createdAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: [],
    check_run_url: `${base}/check-runs/${job.id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'GitHub Actions 1',
    runner_group_id: 0,
    runner_group_name: 'GitHub Actions',
  }
}
