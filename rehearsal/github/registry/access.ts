/**
 * Who may do what at the registry. Its tokens are asked for at `/token` with a job's own as the password, each for the
 * repositories and actions that the request names; whether they are allowed is decided where they are used, as at ghcr.io.
 */
import { randomBytes } from 'node:crypto'
import { findPackage } from '../packages/records.ts'
import { allows, type Caller, type PermissionLedger } from '../permissions.ts'
import type { State } from '../state.ts'
import { registryError } from './errors.ts'

export type Right = 'pull' | 'push'

interface Session {
  /** undefined: anybody. */
  readonly caller: Caller | undefined
  /** By `owner/name`. */
  readonly scopes: ReadonlyMap<string, ReadonlySet<string>>
}

const SERVICE = 'ghcr.io'
const NEEDS = {
  pull: { permission: 'packages', level: 'read' },
  push: { permission: 'packages', level: 'write' },
} as const

export class Access {
  readonly #state: State
  readonly #ledger: PermissionLedger
  readonly #sessions = new Map<string, Session>()

  constructor(state: State, ledger: PermissionLedger) {
    this.#state = state
    this.#ledger = ledger
  }

  /** `GET /token?service=…&scope=repository:OWNER/NAME:pull,push`, scopes repeated or parted by spaces. */
  answerToken(authorization: string | undefined, url: URL): Response {
    const caller = this.#login(authorization)
    if (caller === 'wrong') return registryError('DENIED', 'denied')
    const scopes = readScopes(url.searchParams.getAll('scope'))
    const closed = [...scopes].some(([name, rights]) => !rights.has('push') && this.#refusesPull(caller, name))
    if (closed) return caller ? registryError('DENIED', 'denied') : authenticationRequired()
    const token = randomBytes(24).toString('base64url')
    this.#sessions.set(token, { caller, scopes })
    return Response.json({ token })
  }

  /** ghcr.io takes a token of GitHub's in base64 too, without any scope asked for. */
  session(authorization: string | undefined): Session | undefined {
    const [, token = ''] = /^bearer\s+(\S+)$/i.exec(authorization ?? '') ?? []
    const known = this.#sessions.get(token)
    if (known !== undefined) return known
    const caller = this.#ledger.caller(`token ${Buffer.from(token, 'base64')}`)
    return caller && { caller, scopes: new Map() }
  }

  /** @param name `owner/name` @returns what refuses it; undefined where it may, which is noted as a use */
  refuse(authorization: string | undefined, name: string, right: Right): Response | undefined {
    const session = this.session(authorization)
    if (session === undefined) return this.challenge(name, right)
    const { caller, scopes } = session
    if (scopes.size > 0 && scopes.get(name)?.has(right) !== true)
      return this.challenge(name, right, 'insufficient_scope')
    if (right === 'push') return this.#refusePush(caller, name)
    if (this.#refusesPull(caller, name)) return registryError('DENIED', 'requested access to the resource is denied')
    if (caller && this.#isPrivate(name)) this.#ledger.note(caller.job, 'packages', 'read')
    return undefined
  }

  challenge(name = 'user/image', right: Right = 'pull', error?: string): Response {
    const rights = right === 'push' ? 'pull,push' : right
    const realm = `${this.#state.repository.origin}/token`
    const challenge = `Bearer realm="${realm}",service="${SERVICE}",scope="repository:${name}:${rights}"`
    return authenticationRequired({ 'www-authenticate': error ? `${challenge},error="${error}"` : challenge })
  }

  #login(authorization: string | undefined): Caller | undefined | 'wrong' {
    if (authorization === undefined) return undefined
    const [, pair = ''] = /^basic\s+(\S+)$/i.exec(authorization) ?? []
    const [, ...password] = Buffer.from(pair, 'base64').toString().split(':')
    return this.#ledger.caller(`token ${password.join(':')}`) ?? 'wrong'
  }

  #refusesPull(caller: Caller | undefined, name: string): boolean {
    if (!this.#isPrivate(name)) return false
    return caller === undefined || !this.#reaches(caller, name) || !allows(caller, NEEDS.pull)
  }

  #refusePush(caller: Caller | undefined, name: string): Response | undefined {
    if (caller === undefined) {
      return registryError('UNAUTHORIZED', 'unauthenticated: User cannot be authenticated with the token provided.')
    }
    const known = findPackage(this.#state.packages, packageName(name))
    if (!this.#isOwn(name))
      return registryError('DENIED', 'permission_denied: The requested installation does not exist.')
    if (!this.#reaches(caller, name)) return registryError('DENIED', 'permission_denied: write_package')
    if (!allows(caller, NEEDS.push)) {
      const verb = known === undefined ? 'Create' : 'Write'
      return registryError('DENIED', `permission_denied: installation not allowed to ${verb} organization package`)
    }
    this.#ledger.note(caller.job, 'packages', 'write')
    return undefined
  }

  /** A package that nobody has made yet is as private as the repository. */
  #isPrivate(name: string): boolean {
    const known = this.#isOwn(name) ? findPackage(this.#state.packages, packageName(name)) : undefined
    return known === undefined ? this.#state.repository.private : known.visibility === 'private'
  }

  #isOwn(name: string): boolean {
    return name.split('/')[0] === this.#state.repository.owner.toLowerCase()
  }

  /** A job's token reaches what its repository has been given. */
  #reaches(caller: Caller, name: string): boolean {
    return caller.login !== undefined || findPackage(this.#state.packages, packageName(name))?.linked !== false
  }
}

/** `owner/site/api` is the owner's package `site/api`. */
export function packageName(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

function authenticationRequired(headers: Readonly<Record<string, string>> = {}): Response {
  return registryError('UNAUTHORIZED', 'authentication required', headers)
}

function readScopes(given: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    given.flatMap((scopes) =>
      scopes.split(' ').flatMap((scope) => {
        const [, name, rights] = /^repository:(.+):([\w,*]+)$/.exec(scope) ?? []
        return name === undefined || rights === undefined ? [] : [[name, new Set(rights.split(','))] as const]
      }),
    ),
  )
}
