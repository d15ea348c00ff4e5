/** What the handlers of the embedded GitHub share in Hono's context. */
import type { Context } from 'hono'
import type { FaultEnv } from '../faults.ts'

export type Env = FaultEnv & {
  Variables: { job: string; login: string | undefined; tokenExpiresAt: number | undefined; unsupported: boolean }
}
export type GitHubContext = Context<Env>
