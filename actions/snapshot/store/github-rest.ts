/** What both of GitHub's stores ask its API for. */
import * as v from 'valibot'
import type { GitHubContext } from '../../../src/context.ts'
import { ActionError } from '../../../src/errors.ts'
import type { GitHub } from '../../../src/github.ts'
import { type Asked, ask } from './github-explain.ts'
import { failureOf, type Patience } from './github-http.ts'

export interface RestOptions {
  readonly github: GitHub
  readonly context: GitHubContext
  readonly signal: AbortSignal
  readonly patience: Patience
  readonly note: (what: string) => void
}

const Repository = v.object({
  default_branch: v.string(),
  private: v.boolean(),
  visibility: v.optional(v.string()),
})

/** What a store needs to know of its repository. */
export interface RepositoryFacts {
  readonly defaultBranch: string
  /**
   * Whether strangers can read it. An `internal` one is open to all of an enterprise and to nobody outside of it: whoever
   * set it up so has decided who may read what is in it.
   */
  readonly isPublic: boolean
}

/** @throws ActionError */
export async function readRepository({ github, context, signal }: RestOptions): Promise<RepositoryFacts> {
  const { owner, repo } = context
  const asked: Asked = { doing: `show the repository ${owner}/${repo}`, permission: 'metadata: read', context, signal }
  const { data } = await ask(asked, () => github.rest.repos.get({ owner, repo }))
  const { default_branch: defaultBranch, private: isPrivate, visibility } = parse(Repository, data, asked)
  return { defaultBranch, isPublic: visibility === undefined ? !isPrivate : visibility === 'public' }
}

export function isGone(error: unknown): boolean {
  const status = failureOf(error)?.status
  return status === 404 || status === 410
}

/** @throws ActionError where the answer is not what it should be */
export function parse<T>(schema: v.GenericSchema<unknown, T>, data: unknown, { doing, context }: Asked): T {
  const parsed = v.safeParse(schema, data)
  if (parsed.success) return parsed.output
  throw new ActionError(`GitHub's answer to the request to ${doing} cannot be read: ${v.summarize(parsed.issues)}.`, {
    hint: `Check that nothing between the runner and ${context.apiUrl} changes its answers, then run the job again.`,
  })
}
