/** Code scanning: https://docs.github.com/rest/code-scanning/code-scanning */
import { REST_DOCS } from '../answers.ts'
import type { Route } from '../route.ts'
import { listAlerts, listAnalyses } from './alerts.ts'
import { getSarif, uploadAnalysis, uploadSarif } from './uploads.ts'

const BASE = '/repos/:owner/:repo/code-scanning'
const DOCS = `${REST_DOCS}/code-scanning/code-scanning`
/** As `permissions:` of a workflow names it. */
const READ = { permission: 'security-events', level: 'read' } as const
const WRITE = { permission: 'security-events', level: 'write' } as const

export const CODE_SCANNING_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: `${BASE}/alerts`,
    needs: READ,
    docs: `${DOCS}#list-code-scanning-alerts-for-a-repository`,
    answer: listAlerts,
  },
  {
    method: 'GET',
    path: `${BASE}/analyses`,
    needs: READ,
    docs: `${DOCS}#list-code-scanning-analyses-for-a-repository`,
    answer: listAnalyses,
  },
  {
    method: 'POST',
    path: `${BASE}/sarifs`,
    needs: WRITE,
    docs: `${DOCS}#upload-an-analysis-as-sarif-data`,
    answer: uploadSarif,
  },
  {
    method: 'GET',
    path: `${BASE}/sarifs/:sarif_id`,
    needs: READ,
    docs: `${DOCS}#get-information-about-a-sarif-upload`,
    answer: getSarif,
  },
  { method: 'PUT', path: `${BASE}/analysis`, needs: WRITE, docs: REST_DOCS, answer: uploadAnalysis },
]

/** The upload of github/codeql-action (github/docs#38037). */
export function isInternalUpload(path: string): boolean {
  return /^\/repos\/[^/]+\/[^/]+\/code-scanning\/analysis$/.test(path)
}
