/** GitHub's Packages API, for the versions of one container package. */
import * as v from 'valibot'
import type { GitHubContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import type { GitHub } from '../../src/github.ts'
import { explain, isRateLimited, refusalOf, statusOf } from './explain.ts'
import { type PackageName, pathOf } from './names.ts'
import type { Version } from './version.ts'

/** A page has a hundred; more is more than one run can look at, and no list that a person would have made. */
const MOST_PAGES = 200
const PER_PAGE = 100

const VersionBody = v.pipe(
  v.object({
    id: v.number(),
    name: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
    created_at: v.string(),
    updated_at: v.string(),
    // Required: a version whose tags are not known must not count as one without.
    metadata: v.object({ container: v.object({ tags: v.array(v.string()) }) }),
  }),
  v.transform(
    ({ id, name, created_at, updated_at, metadata }): Version => ({
      id,
      digest: name,
      tags: metadata.container.tags,
      changedAt: Math.max(Date.parse(created_at), Date.parse(updated_at)),
    }),
  ),
  v.check(({ changedAt }) => Number.isFinite(changedAt), 'a date that is none'),
)

/** What became of the request to delete a version. */
export type Deletion =
  | { readonly kind: 'deleted' }
  /** It was not there any more, or the token may not see it: which of them only a look tells. */
  | { readonly kind: 'absent' }
  /** GitHub deletes it for nobody: over 5,000 downloads, or the last one. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'limited'; readonly error: ActionError }

interface At {
  readonly context: GitHubContext
  readonly signal: AbortSignal
}

export class Packages {
  readonly #github: GitHub
  readonly #name: PackageName
  readonly #at: At
  /** Where the versions are, once a list has shown it. */
  #versions: string | undefined
  #answeredAt: number | undefined

  constructor(github: GitHub, name: PackageName, at: At) {
    this.#github = github
    this.#name = name
    this.#at = at
  }

  /** GitHub's clock at its newest list, in ms since 1970: that of a runner may be wrong, and everything would seem old. */
  get answeredAt(): number | undefined {
    return this.#answeredAt
  }

  /** All of them, in GitHub's order. Users and organizations have paths of their own, and neither answers for the other. */
  async list(): Promise<readonly Version[]> {
    if (this.#versions !== undefined) return this.#listAt(this.#versions)
    const [ofOrganization, ofUser] = [this.#path('orgs'), this.#path('users')]
    try {
      const listed = await this.#listAt(ofOrganization)
      this.#versions = ofOrganization
      return listed
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    const listed = await this.#listAt(ofUser)
    this.#versions = ofUser
    return listed
  }

  /** undefined when it is not there. */
  async find(id: number): Promise<Version | undefined> {
    try {
      const answer = await this.#get(`look up version ${id} of ${pathOf(this.#name)}`, `${this.#versions}/${id}`)
      return parse(VersionBody, answer.data, this.#name)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** Asked once: what became of it when the answer was lost, the caller finds out. */
  async delete({ id, digest }: Version): Promise<Deletion> {
    try {
      await this.#github.request(`DELETE ${this.#versions}/${id}`)
      return { kind: 'deleted' }
    } catch (error) {
      this.#at.signal.throwIfAborted()
      if (statusOf(error) === 404) return { kind: 'absent' }
      const explained = this.#explain(error, `delete version ${id} (${digest}) of ${pathOf(this.#name)}`)
      if (isRateLimited(error) && explained instanceof ActionError) return { kind: 'limited', error: explained }
      const reason = refusalOf(error)
      if (reason !== undefined) return { kind: 'refused', reason }
      throw explained
    }
  }

  /** GitHub's own word for whether there is more, and not the length of a page, which it may choose itself. */
  async #listAt(versions: string): Promise<readonly Version[]> {
    const found = new Map<number, Version>()
    for (let page = 1; page <= MOST_PAGES; page++) {
      const doing = `list the versions of the container package ${pathOf(this.#name)}`
      const answer = await this.#get(doing, `${versions}?per_page=${PER_PAGE}&page=${page}`)
      for (const version of parse(v.array(VersionBody), answer.data, this.#name)) found.set(version.id, version)
      const date = Date.parse(answer.headers.date ?? '')
      this.#answeredAt = Number.isNaN(date) ? undefined : date
      if (!/rel="next"/.test(answer.headers.link ?? '')) return [...found.values()]
    }
    throw new ActionError(
      `${pathOf(this.#name)} has more than ${MOST_PAGES * PER_PAGE} versions. Nothing was deleted.`,
      {
        hint: 'Delete the oldest ones by hand first, or the package as a whole.',
      },
    )
  }

  async #get(doing: string, path: string) {
    return this.#github.request(`GET ${path}`).catch((error: unknown) => {
      throw this.#explain(error, doing)
    })
  }

  #path(kind: 'orgs' | 'users'): string {
    const { owner, package: name } = this.#name
    return `/${kind}/${owner}/packages/container/${encodeURIComponent(name)}/versions`
  }

  #explain(error: unknown, doing: string): unknown {
    return explain(error, { doing, name: this.#name, ...this.#at })
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof ActionError && statusOf(error.cause) === 404
}

function parse<S extends v.GenericSchema>(schema: S, data: unknown, name: PackageName): v.InferOutput<S> {
  const parsed = v.safeParse(schema, data)
  if (parsed.success) return parsed.output
  throw new ActionError(
    `GitHub's answer about the versions of ${pathOf(name)} cannot be read: ${v.summarize(parsed.issues)}`,
    {
      hint: 'Check that nothing between the runner and GitHub changes its answers, then run the job again.',
    },
  )
}
