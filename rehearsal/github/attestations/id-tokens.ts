/**
 * OpenID Connect tokens of jobs with `id-token: write`: the runner gives such a job, and no other, an address and a token
 * to ask with. https://docs.github.com/actions/reference/security/oidc
 */
import { createSign, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Env } from '../env.ts'
import type { PermissionLedger } from '../permissions.ts'
import { findRun } from '../runs.ts'
import type { State } from '../state.ts'

const ID_TOKEN = '/idtoken/'
const KEYS = `${ID_TOKEN}.well-known/jwks`
const SECONDS = 300

/** For the environment of every step of the job. */
export type IdTokenVariables = Readonly<
  Record<'ACTIONS_ID_TOKEN_REQUEST_URL' | 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', string>
>

interface Asker {
  readonly job: string
  readonly runId: number
}

interface Keys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export class IdTokens {
  readonly #state: State
  readonly #ledger: PermissionLedger
  readonly #askers = new Map<string, Asker>()
  #keys: Keys | undefined

  constructor(state: State, ledger: PermissionLedger) {
    this.#state = state
    this.#ledger = ledger
  }

  /** @param job its id in the workflow, for the record */
  issue(runId: number, job: string): IdTokenVariables {
    const token = randomBytes(32).toString('base64url')
    this.#askers.set(token, { job, runId })
    const url = `${this.#state.repository.origin}${ID_TOKEN}${runId}/${encodeURIComponent(job)}?api-version=2.0`
    return { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token }
  }

  /** Handles what is below `/idtoken/` and leaves the rest alone. */
  service(): MiddlewareHandler<Env> {
    return async (c, next) => {
      if (!isOfIdTokens(c.req.path)) return await next()
      if (c.req.path === KEYS) return Response.json({ keys: [this.#jwk()] })
      const [, token = ''] = /^bearer\s+(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
      const asker = this.#askers.get(token)
      if (asker === undefined) return Response.json({ message: 'Unauthorized' }, { status: 401 })
      c.set('job', asker.job)
      this.#ledger.note(asker.job, 'id-token', 'write')
      const value = this.#sign(asker, c.req.query('audience'))
      return Response.json({ count: value.length, value })
    }
  }

  #sign(asker: Asker, audience: string | undefined): string {
    const header = { typ: 'JWT', alg: 'RS256', kid: KID }
    const parts = [header, this.#claims(asker, audience)].map((part) => Buffer.from(JSON.stringify(part)))
    const text = parts.map((part) => part.toString('base64url')).join('.')
    const signature = createSign('RSA-SHA256').update(text).sign(this.#pair().privateKey, 'base64url')
    return `${text}.${signature}`
  }

  /** Of the run; the job's environment, which would be in `sub`, is not known here. */
  #claims({ runId }: Asker, audience: string | undefined) {
    const { repository, clock } = this.#state
    const run = findRun(this.#state, runId)
    const name = `${repository.owner}/${repository.name}`
    const now = Math.floor(clock.now() / 1000)
    const ref = `refs/heads/${run?.headBranch ?? repository.defaultBranch}`
    return {
      jti: randomUUID(),
      iss: `${repository.origin}${ID_TOKEN.slice(0, -1)}`,
      aud: audience ?? `${repository.origin}/${repository.owner}`,
      sub: `repo:${name}:ref:${ref}`,
      repository: name,
      repository_owner: repository.owner,
      repository_id: `${repository.id}`,
      repository_visibility: repository.private ? 'private' : 'public',
      ref,
      sha: run?.headSha,
      event_name: run?.event,
      actor: run?.actor,
      run_id: `${runId}`,
      run_attempt: `${run?.attempt ?? 1}`,
      workflow: run?.name,
      workflow_ref: `${name}/${run?.path}@${ref}`,
      job_workflow_ref: `${name}/${run?.path}@${ref}`,
      runner_environment: 'self-hosted',
      nbf: now - SECONDS,
      iat: now,
      exp: now + SECONDS,
    }
  }

  /** Made when first needed: it takes a moment, and few runs ask. */
  #pair(): Keys {
    this.#keys ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
    return this.#keys
  }

  #jwk(): object {
    return { ...this.#pair().publicKey.export({ format: 'jwk' }), kid: KID, use: 'sig', alg: 'RS256' }
  }
}

const KID = 'embedded'

export function isOfIdTokens(path: string): boolean {
  return path.startsWith(ID_TOKEN)
}
