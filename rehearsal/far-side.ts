/** The embedded GitHub as a run sees it: it is told of the repository, of the run and of each job. */
import { basename } from 'node:path'
import type { GitHub } from './github/server.ts'
import { timestamp } from './github/state.ts'
import type { RunIdentity } from './runner/contexts.ts'
import type { Result } from './runner/report.ts'
import type { Commit, RepositoryCopy } from './runner/repository.ts'
import type { FarSide, RuntimeVariables } from './runner/run.ts'

/** What the repository holds. */
export function teach(github: GitHub, copy: Pick<RepositoryCopy, 'commits' | 'refs'>): void {
  for (const { sha, message, parents, tree, author, committer } of copy.commits) {
    const content = { tree, author: dated(author), committer: dated(committer) }
    github.addCommit({ sha, message, parents, content })
  }
  for (const [ref, sha] of Object.entries(copy.refs)) github.addRef(ref, sha)
}

function dated(person: Commit['author']): Commit['author'] {
  return { ...person, date: timestamp(Date.parse(person.date)) }
}

/** The pull requests that the rehearsal's history has merged. */
export function teachMerged(github: GitHub, { merged }: RepositoryCopy): void {
  for (const { title, body, base, head, labels, number, mergeSha: sha, baseSha, headSha } of merged) {
    const opened = github.openPullRequest({ title, body, base, head, labels, number }, 'octocat')
    github.mergePullRequest(opened, { sha, by: 'octocat', baseSha, headSha })
  }
}

/**
 * One attempt of the run.
 * @param dispatched whether GitHub has the run already, since another one has dispatched it
 */
export function farSide(github: GitHub, copy: RepositoryCopy, identity: RunIdentity, dispatched = false) {
  if (dispatched) github.updateRun(identity.runId, { status: 'in_progress' })
  else addRun(github, copy, identity)
  const called = (job: string) => (dispatched ? `${basename(identity.workflowPath)}: ${job}` : job)
  const ids = new Map<string, number>()
  return {
    startJob({ id, name, permissions }) {
      const checkRunId = identity.runId * 1000 + identity.attempt * 100 + ids.size + 1
      ids.set(id, checkRunId)
      github.addJob({ id: checkRunId, runId: identity.runId, name, status: 'in_progress', conclusion: null })
      const runtime = runtimeVariables(github, github.issueRuntimeToken(identity.runId, called(id)))
      const token = github.issueToken(called(id), permissions)
      const idToken = permissions['id-token'] === 'write' ? github.issueIdToken(identity.runId, called(id)) : {}
      return { checkRunId, token, runtime, idToken }
    },
    finishJob({ id, result }) {
      const checkRunId = ids.get(id)
      if (checkRunId !== undefined) github.updateJob(checkRunId, { status: 'completed', conclusion: result })
    },
    finishRun: (result: Result) => github.updateRun(identity.runId, { status: 'completed', conclusion: result }),
    notePermissionUse: (job, permission, level) => github.notePermissionUse(called(job), permission, level),
  } satisfies FarSide & { finishRun: (result: Result) => void }
}

/** Whether a job is of a run that another one has dispatched. */
export function isOfDispatched(job: string): boolean {
  return /\.ya?ml: /.test(job)
}

function addRun(github: GitHub, copy: RepositoryCopy, identity: RunIdentity): void {
  github.addRun({
    id: identity.runId,
    attempt: identity.attempt,
    event: identity.event,
    headSha: identity.headRef === '' ? identity.sha : copy.head,
    headBranch: identity.headRef || identity.refName,
    status: 'in_progress',
    conclusion: null,
    name: identity.workflow,
    path: identity.workflowPath,
    actor: identity.actor,
  })
}

/** With the runner's own services, all at the same origin here (actions/runner NodeScriptActionHandler.cs). */
function runtimeVariables({ apiUrl }: GitHub, token: string): RuntimeVariables {
  return {
    ACTIONS_RUNTIME_TOKEN: token,
    ACTIONS_RUNTIME_URL: `${apiUrl}/`,
    ACTIONS_RESULTS_URL: `${apiUrl}/`,
  }
}
