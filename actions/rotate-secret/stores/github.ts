/** Secrets of GitHub: https://docs.github.com/rest/actions/secrets and its likes for Dependabot and Codespaces. */
import * as v from 'valibot'
import { ActionError } from '../../../src/errors.ts'
import type { Api, Asked, Reply } from '../api.ts'
import type { Names, Slot } from '../names.ts'
import { seal } from '../seal.ts'
import type { GitHubTarget } from '../target.ts'
import type { Change, Found, Presence, Store } from './store.ts'

/** Bytes: https://docs.github.com/actions/reference/security/secrets. */
const LIMIT = 48 * 1024
/** Selected repositories on one page, GitHub's most. */
const PER_PAGE = 100

const PublicKey = v.object({ key_id: v.string(), key: v.string() })
/** ms since 1970. */
export const Timestamp = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
  v.number(),
)
const Secret = v.object({
  updated_at: Timestamp,
  visibility: v.optional(v.picklist(['all', 'private', 'selected'])),
})
const Repositories = v.object({ repositories: v.array(v.object({ id: v.number() })) })

interface Scope {
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  /** As the settings of a fine-grained token call it. */
  readonly permission: string
}

/** Whom an organization lets read a secret. */
type Visibility =
  | { readonly visibility: 'all' | 'private' }
  | { readonly visibility: 'selected'; readonly selected_repository_ids: readonly number[] }

interface Options {
  readonly names: Names
  /** Those that are looked at, and written. */
  readonly slots: readonly Slot[]
  readonly api: Api
  /** The repository of the run: the only one that has to read a pending value of an organization. */
  readonly repositoryId: number
}

export class GitHubSecrets implements Store {
  readonly label: string
  readonly role = 'github'
  readonly limit = LIMIT
  readonly needsDeployment = false
  readonly isBlind = false
  /** Those of the public key's answer, which say when the token expires. */
  headers: Reply['headers'] = {}
  readonly #options: Options
  readonly #scope: Scope
  readonly #isOrganization: boolean
  #key: v.InferOutput<typeof PublicKey> | undefined
  #visibility: Visibility

  constructor(target: GitHubTarget & { readonly label: string }, options: Options) {
    this.label = target.label
    this.#options = options
    this.#scope = scopeOf(target)
    this.#isOrganization = target.kind === 'organization'
    this.#visibility = { visibility: 'selected', selected_repository_ids: [options.repositoryId] }
  }

  async look(): Promise<Presence> {
    this.#key = await this.#readKey()
    const found: Partial<Record<Slot, Found>> = {}
    // The current one last: a rotation that another run completes between two reads is seen by its date.
    for (const slot of this.#options.slots.toReversed()) {
      const secret = await this.#read(slot)
      if (secret === undefined) continue
      found[slot] = { updatedAt: secret.updated_at }
      if (slot === 'current') this.#visibility = await this.#visibilityOf(secret)
    }
    return found
  }

  async write(changes: readonly Change[]) {
    let created: boolean | undefined
    for (const { slot, value } of changes) {
      const name = this.#options.names[slot]
      if (name === undefined) continue
      if (value === null) await this.#remove(name)
      else created = await this.#put(slot, name, value)
    }
    return { created }
  }

  async #readKey(): Promise<v.InferOutput<typeof PublicKey>> {
    const { path, parameters } = this.#scope
    const reply = await this.#options.api.ask(
      `GET ${path}/public-key`,
      parameters,
      this.#asked(`give the public key of ${this.label}`),
    )
    this.headers = reply.headers
    return understood(PublicKey, reply, `the public key of ${this.label}`)
  }

  async #read(slot: Slot): Promise<v.InferOutput<typeof Secret> | undefined> {
    const name = this.#options.names[slot]
    if (name === undefined) return undefined
    const { path, parameters } = this.#scope
    const asked = this.#asked(`say when ${name} in ${this.label} was last written`)
    const reply = await this.#options.api.find(`GET ${path}/{secret_name}`, { ...parameters, secret_name: name }, asked)
    return reply === undefined ? undefined : understood(Secret, reply, `${name} in ${this.label}`)
  }

  /** A PUT without them would change whom the organization lets read it (cli/cli#8110). */
  async #visibilityOf({ visibility }: v.InferOutput<typeof Secret>): Promise<Visibility> {
    if (visibility === undefined || !this.#isOrganization) return this.#visibility
    if (visibility !== 'selected') return { visibility }
    const { path, parameters } = this.#scope
    const ids: number[] = []
    for (let page = 1; ; page += 1) {
      const reply = await this.#options.api.ask(
        `GET ${path}/{secret_name}/repositories`,
        { ...parameters, secret_name: this.#options.names.current, per_page: PER_PAGE, page },
        this.#asked(`list the repositories that may read ${this.#options.names.current} of ${this.label}`),
      )
      const { repositories } = understood(Repositories, reply, `the repositories of ${this.label}`)
      const fresh = repositories.map(({ id }) => id).filter((id) => !ids.includes(id))
      ids.push(...fresh)
      if (repositories.length < PER_PAGE || fresh.length === 0) return { visibility, selected_repository_ids: ids }
    }
  }

  async #put(slot: Slot, name: string, value: string): Promise<boolean | undefined> {
    if (this.#key === undefined) throw new Error(`${this.label} was not looked at.`)
    const { path, parameters } = this.#scope
    const own: Visibility = { visibility: 'selected', selected_repository_ids: [this.#options.repositoryId] }
    const reply = await this.#options.api.ask(
      `PUT ${path}/{secret_name}`,
      {
        ...parameters,
        secret_name: name,
        encrypted_value: await seal(value, this.#key.key),
        key_id: this.#key.key_id,
        ...(this.#isOrganization && (slot === 'pending' ? own : this.#visibility)),
      },
      this.#asked(`write ${name} to ${this.label}`),
    )
    requireDone(reply, `the request to write ${name} to ${this.label}`)
    return reply.lost > 0 ? undefined : reply.status === 201
  }

  /** What is gone already is no error: a crash may have come between the deletion and its answer. */
  async #remove(name: string): Promise<void> {
    const { path, parameters } = this.#scope
    const asked = this.#asked(`delete ${name} of ${this.label}`)
    const reply = await this.#options.api.find(
      `DELETE ${path}/{secret_name}`,
      { ...parameters, secret_name: name },
      asked,
    )
    if (reply !== undefined) requireDone(reply, `the request to delete ${name} of ${this.label}`)
    else await this.#readKey() // GitHub says the same of what a token may not see any more
  }

  #asked(doing: string): Asked {
    return { doing, permission: this.#scope.permission, token: 'github-token' }
  }
}

function scopeOf(target: GitHubTarget): Scope {
  switch (target.kind) {
    case 'organization':
      return {
        path: '/orgs/{org}/actions/secrets',
        parameters: { org: target.organization },
        permission: 'the organization permission "Secrets: read and write"',
      }
    case 'environment':
      return {
        path: '/repos/{owner}/{repo}/environments/{environment_name}/secrets',
        parameters: { owner: target.owner, repo: target.repo, environment_name: target.environment },
        permission: 'the repository permission "Environments: read and write"',
      }
    default:
      return {
        path: `/repos/{owner}/{repo}/${target.kind === 'repository' ? 'actions' : target.kind}/secrets`,
        parameters: { owner: target.owner, repo: target.repo },
        permission: `the repository permission "${PERMISSIONS[target.kind]}: read and write"`,
      }
  }
}

const PERMISSIONS = {
  repository: 'Secrets',
  dependabot: 'Dependabot secrets',
  codespaces: 'Codespaces secrets',
} as const

/** A change is answered with 201 or 204; a page with 200 is from somebody else. @throws ActionError */
export function requireDone({ status }: Reply, what: string): void {
  if (status === 201 || status === 204) return
  throw new ActionError(`GitHub's answer to ${what} is none of GitHub's (${status}): it is not done.`, {
    hint: BETWEEN,
  })
}

const BETWEEN = 'Check GITHUB_API_URL, and that nothing between the runner and GitHub changes its answers.'

export function understood<T extends v.GenericSchema>(schema: T, { data }: Reply, what: string): v.InferOutput<T> {
  const parsed = v.safeParse(schema, data)
  if (parsed.success) return parsed.output
  throw new ActionError(
    `GitHub's answer about ${what} has an unexpected shape: ${parsed.issues.map(departure).join('; ')}`,
    {
      hint: BETWEEN,
    },
  )
}

/** Without what was received, which may be anything. */
function departure(issue: v.BaseIssue<unknown>): string {
  return `${v.getDotPath(issue) ?? 'it'} is no ${issue.expected ?? issue.type}`
}
