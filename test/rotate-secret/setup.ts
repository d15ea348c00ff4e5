/** The action against both doubles: in this process, where each request can be the last, or as the bundle. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from '@octokit/rest'
import { Api } from '../../actions/rotate-secret/api.ts'
import { parseInputs } from '../../actions/rotate-secret/inputs.ts'
import { Redactor } from '../../actions/rotate-secret/redact.ts'
import { rotateSecret } from '../../actions/rotate-secret/rotate-secret.ts'
import { type Cloudflare, type CloudflareOptions, startCloudflare } from '../../rehearsal/cloudflare/server.ts'
import { FaultSet } from '../../rehearsal/faults.ts'
import { BEYOND_JOBS } from '../../rehearsal/github/permissions.ts'
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { readManifest } from '../../scripts/action-yml.ts'
import { createCloudflare } from '../../src/cloudflare.ts'
import { ActionError } from '../../src/errors.ts'
import { run } from '../../src/process.ts'
import { type BundleResult, runBundle } from '../support/bundle.ts'
import { push, REPOSITORY, SHA } from '../support/context.ts'
import { recordingRunner } from '../support/runner.ts'
import { CRASHED, gate, type Limits } from './recorder.ts'

export const NAME = 'SESSION_KEY'
export const PREVIOUS = `${NAME}_PREVIOUS`
export const NEXT = `${NAME}_NEXT`
export const REPO = { kind: 'repository', repository: REPOSITORY } as const
export const OLD = 'old-value-of-the-key-0123456789'
/** What the previous secret holds in a scene that was rotated. */
export const EARLIER = 'the-value-before-the-last-0123456789'
export const DAY = 86_400_000
const ACCOUNT = '0123456789abcdef0123456789abcdef'
const API_TOKEN = 'cloudflare-token-of-the-tests'
const FIRST_RUN = 5000

type Given = Readonly<Record<string, string | undefined>>

/** A run as it was created: with the secrets of that moment. */
export interface CreatedRun {
  readonly id: number
  readonly secrets: Readonly<Record<string, string>>
}

export interface Ended {
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly log: string
  readonly warnings: readonly string[]
  /** Of the step that failed: message and hint. */
  readonly error: string | undefined
  readonly masks: readonly string[]
  /** `github PUT /repos/…`, in their order, those that never arrived included. */
  readonly requests: readonly string[]
}

export interface Scene extends AsyncDisposable {
  readonly github: GitHub
  readonly cloudflare: Cloudflare
  readonly faults: FaultSet
  readonly workspace: string
  readonly token: string
  newRun(): CreatedRun
  /** A run of its own unless one is given; `SESSION_KEY` and its slots are wired as a workflow does it. */
  rotate(inputs?: Given, run?: CreatedRun, limits?: Limits): Promise<Ended>
  /** The committed bundle as a step. */
  step(inputs?: Given, run?: CreatedRun): Promise<BundleResult>
  /** The values of the repository's secrets. */
  held(): Readonly<Record<string, string>>
}

export interface SceneOptions {
  /** Age of the secret in ms, undefined: 40 days; null: there is none. */
  readonly age?: number | null
  readonly cloudflare?: Partial<CloudflareOptions>
}

export async function startScene({ age = 40 * DAY, cloudflare: options = {} }: SceneOptions = {}): Promise<Scene> {
  const stack = new AsyncDisposableStack()
  const faults = new FaultSet()
  const workspace = await mkdtemp(join(tmpdir(), 'slipway-rotate-'))
  stack.defer(() => rm(workspace, { recursive: true, force: true }))
  const github = stack.use(await startGitHub({ repository: REPOSITORY, faults }))
  const site = { name: 'site', productionBranch: 'main' }
  const cloudflare = stack.use(
    await startCloudflare({
      accountId: ACCOUNT,
      apiToken: API_TOKEN,
      projects: [site],
      workers: [{ name: 'api' }],
      faults,
      ...options,
    }),
  )
  github.addCommit({ sha: SHA })
  github.addRef('heads/main', SHA)
  if (age !== null) github.setSecret(REPO, NAME, OLD, { updatedAt: new Date(Date.now() - age) })
  const token = github.issuePersonalToken({ login: 'octocat', permissions: BEYOND_JOBS })
  const jobToken = github.issueToken('rotate', { actions: 'write', contents: 'write' })
  let runs = FIRST_RUN
  const scene: Scene = {
    github,
    cloudflare,
    faults,
    workspace,
    token,
    newRun() {
      runs += 1
      const id = runs
      github.addRun({
        id,
        attempt: 1,
        event: 'schedule',
        headBranch: 'main',
        headSha: SHA,
        status: 'in_progress',
        conclusion: null,
        name: 'Rotate',
        path: '.github/workflows/rotate-secrets.yml',
      })
      return { id, secrets: github.secretsOfRun() }
    },
    held: () => github.secrets(REPO),
    rotate: (inputs = {}, created = scene.newRun(), limits = {}) =>
      rotateHere(
        scene,
        allInputs(created, { 'github-token': token, 'job-token': jobToken, ...inputs }),
        created,
        limits,
      ),
    step: (inputs = {}, created = scene.newRun()) =>
      runBundle('rotate-secret', {
        inputs: wired(created, { 'github-token': token, 'job-token': jobToken, ...inputs }),
        github,
        workspace,
        context: { ...push(), eventName: 'schedule' },
        env: {
          GITHUB_RUN_ID: `${created.id}`,
          GITHUB_REPOSITORY_ID: '1000000',
          CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl,
        },
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
  return scene
}

/** When a secret was last written, so many ms ago. */
export function ago(ms: number): { readonly updatedAt: Date } {
  return { updatedAt: new Date(Date.now() - ms) }
}

/** Rotated so many days ago, so that there is a current value and a previous one. */
export async function rotated(days: number): Promise<Scene> {
  const scene = await startScene({ age: days * DAY })
  scene.github.setSecret(REPO, PREVIOUS, EARLIER, ago(days * DAY + 10_000))
  return scene
}

export const CLOUDFLARE = { 'api-token': API_TOKEN, 'account-id': ACCOUNT } as const

function wired({ secrets }: CreatedRun, inputs: Given): Given {
  const name = inputs['name'] ?? NAME
  return {
    name,
    current: secrets[name] ?? '',
    pending: secrets[`${name}_NEXT`] ?? '',
    ...inputs,
  }
}

function allInputs(created: CreatedRun, inputs: Given): Readonly<Record<string, string>> {
  const declared = Object.entries(readManifest('rotate-secret').inputs)
  const given = wired(created, inputs)
  return Object.fromEntries(declared.map(([name, { default: fallback = '' }]) => [name, given[name] ?? fallback]))
}

async function rotateHere(
  { github, cloudflare, workspace }: Scene,
  inputs: Readonly<Record<string, string>>,
  created: CreatedRun,
  limits: Limits,
): Promise<Ended> {
  const requests: string[] = []
  const crash = new AbortController()
  const fetch = gate(requests, limits, crash)
  const env = {
    PATH: process.env['PATH'],
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name}`, value])),
  }
  const { runner, told } = recordingRunner(inputs, { signal: crash.signal, env })
  const [owner = '', repo = ''] = REPOSITORY.split('/')
  const sleep = async () => {}
  const redactor = new Redactor()
  const info = (message: string) => runner.log.info(redactor.redact(message))
  const connect = (token: string) => {
    const silent = { debug() {}, info() {}, warn() {}, error() {} }
    const octokit = new Octokit({ auth: token, baseUrl: github.apiUrl, request: { fetch }, log: silent })
    return new Api(octokit, { signal: runner.signal, info, sleep, redact: redactor.redact })
  }
  let error: string | undefined
  try {
    const parsed = parseInputs(runner.input)
    const { apiToken, accountId: id } = parsed
    const account =
      apiToken === undefined || id === undefined
        ? undefined
        : {
            ask: createCloudflare(
              { apiToken, apiBaseUrl: cloudflare.apiBaseUrl },
              { fetch, signal: runner.signal, clean: redactor.redact },
            ),
            id,
            signal: runner.signal,
            info,
            sleep,
          }
    const outputs = await rotateSecret(parsed, {
      runner,
      context: {
        owner,
        repo,
        sha: SHA,
        ref: 'refs/heads/main',
        eventName: 'schedule',
        event: {},
        runId: created.id,
        runAttempt: 1,
        job: 'rotate',
        apiUrl: github.apiUrl,
        serverUrl: github.serverUrl,
        defaultBranch: 'main',
      },
      api: connect(parsed.githubToken),
      jobApi: connect(parsed.jobToken ?? parsed.githubToken),
      trailApi: connect(parsed.jobToken ?? parsed.githubToken),
      account,
      repositoryId: github.repository.id,
      actor: 'octocat',
      workspace,
      run,
      sleep,
      redactor,
    })
    for (const [name, value] of Object.entries(outputs)) if (value !== undefined) told.outputs[name] = value
  } catch (thrown) {
    if (crash.signal.aborted) error = CRASHED
    else if (thrown instanceof ActionError) error = thrown.text
    else throw thrown
  }
  const warnings = [...told.warnings, ...told.failures]
  return { ...told, warnings, summary: told.sections.join('\n\n'), log: told.lines.join('\n'), error, requests }
}
