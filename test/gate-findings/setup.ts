/** The action against the embedded GitHub: in this process, or as the bundle. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { gateFindings } from '../../actions/gate-findings/gate-findings.ts'
import { parseInputs } from '../../actions/gate-findings/inputs.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { readManifest } from '../../scripts/action-yml.ts'
import { ActionError } from '../../src/errors.ts'
import { createGitHub } from '../../src/github.ts'
import { type BundleResult, runBundle } from '../support/bundle.ts'
import { REPOSITORY, SHA } from '../support/context.ts'
import { recordingRunner } from '../support/runner.ts'
import { type SarifFinding, sarif } from './reports.ts'

const [owner = '', repo = ''] = REPOSITORY.split('/')
const TOPIC_SHA = '2'.repeat(40)

export interface Ended {
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly log: string
  readonly warnings: readonly string[]
  /** Of a step that fails: message and hint. */
  readonly error: string | undefined
}

type Given = Readonly<Record<string, string | undefined>>

export interface Scene extends AsyncDisposable {
  readonly github: GitHub
  readonly workspace: string
  /** Writes a report, as JSON unless it is text already. @returns its path */
  write(content: unknown, file?: string): Promise<string>
  /** What an upload has made alerts of. Default: on main, in the category `trivy-dependencies`. */
  upload(
    findings: readonly SarifFinding[],
    options?: { readonly category?: string; readonly ref?: string },
  ): Promise<void>
  gate(inputs?: Given): Promise<Ended>
  /** The committed bundle as a step. */
  step(inputs?: Given): Promise<BundleResult>
  fault(spec: string): void
  /** Of the action, as `GET path?query`. */
  requests(): readonly string[]
}

export async function startScene(permissions: Record<string, 'read' | 'write'> = { 'security-events': 'read' }) {
  const stack = new AsyncDisposableStack()
  const faults = new FaultSet()
  const workspace = await mkdtemp(join(tmpdir(), 'slipway-gate-'))
  stack.defer(() => rm(workspace, { recursive: true, force: true }))
  const github = stack.use(await startGitHub({ repository: REPOSITORY, faults }))
  github.addCommit({ sha: SHA })
  github.addCommit({ sha: TOPIC_SHA, parents: [SHA] })
  github.addRef('heads/main', SHA)
  github.addRef('heads/topic', TOPIC_SHA)
  const token = github.issueToken('gate', permissions)
  const defaults = { reports: 'trivy.json', category: 'trivy-dependencies', 'github-token': token }
  const scene: Scene = {
    github,
    workspace,
    async write(content, file = 'trivy.json') {
      await writeFile(join(workspace, file), typeof content === 'string' ? content : JSON.stringify(content, null, 2))
      return file
    },
    upload: (findings, options) => upload(github, findings, options),
    gate: (inputs = {}) => gateHere({ ...defaults, ...inputs }, github, workspace),
    step: (inputs = {}) => runBundle('gate-findings', { github, workspace, inputs: { ...defaults, ...inputs } }),
    fault: (spec) => faults.add(parseFault(`github:${spec}`)),
    requests: () =>
      github.requests
        .filter(({ job }) => job === 'gate')
        .map(({ method, path, query }) => `${method} ${path}?${new URLSearchParams(query)}`),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  return scene
}

async function upload(
  github: GitHub,
  findings: readonly SarifFinding[],
  { category = 'trivy-dependencies', ref = 'refs/heads/main' } = {},
): Promise<void> {
  const token = github.issueToken('upload', { 'security-events': 'write' })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const file = gzipSync(JSON.stringify(sarif(findings, category))).toString('base64')
  const body = { commit_sha: ref === 'refs/heads/main' ? SHA : TOPIC_SHA, ref, sarif: file }
  const url = `${github.apiUrl}/repos/${REPOSITORY}/code-scanning/sarifs`
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (answer.status !== 202) throw new Error(`Not uploaded: ${answer.status} ${await answer.text()}`)
  const { url: status } = Object(await answer.json())
  // It is processed once somebody has asked.
  await fetch(status, { headers })
  const processed = await (await fetch(status, { headers })).text()
  if (!processed.includes('complete')) throw new Error(`Not processed: ${processed}`)
}

async function gateHere(given: Given, github: GitHub, workspace: string): Promise<Ended> {
  const declared = Object.entries(readManifest('gate-findings').inputs)
  const inputs = declared.map(([name, { default: fallback }]) => [name, given[name] ?? fallback])
  const { runner, told } = recordingRunner(Object.fromEntries(inputs))
  let error: string | undefined
  try {
    const inputs = parseInputs(runner.input)
    const context = {
      owner,
      repo,
      sha: SHA,
      ref: 'refs/heads/topic',
      eventName: 'push',
      event: {},
      defaultBranch: 'main',
      runId: 4242,
      runAttempt: 1,
      job: 'gate',
      apiUrl: github.apiUrl,
      serverUrl: 'https://github.com',
    }
    const client = createGitHub(inputs.githubToken, { ...runner, apiUrl: github.apiUrl })
    const outputs = await gateFindings(inputs, { runner, context, github: client, workspace })
    for (const [name, value] of Object.entries(outputs)) if (value !== undefined) told.outputs[name] = value
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown
    error = thrown.text
  }
  const { outputs, warnings } = told
  return {
    outputs,
    warnings,
    summary: told.sections.join('\n\n'),
    log: told.lines.join('\n'),
    error: told.failures.at(-1) ?? error,
  }
}
