/** Artifacts as the REST API has them: https://docs.github.com/rest/actions/artifacts */
import { REST_DOCS } from '../answers.ts'
import type { Route } from '../route.ts'
import { deleteArtifact, downloadArtifact, getArtifact, listArtifacts, listArtifactsOfRun } from './rest.ts'

const REPO = '/repos/:owner/:repo'
const ARTIFACT = `${REPO}/actions/artifacts/:artifact_id{[0-9]+}`
const ARTIFACTS_DOCS = `${REST_DOCS}/actions/artifacts`

const READ_ACTIONS = { permission: 'actions', level: 'read' } as const
const WRITE_ACTIONS = { permission: 'actions', level: 'write' } as const

export const ARTIFACT_ROUTES: readonly Route[] = [
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
]
