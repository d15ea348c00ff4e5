/** Tokens with exactly the permissions a job declares, and what was made of each permission. */
import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

export type Level = 'read' | 'write'

/** What a route needs; see "Permissions required for GitHub Apps" in GitHub's documentation. */
export interface Requirement {
  readonly permission: string
  readonly level: Level
}

export interface PermissionUse {
  readonly job: string
  readonly permission: string
  readonly granted: Level
  /** The highest use; `write` granted and `read` used is a permission given too widely. */
  readonly used: Level | 'none'
}

/** Who a token speaks for. */
export interface Caller {
  readonly job: string
  /** Whose token it is; undefined: the job's own, which is github-actions[bot]'s. */
  readonly login: string | undefined
  readonly permissions: ReadonlyMap<string, Level>
  /** As GitHub calls the token's kind where it refuses it. */
  readonly kind: 'integration' | 'personal access token'
  /** `owner/name` of those it was granted for, in lower case; undefined: every one that its account can see. */
  readonly repositories?: ReadonlySet<string>
  /** ms since 1970; undefined: never. */
  readonly expiresAt?: number
}

/** A fine-grained personal access token. */
export interface PersonalToken {
  /** Whose it is. */
  readonly login: string
  readonly permissions: Readonly<Record<string, Level | 'none'>>
  /** `owner/name`. Default: the own repository and every other that is known. */
  readonly repositories?: readonly string[]
  /** Default: never. */
  readonly expiresAt?: Date
  /** The job that uses it, whose use of its permissions is then listed with the job's own. */
  readonly job?: string
}

/** What only the token of a person or an app can have, as such a token has all of it. */
export const BEYOND_JOBS = {
  secrets: 'write',
  environments: 'write',
  organization_secrets: 'write',
  dependabot_secrets: 'write',
  codespaces_secrets: 'write',
  actions_variables: 'write',
} as const

/**
 * What no workflow can ask for in its `permissions:` (workflow-v1.0.json of actions/languageservices), so that no job's own
 * token has it. A public repository does not show it to everyone either.
 */
const APART: ReadonlySet<string> = new Set(Object.keys(BEYOND_JOBS))

const RANK = { none: 0, read: 1, write: 2 } as const

/** Knows every token that was issued, and keeps, for each job and permission, what was granted and what was used. */
export class PermissionLedger {
  readonly #callers = new Map<string, Caller>()
  readonly #uses = new Map<string, PermissionUse>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** An opaque token in the form of an installation token. `metadata: read` comes with every one. */
  issue(job: string, permissions: Readonly<Record<string, Level | 'none'>>, login?: string): string {
    const token = `ghs_${randomText(27)}`
    this.#callers.set(token, { job, login, permissions: this.#grant(job, permissions), kind: 'integration' })
    return token
  }

  /** `metadata: read` comes with this one too. */
  issuePersonal({ login, permissions, repositories, expiresAt, job = '' }: PersonalToken): string {
    const token = `github_pat_${randomText(16)}_${randomText(44)}`
    this.#callers.set(token, {
      job,
      login,
      permissions: this.#grant(job, permissions),
      kind: 'personal access token',
      ...(repositories && { repositories: new Set(repositories.map((name) => name.toLowerCase())) }),
      ...(expiresAt && { expiresAt: expiresAt.getTime() }),
    })
    return token
  }

  /**
   * Nobody with an expired token.
   * @param authorization the header, in either of the schemes that GitHub takes: `token T` or `bearer T`
   */
  caller(authorization: string | undefined): Caller | undefined {
    const [, token = ''] = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization ?? '') ?? []
    const caller = this.#callers.get(token)
    const { expiresAt = Number.POSITIVE_INFINITY } = caller ?? {}
    return this.#clock.now() < expiresAt ? caller : undefined
  }

  /** Notes the use of a permission that the job may or may not have; one it does not have stays unlisted. */
  note(job: string, permission: string, level: Level): void {
    const known = this.#uses.get(key(job, permission))
    if (known) this.#uses.set(key(job, permission), { ...known, used: higher(known.used, level) })
  }

  uses(): readonly PermissionUse[] {
    return [...this.#uses.values()]
  }

  #grant(job: string, permissions: Readonly<Record<string, Level | 'none'>>): ReadonlyMap<string, Level> {
    const granted = Object.entries(permissions).flatMap(([name, level]) =>
      level === 'none' ? [] : ([[name, level]] as const),
    )
    if (job !== '') {
      for (const [permission, level] of granted) this.#keep({ job, permission, granted: level, used: 'none' })
    }
    return new Map([['metadata', 'read'], ...granted])
  }

  /** A job may get several tokens, one for each attempt: the widest grant counts. */
  #keep(use: PermissionUse): void {
    const known = this.#uses.get(key(use.job, use.permission))
    this.#uses.set(
      key(use.job, use.permission),
      known ? { ...known, granted: higher(known.granted, use.granted) } : use,
    )
  }
}

/** Whether a public repository shows it to every token. */
export function isOpen({ permission, level }: Requirement): boolean {
  return level === 'read' && !APART.has(permission)
}

export function allows(caller: Caller, needed: Requirement): boolean {
  if (caller.login === undefined && APART.has(needed.permission)) return false
  return RANK[caller.permissions.get(needed.permission) ?? 'none'] >= RANK[needed.level]
}

function key(job: string, permission: string): string {
  return `${job}\n${permission}`
}

function higher<T extends keyof typeof RANK>(known: T, seen: T): T {
  return RANK[seen] > RANK[known] ? seen : known
}

/** @param bytes of chance in it */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url').replace(/[-_]/g, '0')
}
