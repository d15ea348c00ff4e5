/** An embedded GitHub with its artifact service, and stores over it as the runs of a repository open them. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Octokit } from '@octokit/rest'
import type { Manifest } from '../../../actions/snapshot/manifest.ts'
import { archiveName, snapshotId } from '../../../actions/snapshot/names.ts'
import { type ArtifactStoreOptions, openArtifactStore } from '../../../actions/snapshot/store/artifact.ts'
import type { LocalArchive, Store } from '../../../actions/snapshot/store/store.ts'
import { FaultSet, parseFault } from '../../../rehearsal/faults.ts'
import { type GitHub, type GitHubOptions, startGitHub } from '../../../rehearsal/github/server.ts'
import type { Log } from '../../../src/action.ts'
import type { GitHubContext } from '../../../src/context.ts'
import { createGitHub } from '../../../src/github.ts'
import { REPOSITORY, SHA } from '../../support/context.ts'

export { SHA } from '../../support/context.ts'
export const SERIES = 'production'

/** Of every instant a new one, so that no two snapshots have one id. */
let created = Date.parse('2024-11-01T02:17:00.000Z')

export interface Said {
  readonly infos: readonly string[]
  readonly warnings: readonly string[]
}

/** One run of the repository. */
export interface RunOptions {
  readonly id?: number
  readonly branch?: string
  readonly attempt?: number
  /** Owner of the fork that its head is in. */
  readonly fork?: string
  readonly event?: string
  /** Default: SHA. */
  readonly sha?: string
}

export type StoreOptions = Partial<Omit<ArtifactStoreOptions, 'github' | 'context' | 'log'>> & {
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>
  readonly context?: Partial<GitHubContext>
  /** Without the pauses that GitHub asks for between writes: where many are made, and none fails. */
  readonly isPlain?: boolean
}

export interface OpenedStore extends Said {
  readonly store: Store
  readonly runId: number
}

export interface Scene extends AsyncDisposable {
  readonly github: GitHub
  readonly folder: string
  /** Brings faults in, as `--fault` takes them behind `github:`. */
  fault(...specs: readonly string[]): void
  mend(): void
  /** A run is added, and a job of it opens the store. */
  open(run?: RunOptions, options?: StoreOptions): OpenedStore
  archive(size?: number): Promise<LocalArchive & { readonly id: string; readonly bytes: Buffer }>
}

export async function startScene(options: Partial<GitHubOptions> = {}): Promise<Scene> {
  const faults = new FaultSet()
  const github = await startGitHub({ repository: REPOSITORY, faults, ...options })
  github.addCommit({ sha: SHA, message: 'Say hello' })
  github.addRef('heads/main', SHA)
  const folder = await mkdtemp(join(tmpdir(), 'slipway-artifact-'))
  let runs = 100
  return {
    github,
    folder,
    fault: (...specs) => {
      for (const spec of specs) faults.add(parseFault(`github:${spec}`))
    },
    mend: () => faults.clear(),
    open: (run = {}, given = {}) => openIn(github, { id: ++runs, ...run }, given),
    archive: (size = 5000) => makeArchive(folder, size),
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function makeArchive(folder: string, size: number) {
  const id = newId()
  const bytes = randomBytes(size)
  const file = join(folder, id)
  await writeFile(file, bytes)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { id, bytes, file, size, digest, name: archiveName(id, false) }
}

function newId(): string {
  created += 1000
  return snapshotId(SERIES, new Date(created), SHA)
}

function openIn(github: GitHub, run: RunOptions & { readonly id: number }, given: StoreOptions): OpenedStore {
  const { id, branch = 'main', attempt = 1, fork, event = 'push', sha = SHA } = run
  const base = { attempt, event, headSha: sha, status: 'in_progress', conclusion: null } as const
  github.addRun({
    id,
    ...base,
    headBranch: branch,
    name: 'Snapshot',
    path: '.github/workflows/snapshot.yml',
    ...(fork && { fork }),
  })
  const said = { infos: [] as string[], warnings: [] as string[] }
  const {
    signal = new AbortController().signal,
    permissions = { actions: 'write', contents: 'read' },
    context = {},
    isPlain = false,
    ...options
  } = given
  const log = logInto(said)
  const token = github.issueToken('snapshot', permissions)
  const store = openArtifactStore({
    series: SERIES,
    github: clientOf(github, token, { isPlain, log, signal }),
    context: { ...contextOf(github, id, branch, attempt), sha, ...context },
    env: serviceOf(github, id),
    trustedBranches: [],
    retentionDays: 90,
    signal,
    log,
    patience: { attempts: 3, sleep: async () => {} },
    ...options,
  })
  return { store, runId: id, ...said }
}

interface ClientOptions {
  readonly isPlain: boolean
  readonly log: Log
  readonly signal: AbortSignal
}

export function clientOf({ apiUrl }: GitHub, token: string, { isPlain, log, signal }: ClientOptions): Octokit {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  if (isPlain) return new Octokit({ auth: token, baseUrl: apiUrl, log: silent })
  return createGitHub(token, { apiUrl, log, signal })
}

/** What the runner gives to an action. */
export function serviceOf(github: GitHub, runId: number): Record<string, string> {
  return {
    ACTIONS_RUNTIME_TOKEN: github.issueRuntimeToken(runId),
    ACTIONS_RESULTS_URL: `${github.serverUrl}/`,
    GITHUB_RETENTION_DAYS: `${github.retentionDays}`,
  }
}

export function contextOf(github: GitHub, runId: number, branch = 'main', runAttempt = 1): GitHubContext {
  const [owner = '', repo = ''] = REPOSITORY.split('/')
  const { apiUrl, serverUrl } = github
  const run = {
    runId,
    runAttempt,
    job: 'snapshot',
    sha: SHA,
    ref: `refs/heads/${branch}`,
    eventName: 'push',
    event: {},
  }
  return { owner, repo, apiUrl, serverUrl, ...run }
}

export function logInto({ infos, warnings }: { readonly infos: string[]; readonly warnings: string[] }): Log {
  return {
    debug: () => {},
    info: (message) => void infos.push(message),
    warning: (message) => void warnings.push(message),
    group: (_, work) => work(),
  }
}

export function manifestFor(archive: LocalArchive & { readonly id: string }, more: Partial<Manifest> = {}): Manifest {
  const { name, size, digest } = archive
  return {
    format: 1,
    id: archive.id,
    series: SERIES,
    reason: 'manual',
    created_at: timeOf(archive.id),
    commit: SHA,
    archive: { name, size, digest },
    content: { files: 1, bytes: size },
    recipients: [],
    verified_at: null,
    verified_by: null,
    ...more,
  }
}

function timeOf(id: string): string {
  const [, date = '', hour, minute, second, ms] = /-(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(id) ?? []
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${hour}:${minute}:${second}.${ms}Z`
}

/** A whole snapshot, as `create` makes one. */
export async function keep(
  store: Store,
  archive: LocalArchive & { readonly id: string },
  more: Partial<Manifest> = {},
) {
  await store.upload(archive)
  const manifest = manifestFor(archive, more)
  await store.publish(manifest)
  return manifest
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

export async function idsIn(store: Store): Promise<readonly string[]> {
  return (await store.list()).snapshots.map(({ manifest }) => manifest.id)
}
