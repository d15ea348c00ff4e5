/** Everything the embedded GitHub remembers, and one call to it as the routes see it. */
import type { IncomingMessage } from 'node:http'
import type { Accounts } from './accounts.ts'
import type { ArtifactRecord } from './artifacts/artifacts.ts'
import type { AttestationRecord } from './attestations/records.ts'
import type { Clock } from './clock.ts'
import type { CodeScanning } from './code-scanning/records.ts'
import type { DeploymentRecord } from './deployments.ts'
import type { Dispatched } from './dispatch.ts'
import type { GitObjects } from './git-objects.ts'
import type { CommitGraph } from './graph.ts'
import type { Packages } from './packages/records.ts'
import type { Requirement } from './permissions.ts'
import type { Pulls } from './pulls/records.ts'
import type { RateLimit } from './rate-limit.ts'
import type { ReleaseRecord } from './releases/records.ts'
import type { Repository } from './repository.ts'
import type { JobRecord, RunRecord } from './runs.ts'
import type { Vault } from './secrets/vault.ts'
import type { BlobStore } from './storage/blobs.ts'
import type { VariableRecord } from './variables.ts'
import type { Workflow } from './workflows.ts'

/** What the repository's settings and its owner's plan allow; a test changes them. */
export interface Limits {
  /** Days that an artifact can be kept at most. */
  readonly retentionDays: number
  /** The owner's storage for artifacts is used up. */
  storageFull: boolean
  /** A release that is published from now on cannot be changed any more. */
  immutableReleases: boolean
  /** The next upload of an asset breaks, and leaves an asset without content. */
  breakUpload: boolean
  /** Whether the owner's plan has attestations, which for private repositories few have. */
  attestations: boolean
}

/** What a test has called when something happens. */
export interface Hooks {
  onDispatch: (run: Dispatched) => void
}

export interface State {
  readonly repository: Repository
  /** What there is beside it. */
  readonly accounts: Accounts
  readonly graph: CommitGraph
  /** Blobs and trees. */
  readonly objects: GitObjects
  readonly rateLimit: RateLimit
  /** Oldest first. */
  readonly deployments: DeploymentRecord[]
  /** One entry for each attempt. */
  readonly runs: RunRecord[]
  readonly jobs: JobRecord[]
  /** Those that are in no run yet, or not active any more. */
  readonly workflows: Workflow[]
  readonly artifacts: ArtifactRecord[]
  /** Oldest first. */
  readonly releases: ReleaseRecord[]
  /** The secrets. */
  readonly vault: Vault
  readonly variables: VariableRecord[]
  /** Pull requests and labels. */
  readonly pulls: Pulls
  /** The owner's container packages. */
  readonly packages: Packages
  /** Oldest first. */
  readonly attestations: AttestationRecord[]
  readonly codeScanning: CodeScanning
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly hooks: Hooks
  readonly limits: Limits
  /** Ids grow; GitHub orders equal timestamps by them. */
  nextId(): number
}

export interface Call {
  readonly state: State
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly url: string
  /** Login of the account that asks; undefined: github-actions[bot]. */
  readonly login: string | undefined
  /** The request's body as it came; empty where the route takes bytes. */
  readonly text: string
  /** The request itself, whose bytes nobody has read where the route takes them. */
  readonly incoming: IncomingMessage
  /** Whether the token may do more than the route needs; that it could is noted as a use. */
  may(more: Requirement): boolean
  /** The operation's page in GitHub's documentation, which its error bodies name. */
  readonly docs: string
}

/** As GitHub writes it: UTC, whole seconds. @param at ms since 1970; default: now */
export function timestamp(at = Date.now()): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
