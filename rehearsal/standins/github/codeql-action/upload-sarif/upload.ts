/** The upload, and the wait for what becomes of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { exportVariable, Failure, info, input, variable, warning } from '../../../action.ts'
import { type Api, Refusal } from '../../../api.ts'
import type { Sarif } from './sarif.ts'
import type { Subject } from './subject.ts'

/** The real action waits 5 s, and each time twice as long; the embedded GitHub needs no such time. ms */
const FIRST_WAIT = 50
const TRIES = 5

/** `.github/workflows/trivy.yml:config`, which GitHub is asked for. */
export async function analysisKeyOf(api: Api): Promise<string> {
  const known = process.env['CODEQL_ACTION_ANALYSIS_KEY']
  if (known) return known
  const run = `/actions/runs/${variable('GITHUB_RUN_ID')}`
  const { workflow_id: id } = await named(
    api.ask<{ workflow_id: number }>(run),
    'for the workflow of this run',
    'actions: read',
  )
  const { path } = await named(
    api.ask<{ path: string }>(`/actions/workflows/${id}`),
    'for the workflow',
    'actions: read',
  )
  const key = `${path}:${variable('GITHUB_JOB')}`
  exportVariable('CODEQL_ACTION_ANALYSIS_KEY', key)
  return key
}

/** @returns the upload's id */
export async function upload(api: Api, sarif: Sarif, { commit, ref, base }: Subject, key: string): Promise<string> {
  const tools = sarif.runs.map(({ tool }) => tool.driver.name)
  const body = {
    commit_oid: commit,
    ref,
    analysis_key: key,
    analysis_name: variable('GITHUB_WORKFLOW'),
    sarif: gzipSync(serialized(sarif)).toString('base64'),
    workflow_run_id: Number(variable('GITHUB_RUN_ID')),
    workflow_run_attempt: Number(variable('GITHUB_RUN_ATTEMPT')),
    checkout_uri: pathToFileURL(input('checkout_path')).href,
    environment: input('matrix'),
    started_at: new Date().toISOString(),
    tool_names: [...new Set(tools)],
    ...base,
  }
  info('Uploading results')
  const sent = api.ask<{ id: string }>('/code-scanning/analysis', { method: 'PUT', body })
  const { id } = await named(sent, 'to take the results', 'security-events: write')
  info('Successfully uploaded results')
  return id
}

function serialized(sarif: Sarif): string {
  try {
    return JSON.stringify(sarif)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new Failure('The SARIF is nested too deeply, or is too large, to be written as one text.')
  }
}

/** @throws Failure where GitHub could not process it */
export async function waitFor(api: Api, id: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const status = await api.ask<{ processing_status: string; errors?: readonly string[] }>(
      `/code-scanning/sarifs/${id}`,
    )
    info(`Analysis upload status is ${status.processing_status}.`)
    if (status.processing_status === 'complete') return
    if (status.processing_status === 'failed') {
      throw new Failure(
        `Code Scanning could not process the submitted SARIF file:\n${(status.errors ?? []).join('\n')}`,
      )
    }
    await pause(FIRST_WAIT * 2 ** tries)
  }
  warning('Timed out waiting for analysis to finish processing. Continuing.')
}

/** Says what was asked for, and which permission that takes where it was refused. */
async function named<T>(asked: Promise<T>, what: string, permission: string): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const hint = /not accessible/.test(error.message) ? `\nThe job needs '${permission}'.` : ''
    throw new Failure(`GitHub was asked ${what}: ${error.message} (${error.status})${hint}`)
  }
}
