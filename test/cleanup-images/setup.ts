/** The action against the embedded GitHub and its registry, in this process, where each request can be the last. */
import { Octokit } from '@octokit/rest'
import { cleanupImages } from '../../actions/cleanup-images/cleanup-images.ts'
import { parseInputs } from '../../actions/cleanup-images/inputs.ts'
import { nameOf, registryUrl } from '../../actions/cleanup-images/names.ts'
import { Packages } from '../../actions/cleanup-images/packages.ts'
import { Registry } from '../../actions/cleanup-images/registry.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { NewPackageVersion, TaughtVersion } from '../../rehearsal/github/packages/teaching.ts'
import { type GitHub, type GitHubOptions, startGitHub } from '../../rehearsal/github/server.ts'
import type { Outputs, Runner } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { REPOSITORY } from '../support/context.ts'
import { recordingRunner } from '../support/runner.ts'
import { allInputs, DAY } from './models.ts'

export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
type Inputs = Readonly<Record<string, string>>

export interface Ended {
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  readonly log: string
  readonly warnings: readonly string[]
  /** Of the step that failed: message and hint. */
  readonly error: string | undefined
  readonly masks: readonly string[]
  /** `GET /v2/…`, in the order of their arrival. */
  readonly requests: readonly string[]
  /** Milliseconds that it waited, as it was asked to. */
  readonly waits: readonly number[]
}

export interface Scene extends AsyncDisposable {
  readonly github: GitHub
  readonly token: string
  /** Of this many days ago. */
  push(age: number, version?: Omit<NewPackageVersion, 'name' | 'createdAt'>): TaughtVersion
  fault(...specs: readonly string[]): void
  mend(): void
  clean(inputs?: Inputs, options?: Partial<RunOptions>): Promise<Ended>
  /** The digests that are left. */
  left(): readonly string[]
}

export interface RunOptions {
  readonly token: string
  readonly signal: AbortSignal
  /** The runner's clock. */
  readonly now: () => number
  /** Called with each line of the log. */
  readonly onLine: (line: string) => void
}

export interface SceneOptions extends Partial<GitHubOptions> {
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>
}

export async function startScene({ permissions = { packages: 'write' }, ...more }: SceneOptions = {}): Promise<Scene> {
  const faults = new FaultSet()
  const github = await startGitHub({ repository: REPOSITORY, faults, ...more })
  const token = github.issueToken('cleanup', permissions)
  return {
    github,
    token,
    push: (age, version = {}) =>
      github.addPackageVersion({ name: 'site', createdAt: new Date(Date.now() - age * DAY), ...version }),
    fault: (...specs) => {
      for (const spec of specs) faults.add(parseFault(`github:${spec}`))
    },
    mend: () => faults.clear(),
    clean: (inputs = {}, options = {}) => run(github, { 'github-token': options.token ?? token, ...inputs }, options),
    left: () => github.images.map(({ digest }) => digest),
    [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
  }
}

async function run(github: GitHub, inputs: Inputs, options: Partial<RunOptions>): Promise<Ended> {
  const { signal, onLine, now = Date.now } = options
  const { runner, told } = recordingRunner(allInputs(inputs), {
    ...(signal && { signal }),
    ...(onLine && { onLine }),
  })
  const waits: number[] = []
  const before = github.requests.length
  let outputs: Ended['outputs'] = told.outputs
  let error: string | undefined
  try {
    outputs = given(await start(github, runner, waits, now))
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown
    error = thrown.text
  }
  const requests = github.requests.slice(before).map(({ method, path }) => `${method} ${path}`)
  return {
    outputs,
    summary: told.sections.join('\n\n'),
    log: told.lines.join('\n'),
    warnings: [...told.warnings, ...told.failures],
    error,
    masks: told.masks,
    requests,
    waits,
  }
}

/** Undefined outputs are not set. */
function given(outputs: Outputs): Ended['outputs'] {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** As main.ts does it, with time that passes at once. */
async function start(github: GitHub, runner: Runner, waits: number[], now: () => number) {
  const inputs = parseInputs(runner.input)
  const [owner = '', repo = ''] = REPOSITORY.split('/')
  const context = { ...CONTEXT, owner, repo, apiUrl: github.apiUrl, serverUrl: github.serverUrl }
  const name = nameOf(inputs, context)
  const { signal, log, mask } = runner
  const sleep = async (ms: number) => void waits.push(ms)
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const octokit = new Octokit({ auth: inputs.githubToken, baseUrl: github.apiUrl, log: silent, request: { signal } })
  const address = registryUrl(github.serverUrl, github.registryUrl)
  const registry = new Registry({ address, name, token: inputs.githubToken, signal, mask, log, sleep })
  const packages = new Packages(octokit, name, { context, signal })
  return cleanupImages(inputs, { runner, context, name, packages, registry, sleep, now })
}

const CONTEXT = {
  sha: '',
  ref: 'refs/heads/main',
  eventName: 'schedule',
  event: {},
  runId: 1,
  runAttempt: 1,
  job: 'cleanup',
}

/** The manifest of an index. */
export function indexOf(...parts: readonly TaughtVersion[]): object {
  const manifests = parts.map(({ digest }) => ({ mediaType: IMAGE, digest, size: 7 }))
  return { schemaVersion: 2, mediaType: INDEX, manifests }
}

const EMPTY = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

/** What actions/attest pushes: an image without layers that says what it is about. */
export function aboutManifest({ digest }: TaughtVersion): object {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: EMPTY, size: 2 }
  const subject = { mediaType: IMAGE, digest, size: 7 }
  return {
    schemaVersion: 2,
    mediaType: IMAGE,
    artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    config,
    layers: [],
    subject,
  }
}

/** An image of two platforms with its attestation, as buildx and actions/attest leave it at a registry without referrers. */
export function pushWhole(scene: Scene, age: number, tags: readonly string[]) {
  const parts = [scene.push(age), scene.push(age)]
  const index = scene.push(age, { manifest: indexOf(...parts), tags })
  const attestation = scene.push(age, { manifest: aboutManifest(index) })
  const list = scene.push(age, { manifest: indexOf(attestation), tags: [index.digest.replace(':', '-')] })
  return { index, all: [...parts, index, attestation, list].map(({ digest }) => digest) }
}

export function digests(json: string | undefined): readonly string[] {
  const parsed: readonly { readonly digest: string }[] = JSON.parse(json ?? '[]')
  return parsed.map(({ digest }) => digest)
}
