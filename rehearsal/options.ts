/** What can be asked of a rehearsal. */
import type { Behaviour } from './cloudflare/server.ts'
import type { Fault, FaultReport, FaultSet } from './faults.ts'
import type { Filled } from './fill.ts'
import type { ImageReport } from './github/packages/teaching.ts'
import type { ServiceReport } from './host/server.ts'
import type { Approvals } from './runner/approvals.ts'
import type { HistoryCommit } from './runner/history.ts'
import type { JobReport, Progress, Result } from './runner/report.ts'
import type { RunClock } from './runner/run.ts'
import type { EventName } from './runner/triggers.ts'
import type { RecordedRequest } from './server.ts'

/** `tag` is the push of one. */
export type EventChoice = EventName | 'tag'

export interface RehearseOptions {
  /** The workflow file. */
  readonly workflow: string
  /** Default: `push` where the workflow has it. */
  readonly event?: EventChoice
  /** Pushed or dispatched on (default `main`); the head of a pull request, or of the run before (default `feature`). */
  readonly branch?: string
  /** The tag that is pushed (default `v1.0.0`). */
  readonly tag?: string
  readonly actor?: string
  /** Of the pull request that the run is about, unless the repository has one already (default `feat: work on BRANCH`). */
  readonly title?: string
  /** Owner of the fork that a pull request comes from, or the run before a `workflow_run`. */
  readonly fork?: string
  /** Of the run before a `workflow_run` (default `success`). */
  readonly conclusion?: 'success' | 'failure' | 'cancelled'
  /** Which of the workflow's schedules fires, as `17 2 * * *` (default: its first). */
  readonly schedule?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** Folder that stands for the repository. */
  readonly repository: string
  /** Name or id of a step: the run is cancelled when it has ended. */
  readonly cancelAfter?: string
  /** Aborting it cancels the run; post steps still run. */
  readonly cancel?: AbortSignal
  /** Aborting it ends whatever still runs. */
  readonly kill?: AbortSignal
  /** Pages projects that the embedded Cloudflare has besides those the workflow names. */
  readonly projects?: readonly string[]
  readonly behaviour?: Behaviour
  /** In force in both doubles and for the steps; can be changed while it runs. */
  readonly faults?: FaultSet
  /** Folders with stand-ins, searched before the rehearsal's own. */
  readonly standIns?: readonly string[]
  readonly clock?: Partial<RunClock>
  /** Of all commits: of one date the same files have the same commits (default: now). */
  readonly date?: Date
  /**
   * When the run is created, by the embedded GitHub's clock, which goes on from there (default: now). Steps and the embedded
   * Cloudflare go by this machine's clock all the same.
   */
  readonly at?: Date
  /** Commits on top of the folder's files and the workflow, oldest first (default: none). */
  readonly history?: readonly HistoryCommit[]
  /** What the reviewers of an environment say to each job that has it (default: it needs no approval). */
  readonly approvals?: Approvals
  /** Called once the doubles listen and everything is ready to run. */
  readonly onReady?: (overture: Overture) => void
  readonly onProgress?: (progress: Progress) => void
}

/** What may be different when the run is run again. */
export type RerunOptions = Pick<
  RehearseOptions,
  'cancelAfter' | 'cancel' | 'kill' | 'clock' | 'onReady' | 'onProgress' | 'approvals'
> & { readonly faults?: readonly Fault[] }

/** What another run in the same repository is of; the rest is as in the first one. */
export type NextOptions = RerunOptions &
  Pick<
    RehearseOptions,
    | 'event'
    | 'branch'
    | 'tag'
    | 'actor'
    | 'title'
    | 'fork'
    | 'conclusion'
    | 'schedule'
    | 'inputs'
    | 'secrets'
    | 'vars'
    | 'at'
  > & {
    /** Default: the first run's. Another file comes to the repository as one more commit. */
    readonly workflow?: string
  }

/** What is about to be rehearsed. */
export interface Overture {
  readonly workflow: string
  readonly name: string
  readonly repository: string
  readonly source: string
  readonly event: EventName
  readonly ref: string
  readonly sha: string
  readonly actor: string
  readonly runId: number
  /** From 1; each run of the workflow is the next. */
  readonly runNumber: number
  /** From 1; a re-run is the next. */
  readonly attempt: number
  readonly apiUrl: string
  readonly cloudflareApiBaseUrl: string
  readonly projects: readonly string[]
  readonly concurrency: string | null
  readonly filled: readonly Filled[]
  readonly notes: readonly string[]
}

export interface DeploymentStatusReport {
  readonly state: string
  readonly description: string
  readonly environmentUrl: string
  readonly logUrl: string
  readonly createdAt: string
}

export interface DeploymentReport {
  readonly id: number
  readonly environment: string
  readonly sha: string
  readonly ref: string
  readonly task: string
  readonly description: string | null
  readonly payload: unknown
  readonly transient: boolean
  readonly production: boolean
  /** Oldest first. */
  readonly statuses: readonly DeploymentStatusReport[]
}

export interface PagesDeploymentReport {
  readonly project: string
  readonly id: string
  readonly environment: string
  readonly branch: string
  readonly commit: string
  /** `deploy: success` */
  readonly stage: string
  readonly url: string
  readonly aliases: readonly string[]
  /** Whether it is what the project's own domains show. */
  readonly canonical: boolean
}

export interface ArtifactReport {
  readonly id: number
  readonly name: string
  readonly runId: number | null
  /** Bytes. */
  readonly size: number
  /** `sha256:` and hexadecimal digits. */
  readonly digest: string
  readonly createdAt: string
  readonly expiresAt: string
}

export interface PermissionReport {
  readonly job: string
  readonly permission: string
  readonly granted: 'read' | 'write'
  readonly used: 'read' | 'write' | 'none'
}

/** A run that a rehearsed one has dispatched: it was rehearsed, too, while the first one waited. */
export interface DispatchReport {
  /** `deploy-pages.yml` */
  readonly workflow: string
  readonly runId: number
  readonly ref: string
  readonly inputs: Readonly<Record<string, string>>
  readonly result: Result
  readonly jobs: readonly JobReport[]
  /** Why it could not be rehearsed; it has failed then. */
  readonly problem: string | null
}

/** A rehearsal that is over; `--json` writes it. Secrets are hidden everywhere. */
export interface Rehearsal extends Overture {
  readonly result: Result
  readonly durationMs: number
  readonly jobs: readonly JobReport[]
  /** In the order of their beginnings. */
  readonly dispatched: readonly DispatchReport[]
  readonly deployments: readonly DeploymentReport[]
  readonly pages: readonly PagesDeploymentReport[]
  /** Of all runs so far, newest first; those of the stand-ins are not among them. */
  readonly artifacts: readonly ArtifactReport[]
  /** In the embedded container registry, oldest first. */
  readonly images: readonly ImageReport[]
  /** Of the container host, where the workflow has a deploy hook or a service's address. */
  readonly services: readonly ServiceReport[]
  /** What each job's token was granted, and the highest use made of it. */
  readonly permissionUse: readonly PermissionReport[]
  /** Those in force, and how often each was applied. */
  readonly faults: readonly FaultReport[]
  /** Those of this attempt, and of what it has dispatched. */
  readonly requests: { readonly github: readonly RecordedRequest[]; readonly cloudflare: readonly RecordedRequest[] }
  /** Requests that the embedded GitHub does not know: a rehearsal that made one proves little. */
  readonly unsupportedRequests: readonly RecordedRequest[]
}
