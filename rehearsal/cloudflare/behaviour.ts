/** What a test may change about the embedded Cloudflare while it runs. */
import type { StageName, StageStatus } from './stages.ts'

export type Environment = 'production' | 'preview'

export interface Refused {
  /** Cloudflare's API code, for example 8000000. */
  readonly code: number
  readonly message: string
  /** HTTP status of the answer; 500 when not given. */
  readonly status?: number
  /**
   * Which call is refused: `deployments` (default) is `POST …/deployments`, `assets` is `POST /pages/assets/upload`.
   * wrangler treats them differently: a refused asset upload ends it with `code % 256`, which is 0 for 8000000.
   */
  readonly at?: 'assets' | 'deployments'
}

export interface FinalStage {
  readonly stage: StageName
  readonly status: StageStatus
  /** The last line of the deployment's log, which wrangler prints when stage `deploy` failed. */
  readonly log?: string
}

/** Replaced as a whole by `behave()`. What concerns a deployment's course is fixed when the deployment is created. */
export interface Behaviour {
  readonly upload?: Refused
  /** Where new deployments end, for good. Default: stage `deploy`, status `success`. */
  readonly stages?: 'success' | FinalStage
  /** How many times a new deployment must be read back until it shows its final stage. Default 1. */
  readonly readBacks?: number
  /** Whether a successful production deployment becomes the canonical one. Default true. */
  readonly canonical?: boolean
  /** What new deployments report as their environment, whatever their branch says. */
  readonly environment?: Environment
  /** Whether the project's own hosts keep serving what they served before. Default false. */
  readonly staleDomains?: boolean
  /** Changes the bytes of an asset on their way out. `host` is the `127.0.0.1:PORT` that was asked. */
  readonly serve?: (path: string, bytes: Uint8Array, host: string) => Uint8Array
}
