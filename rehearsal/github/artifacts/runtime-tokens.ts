/** The tokens by which a job's actions reach the runner's own services, the artifact service among them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'

/** Who a runtime token speaks for. */
export interface RuntimeCaller {
  readonly runId: number
  readonly attempt: number
  /** The job's id in the workflow, for the record. */
  readonly job: string
  /** The run's id at the service, one for all its attempts. */
  readonly runBackendId: string
  readonly jobBackendId: string
}

export class RuntimeTokens {
  readonly #callers = new Map<string, RuntimeCaller>()

  /** A JWT whose claims the official client reads; only this double can tell whether its signature is a good one. */
  issue(runId: number, attempt: number, job: string): string {
    const runBackendId = backendIdOf(runId)
    const jobBackendId = randomUUID()
    const scp = `Actions.GenericRead:00000000-0000-0000-0000-000000000000 Actions.Results:${runBackendId}:${jobBackendId}`
    const now = Math.floor(Date.now() / 1000)
    const claims = { nameid: 'dddddddd-dddd-dddd-dddd-dddddddddddd', scp, nbf: now - 300, exp: now + 6 * 3600 }
    const parts = [{ typ: 'JWT', alg: 'RS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)))
    const token = [...parts, randomBytes(64)].map((part) => part.toString('base64url')).join('.')
    this.#callers.set(token, { runId, attempt, job, runBackendId, jobBackendId })
    return token
  }

  caller(authorization: string | undefined): RuntimeCaller | undefined {
    const [, token = ''] = /^bearer\s+(\S+)$/i.exec(authorization ?? '') ?? []
    return this.#callers.get(token)
  }
}

/** A UUID that is the same for the same run. */
export function backendIdOf(runId: number): string {
  const hex = createHash('sha256').update(`run ${runId}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
