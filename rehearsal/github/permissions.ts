/** Tokens with exactly the permissions a job declares, and what was made of each permission. */
import { randomBytes } from 'node:crypto'

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
}

const RANK = { none: 0, read: 1, write: 2 } as const

/** Knows every token that was issued, and keeps, for each job and permission, what was granted and what was used. */
export class PermissionLedger {
  readonly #callers = new Map<string, Caller>()
  readonly #uses = new Map<string, PermissionUse>()

  /** An opaque token in the form of an installation token. `metadata: read` comes with every one. */
  issue(job: string, permissions: Readonly<Record<string, Level | 'none'>>, login?: string): string {
    const granted = Object.entries(permissions).flatMap(([name, level]) =>
      level === 'none' ? [] : ([[name, level]] as const),
    )
    for (const [permission, level] of granted) this.#keep({ job, permission, granted: level, used: 'none' })
    const token = `ghs_${randomBytes(27).toString('base64url').replace(/[-_]/g, '0')}`
    this.#callers.set(token, { job, login, permissions: new Map([['metadata', 'read'], ...granted]) })
    return token
  }

  /** @param authorization the header, in either of the schemes that GitHub takes: `token T` or `bearer T` */
  caller(authorization: string | undefined): Caller | undefined {
    const [, token = ''] = /^(?:token|bearer)\s+(\S+)$/i.exec(authorization ?? '') ?? []
    return this.#callers.get(token)
  }

  /** Notes the use of a permission that the job may or may not have; one it does not have stays unlisted. */
  note(job: string, permission: string, level: Level): void {
    const known = this.#uses.get(key(job, permission))
    if (known) this.#uses.set(key(job, permission), { ...known, used: higher(known.used, level) })
  }

  uses(): readonly PermissionUse[] {
    return [...this.#uses.values()]
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

export function allows(caller: Caller, needed: Requirement): boolean {
  return RANK[caller.permissions.get(needed.permission) ?? 'none'] >= RANK[needed.level]
}

function key(job: string, permission: string): string {
  return `${job}\n${permission}`
}

function higher<T extends keyof typeof RANK>(known: T, seen: T): T {
  return RANK[seen] > RANK[known] ? seen : known
}
