/**
 * What the embedded GitHub answers, and what a token needs for it. The permissions are those of "Permissions required
 * for GitHub Apps", https://docs.github.com/rest/authentication/permissions-required-for-github-apps; `docs` is the
 * operation's own page, which GitHub's error bodies name.
 */
import { type Answer, ok, REST_DOCS } from './answers.ts'
import { ARTIFACT_ROUTES } from './artifacts/routes.ts'
import { ATTESTATION_ROUTES } from './attestations/rest.ts'
import { STORAGE_RECORD_ROUTES } from './attestations/storage-records.ts'
import { CODE_SCANNING_ROUTES } from './code-scanning/routes.ts'
import { compareCommits, getCommit, getRef } from './commits.ts'
import { createDeploymentStatus, getDeploymentStatus, listDeploymentStatuses } from './deployment-statuses.ts'
import { createDeployment, deleteDeployment, getDeployment, listDeployments } from './deployments.ts'
import { DISPATCH_ROUTES } from './dispatch.ts'
import { GIT_DATA_ROUTES } from './git-data.ts'
import { PACKAGE_ROUTES } from './packages/rest.ts'
import { PULL_ROUTES } from './pulls/routes.ts'
import { RELEASE_ROUTES } from './releases/routes.ts'
import { fullRepository } from './repository.ts'
import type { Route } from './route.ts'
import { getJob, getRun, listJobsOfAttempt } from './runs.ts'
import { SECRET_ROUTES } from './secrets/rest.ts'
import type { Call } from './state.ts'
import { VARIABLE_ROUTES } from './variables.ts'
import { enableWorkflow, getWorkflow } from './workflows.ts'

const REPO = '/repos/:owner/:repo'
const DEPLOYMENT = `${REPO}/deployments/:deployment_id`
const DEPLOYMENTS_DOCS = `${REST_DOCS}/deployments/deployments`
const STATUSES_DOCS = `${REST_DOCS}/deployments/statuses`
const COMMITS_DOCS = `${REST_DOCS}/commits/commits`
const WORKFLOW = `${REPO}/actions/workflows/:workflow_id`
const WORKFLOWS_DOCS = `${REST_DOCS}/actions/workflows`
const RUNS_DOCS = `${REST_DOCS}/actions/workflow-runs`
const JOBS_DOCS = `${REST_DOCS}/actions/workflow-jobs`

const READ_METADATA = { permission: 'metadata', level: 'read' } as const
const READ_CONTENTS = { permission: 'contents', level: 'read' } as const
const READ_ACTIONS = { permission: 'actions', level: 'read' } as const
const WRITE_ACTIONS = { permission: 'actions', level: 'write' } as const
const READ_DEPLOYMENTS = { permission: 'deployments', level: 'read' } as const
const WRITE_DEPLOYMENTS = { permission: 'deployments', level: 'write' } as const

export const ROUTES: readonly Route[] = [
  // Before the commits, whose path takes everything that follows.
  ...PULL_ROUTES,
  {
    method: 'GET',
    path: '/rate_limit',
    docs: `${REST_DOCS}/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user`,
    answer: getRateLimit,
  },
  {
    method: 'GET',
    path: REPO,
    needs: READ_METADATA,
    docs: `${REST_DOCS}/repos/repos#get-a-repository`,
    answer: (call) => ok(fullRepository(call.state.repository)),
  },
  {
    method: 'GET',
    path: `${REPO}/commits/:ref{.+}`,
    needs: READ_CONTENTS,
    docs: `${COMMITS_DOCS}#get-a-commit`,
    answer: getCommit,
  },
  {
    method: 'GET',
    path: `${REPO}/compare/:basehead{.+}`,
    needs: READ_CONTENTS,
    docs: `${COMMITS_DOCS}#compare-two-commits`,
    answer: compareCommits,
  },
  {
    method: 'GET',
    path: `${REPO}/git/ref/:ref{.+}`,
    needs: READ_CONTENTS,
    docs: `${REST_DOCS}/git/refs#get-a-reference`,
    answer: getRef,
  },
  {
    method: 'GET',
    path: `${REPO}/deployments`,
    needs: READ_DEPLOYMENTS,
    docs: `${DEPLOYMENTS_DOCS}#list-deployments`,
    answer: listDeployments,
  },
  {
    method: 'POST',
    path: `${REPO}/deployments`,
    needs: WRITE_DEPLOYMENTS,
    docs: `${DEPLOYMENTS_DOCS}#create-a-deployment`,
    answer: createDeployment,
  },
  {
    method: 'GET',
    path: DEPLOYMENT,
    needs: READ_DEPLOYMENTS,
    docs: `${DEPLOYMENTS_DOCS}#get-a-deployment`,
    answer: getDeployment,
  },
  {
    method: 'DELETE',
    path: DEPLOYMENT,
    needs: WRITE_DEPLOYMENTS,
    docs: `${DEPLOYMENTS_DOCS}#delete-a-deployment`,
    answer: deleteDeployment,
  },
  {
    method: 'GET',
    path: `${DEPLOYMENT}/statuses`,
    needs: READ_DEPLOYMENTS,
    docs: `${STATUSES_DOCS}#list-deployment-statuses`,
    answer: listDeploymentStatuses,
  },
  {
    method: 'POST',
    path: `${DEPLOYMENT}/statuses`,
    needs: WRITE_DEPLOYMENTS,
    docs: `${STATUSES_DOCS}#create-a-deployment-status`,
    answer: createDeploymentStatus,
  },
  {
    method: 'GET',
    path: `${DEPLOYMENT}/statuses/:status_id`,
    needs: READ_DEPLOYMENTS,
    docs: `${STATUSES_DOCS}#get-a-deployment-status`,
    answer: getDeploymentStatus,
  },
  {
    method: 'GET',
    path: `${REPO}/actions/runs/:run_id`,
    needs: READ_ACTIONS,
    docs: `${RUNS_DOCS}#get-a-workflow-run`,
    answer: getRun,
  },
  {
    method: 'GET',
    path: `${REPO}/actions/runs/:run_id/attempts/:attempt_number/jobs`,
    needs: READ_ACTIONS,
    docs: `${JOBS_DOCS}#list-jobs-for-a-workflow-run-attempt`,
    answer: listJobsOfAttempt,
  },
  {
    method: 'GET',
    path: `${REPO}/actions/jobs/:job_id`,
    needs: READ_ACTIONS,
    docs: `${JOBS_DOCS}#get-a-job-for-a-workflow-run`,
    answer: getJob,
  },
  ...ARTIFACT_ROUTES,
  {
    method: 'GET',
    path: WORKFLOW,
    needs: READ_ACTIONS,
    docs: `${WORKFLOWS_DOCS}#get-a-workflow`,
    answer: getWorkflow,
  },
  {
    method: 'PUT',
    path: `${WORKFLOW}/enable`,
    needs: WRITE_ACTIONS,
    docs: `${WORKFLOWS_DOCS}#enable-a-workflow`,
    answer: enableWorkflow,
  },
  ...RELEASE_ROUTES,
  ...SECRET_ROUTES,
  ...VARIABLE_ROUTES,
  ...GIT_DATA_ROUTES,
  ...DISPATCH_ROUTES,
  ...PACKAGE_ROUTES,
  ...ATTESTATION_ROUTES,
  ...STORAGE_RECORD_ROUTES,
  ...CODE_SCANNING_ROUTES,
]

function getRateLimit({ state }: Call): Answer {
  const core = state.rateLimit.resource()
  const search = { limit: 30, used: 0, remaining: 30, reset: core.reset }
  return ok({ resources: { core, search }, rate: core })
}
