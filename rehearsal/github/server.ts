/** The embedded GitHub: the part of api.github.com that the pack calls, stateful, on a loopback port. */
import { Hono } from 'hono'
import { FaultSet } from '../faults.ts'
import { listen, type RecordedRequest } from '../server.ts'
import { newAccounts } from './accounts.ts'
import { api } from './api.ts'
import { finalizedArtifacts } from './artifacts/artifacts.ts'
import { artifactBody } from './artifacts/rest.ts'
import { RuntimeTokens } from './artifacts/runtime-tokens.ts'
import { IdTokens, type IdTokenVariables } from './attestations/id-tokens.ts'
import type { AttestationRecord } from './attestations/records.ts'
import { Clock } from './clock.ts'
import { newCodeScanning } from './code-scanning/records.ts'
import type { DeploymentStatus } from './deployment-statuses.ts'
import type { Deployment } from './deployments.ts'
import { GitObjects } from './git-objects.ts'
import { CommitGraph } from './graph.ts'
import { labelsOf } from './packages/labels.ts'
import { newPackages } from './packages/records.ts'
import { type ImageReport, imageReports } from './packages/teaching.ts'
import { type Level, PermissionLedger, type PermissionUse, type PersonalToken } from './permissions.ts'
import { newPulls } from './pulls/records.ts'
import { describePulls, type Pull } from './pulls/teaching.ts'
import { RateLimit } from './rate-limit.ts'
import { releaseBody } from './releases/bodies.ts'
import type { Repository } from './repository.ts'
import { findRun, runNumbers } from './runs.ts'
import { Vault } from './secrets/vault.ts'
import { type State, timestamp } from './state.ts'
import { BlobStore } from './storage/blobs.ts'
import { Spool } from './storage/spool.ts'
import { type Teaching, teaching } from './teaching.ts'
import { allWorkflows, type Workflow } from './workflows.ts'

export type { NewArtifact } from './artifacts/artifacts.ts'
export type { NewCommit } from './teaching.ts'

export interface GitHubOptions {
  /** `owner/name` */
  readonly repository: string
  /** What the owner's account is. Default: `User`. */
  readonly ownerType?: 'User' | 'Organization'
  /** Default: true. A public repository can be read without any permission. */
  readonly private?: boolean
  /** Default: `main`. */
  readonly defaultBranch?: string
  /** Days that artifacts are kept at most, and unless a job asks for less. Default: 90. */
  readonly retentionDays?: number
  /** Can be changed while it listens. Default: none. */
  readonly faults?: FaultSet
}

export interface GitHub extends Teaching, AsyncDisposable {
  /** For `GITHUB_API_URL`: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string
  /** For `GITHUB_SERVER_URL`: the same origin. */
  readonly serverUrl: string
  readonly repository: Repository
  /** Every request that was answered, in the order of the answers. */
  readonly requests: readonly RecordedRequest[]
  /** Those of them that this double has no route for: GitHub may, so a rehearsal that made one proves nothing. */
  readonly unsupported: readonly RecordedRequest[]
  /** As they are now, oldest first; each with its statuses, oldest first. */
  readonly deployments: readonly (Deployment & { readonly statuses: readonly DeploymentStatus[] })[]
  /** For GITHUB_RETENTION_DAYS. */
  readonly retentionDays: number
  /** Those that are finalized, newest first, expired ones included, as the API answers them. */
  readonly artifacts: readonly ReturnType<typeof artifactBody>[]
  /** Newest first, drafts included, as the API answers them. */
  readonly releases: readonly ReturnType<typeof releaseBody>[]
  /** Newest first, closed ones included, as the API answers them. */
  readonly pulls: readonly Pull[]
  readonly workflows: readonly Workflow[]
  /** For CONTAINER_REGISTRY_URL: what stands for ghcr.io, without a final slash. */
  readonly registryUrl: string
  /** The versions of the container packages, oldest first, without those that are deleted. */
  readonly images: readonly ImageReport[]
  /** Of the newest run; the default branch's head before the first. */
  readonly newestCommit: string
  /** The labels of an image, of the first one where it is an index. @param name below the owner's @returns undefined where there is none */
  labelsOf(name: string, reference: string): Promise<Readonly<Record<string, string>> | undefined>
  /** Oldest first. */
  readonly attestations: readonly AttestationRecord[]
  /** How many runs there are of the workflow with this path, re-runs not counted. */
  runsOf(path: string): number
  /**
   * A token with exactly these permissions, and `metadata: read`, which every token has.
   * @param login of the account that creates what is created with it, an app's for an installation token; without, it is
   *   the job's own token, which sees its own repository alone and never has what no workflow can ask for
   */
  issueToken(job: string, permissions: Readonly<Record<string, Level | 'none'>>, login?: string): string
  /** A fine-grained personal access token with exactly these permissions, and `metadata: read`. */
  issuePersonalToken(token: PersonalToken): string
  /**
   * For `ACTIONS_RUNTIME_TOKEN`, with this origin as `ACTIONS_RESULTS_URL`: one job of the run's newest attempt at the
   * artifact service.
   * @param job its id in the workflow, for the record @throws Error when the run was never added
   */
  issueRuntimeToken(runId: number, job?: string): string
  /** For the environment of the steps of a job with `id-token: write`. @param job its id in the workflow */
  issueIdToken(runId: number, job: string): IdTokenVariables
  /** For each job and each permission it was granted, the highest use made of it. */
  permissionUse(): readonly PermissionUse[]
  /** Reports a use that does not come through this API: `git fetch` needs `contents: read`, for example. */
  notePermissionUse(job: string, permission: string, level: Level): void
}

/**
 * Starts an empty repository's GitHub on a free loopback port; it is taught commits, refs, runs and jobs afterwards.
 * @throws Error when `repository` is not `owner/name`
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  checkName(options.repository)
  const app = new Hono()
  await using stack = new AsyncDisposableStack()
  const spool = stack.use(await Spool.open())
  const server = stack.use(await listen(app))
  const state = newState(options, server.origin, spool)
  const ledger = new PermissionLedger(state.clock)
  const tokens = new RuntimeTokens()
  const idTokens = new IdTokens(state, ledger)
  const log = { requests: [] as RecordedRequest[], unsupported: [] as RecordedRequest[] }
  app.route('/', api(state, { ledger, tokens, idTokens }, log, options.faults ?? new FaultSet()))
  const opened = stack.move()
  return {
    apiUrl: server.origin,
    serverUrl: server.origin,
    repository: state.repository,
    ...log,
    get deployments() {
      return state.deployments.map(({ deployment, statuses }) => ({ ...deployment, statuses }))
    },
    retentionDays: state.limits.retentionDays,
    get artifacts() {
      return finalizedArtifacts(state).map((artifact) => artifactBody(state, artifact))
    },
    get releases() {
      return state.releases.toReversed().map((release) => releaseBody(state, release))
    },
    get pulls() {
      return describePulls(state)
    },
    get workflows() {
      return allWorkflows(state)
    },
    registryUrl: server.origin,
    get images() {
      return imageReports(state)
    },
    get newestCommit() {
      return state.runs.at(-1)?.headSha ?? state.graph.ref(`heads/${state.repository.defaultBranch}`) ?? ''
    },
    labelsOf: (name, reference) => labelsOf(state, name, reference),
    attestations: state.attestations,
    issueIdToken: (runId, job) => idTokens.issue(runId, job),
    runsOf: (path) => runNumbers(state, path).length,
    issueRuntimeToken(runId, job = 'job') {
      const run = findRun(state, runId)
      if (!run) throw new Error(`No run ${runId} for a runtime token. Add the run first.`)
      return tokens.issue(runId, run.attempt, job)
    },
    issueToken: (job, permissions, login) => ledger.issue(job, permissions, login),
    issuePersonalToken: (token) => ledger.issuePersonal(token),
    permissionUse: () => ledger.uses(),
    notePermissionUse: (job, permission, level) => ledger.note(job, permission, level),
    ...teaching(state),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function checkName(repository: string): void {
  if (/^[^/]+\/[^/]+$/.test(repository)) return
  throw new Error(`"${repository}" is not a repository. Give it as owner/name.`)
}

function newState(options: GitHubOptions, origin: string, spool: Spool): State {
  const [owner = '', name = ''] = options.repository.split('/')
  const clock = new Clock()
  const { private: isPrivate = true, defaultBranch = 'main', ownerType = 'User' } = options
  let id = 1_000_000
  return {
    repository: { id, owner, ownerType, name, private: isPrivate, defaultBranch, origin, createdAt: timestamp() },
    accounts: newAccounts(owner),
    graph: new CommitGraph(),
    objects: new GitObjects(),
    rateLimit: new RateLimit(),
    deployments: [],
    runs: [],
    jobs: [],
    workflows: [],
    artifacts: [],
    releases: [],
    vault: new Vault(),
    variables: [],
    pulls: newPulls(),
    packages: newPackages(),
    attestations: [],
    codeScanning: newCodeScanning(),
    blobs: new BlobStore(spool, clock, origin),
    clock,
    hooks: { onDispatch: () => {} },
    limits: {
      retentionDays: options.retentionDays ?? 90,
      storageFull: false,
      immutableReleases: false,
      breakUpload: false,
      attestations: true,
    },
    nextId: () => ++id,
  }
}
