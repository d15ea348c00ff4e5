/**
 * What the embedded GitHub answers, and what a token needs for it. The permissions are those of "Permissions required
 * for GitHub Apps", https://docs.github.com/rest/authentication/permissions-required-for-github-apps; `docs` is the
 * operation's own page, which GitHub's error bodies name.
 */
import { type Answer, ok, REST_DOCS } from './answers.ts'
import { deleteArtifact, downloadArtifact, getArtifact, listArtifacts, listArtifactsOfRun } from './artifacts/rest.ts'
import { ATTESTATION_ROUTES } from './attestations/rest.ts'
import { STORAGE_RECORD_ROUTES } from './attestations/storage-records.ts'
import { CODE_SCANNING_ROUTES } from './code-scanning/routes.ts'
import { compareCommits, getCommit, getRef } from './commits.ts'
import { createDeploymentStatus, getDeploymentStatus, listDeploymentStatuses } from './deployment-statuses.ts'
import { createDeployment, deleteDeployment, getDeployment, listDeployments } from './deployments.ts'
import { DISPATCH_ROUTES } from './dispatch.ts'
import { GIT_DATA_ROUTES } from './git-data.ts'
import { PACKAGE_ROUTES } from './packages/rest.ts'
import type { Requirement } from './permissions.ts'
import { PULL_ROUTES } from './pulls/routes.ts'
import { deleteAsset, getAsset, listAssets, uploadAsset } from './releases/assets.ts'
import { generateNotes } from './releases/notes.ts'
import {
  createRelease,
  deleteRelease,
  getRelease,
  getReleaseByTag,
  listReleases,
  updateRelease,
} from './releases/releases.ts'
import { fullRepository } from './repository.ts'
import { getJob, getRun, listJobsOfAttempt } from './runs.ts'
import { SECRET_ROUTES } from './secrets/rest.ts'
import type { Call } from './state.ts'
import { VARIABLE_ROUTES } from './variables.ts'
import { enableWorkflow, getWorkflow } from './workflows.ts'

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Hono's pattern. */
  readonly path: string
  /** Any token will do where it is absent. */
  readonly needs?: Requirement
  /** What will do as well. */
  readonly instead?: Requirement
  /** Whether it answers for the other known repositories too. Default: for the own one alone. */
  readonly others?: boolean
  readonly docs: string
  readonly answer: (call: Call) => Answer | Promise<Answer>
}

const REPO = '/repos/:owner/:repo'
const DEPLOYMENT = `${REPO}/deployments/:deployment_id`
const DEPLOYMENTS_DOCS = `${REST_DOCS}/deployments/deployments`
const STATUSES_DOCS = `${REST_DOCS}/deployments/statuses`
const COMMITS_DOCS = `${REST_DOCS}/commits/commits`
const ARTIFACT = `${REPO}/actions/artifacts/:artifact_id{[0-9]+}`
const WORKFLOW = `${REPO}/actions/workflows/:workflow_id`
const RELEASE = `${REPO}/releases/:release_id{[0-9]+}`
const ASSET = `${REPO}/releases/assets/:asset_id{[0-9]+}`
const ARTIFACTS_DOCS = `${REST_DOCS}/actions/artifacts`
const WORKFLOWS_DOCS = `${REST_DOCS}/actions/workflows`
const RELEASES_DOCS = `${REST_DOCS}/releases/releases`
const ASSETS_DOCS = `${REST_DOCS}/releases/assets`
const RUNS_DOCS = `${REST_DOCS}/actions/workflow-runs`
const JOBS_DOCS = `${REST_DOCS}/actions/workflow-jobs`

const READ_METADATA = { permission: 'metadata', level: 'read' } as const
const READ_CONTENTS = { permission: 'contents', level: 'read' } as const
const WRITE_CONTENTS = { permission: 'contents', level: 'write' } as const
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
  {
    method: 'GET',
    path: `${REPO}/actions/artifacts`,
    needs: READ_ACTIONS,
    docs: `${ARTIFACTS_DOCS}#list-artifacts-for-a-repository`,
    answer: listArtifacts,
  },
  {
    method: 'GET',
    path: `${REPO}/actions/runs/:run_id/artifacts`,
    needs: READ_ACTIONS,
    docs: `${ARTIFACTS_DOCS}#list-workflow-run-artifacts`,
    answer: listArtifactsOfRun,
  },
  {
    method: 'GET',
    path: ARTIFACT,
    needs: READ_ACTIONS,
    docs: `${ARTIFACTS_DOCS}#get-an-artifact`,
    answer: getArtifact,
  },
  {
    method: 'DELETE',
    path: ARTIFACT,
    needs: WRITE_ACTIONS,
    docs: `${ARTIFACTS_DOCS}#delete-an-artifact`,
    answer: deleteArtifact,
  },
  {
    method: 'GET',
    path: `${ARTIFACT}/:archive_format`,
    needs: READ_ACTIONS,
    docs: `${ARTIFACTS_DOCS}#download-an-artifact`,
    answer: downloadArtifact,
  },
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
  {
    method: 'GET',
    path: `${REPO}/releases`,
    needs: READ_CONTENTS,
    docs: `${RELEASES_DOCS}#list-releases`,
    answer: listReleases,
  },
  {
    method: 'POST',
    path: `${REPO}/releases`,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#create-a-release`,
    answer: createRelease,
  },
  {
    method: 'POST',
    path: `${REPO}/releases/generate-notes`,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#generate-release-notes-content-for-a-release`,
    answer: generateNotes,
  },
  {
    method: 'GET',
    path: `${REPO}/releases/tags/:tag{.+}`,
    needs: READ_CONTENTS,
    docs: `${RELEASES_DOCS}#get-a-release-by-tag-name`,
    answer: getReleaseByTag,
  },
  {
    method: 'GET',
    path: ASSET,
    needs: READ_CONTENTS,
    docs: `${ASSETS_DOCS}#get-a-release-asset`,
    answer: getAsset,
  },
  {
    method: 'DELETE',
    path: ASSET,
    needs: WRITE_CONTENTS,
    docs: `${ASSETS_DOCS}#delete-a-release-asset`,
    answer: deleteAsset,
  },
  {
    method: 'GET',
    path: RELEASE,
    needs: READ_CONTENTS,
    docs: `${RELEASES_DOCS}#get-a-release`,
    answer: getRelease,
  },
  {
    method: 'PATCH',
    path: RELEASE,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#update-a-release`,
    answer: updateRelease,
  },
  {
    method: 'DELETE',
    path: RELEASE,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#delete-a-release`,
    answer: deleteRelease,
  },
  {
    method: 'GET',
    path: `${RELEASE}/assets`,
    needs: READ_CONTENTS,
    docs: `${ASSETS_DOCS}#list-release-assets`,
    answer: listAssets,
  },
  {
    method: 'POST',
    path: `${RELEASE}/assets`,
    needs: WRITE_CONTENTS,
    docs: `${ASSETS_DOCS}#upload-a-release-asset`,
    answer: uploadAsset,
  },
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
