/**
 * Whether a run belongs to the branch that it names. Of a push of a tag, GitHub shows the tag's name as `head_branch`: who
 * may push tags and nothing else could call one `main`, and every artifact of its run would be one of the branch.
 */
import * as v from 'valibot'
import type { Artifact } from './artifact-rest.ts'
import { type Asked, ask } from './github-explain.ts'
import { failureOf } from './github-http.ts'
import { parse, type RestOptions } from './github-rest.ts'

/** undefined: it does. Otherwise where it comes from, for a sentence. */
type Reason = string | undefined

const Comparison = v.object({ status: v.string() })
const Ref = v.object({ ref: v.string(), object: v.object({ type: v.string(), sha: v.string() }) })
const Commit = v.object({ sha: v.string() })

export class Provenance {
  readonly #options: RestOptions
  /** By branch and commit, of which many artifacts are. */
  readonly #reasons = new Map<string, Promise<Reason>>()

  constructor(options: RestOptions) {
    this.#options = options
  }

  /** @throws ActionError where GitHub does not say it */
  async check({ workflow_run: run }: Artifact): Promise<Reason> {
    const { runId, ref, sha } = this.#options.context
    if (run?.id === runId) return undefined
    if (run?.head_branch == null || run.head_sha == null) return 'a run without a branch and a commit'
    const { head_branch: name, head_sha: head } = run
    // GitHub has said it of the current run, and this one is of the same commit.
    if (head === sha && (ref === `refs/heads/${name}` || ref === `refs/tags/${name}`)) return undefined
    return this.#once(name, head)
  }

  #once(name: string, head: string): Promise<Reason> {
    const key = `${head} ${name}`
    const known = this.#reasons.get(key)
    if (known !== undefined) return known
    const reason = reasonAgainst(name, head, this.#options)
    this.#reasons.set(key, reason)
    reason.catch(() => this.#reasons.delete(key))
    return reason
  }
}

async function reasonAgainst(name: string, head: string, options: RestOptions): Promise<Reason> {
  const elsewhere = `a run of ${name} whose commit is not on ${name} (a tag may be called so)`
  const status = await compare(name, head, options)
  if (status !== undefined) return status === 'identical' || status === 'behind' ? undefined : elsewhere
  // No such branch, no such commit any more, or one that shares no history with the branch.
  if ((await readRef(`heads/${name}`, options)) !== undefined) return elsewhere
  const tagged = await commitOfTag(name, options)
  if (tagged === undefined) return `a run of ${name}, and the token sees neither a branch nor a tag of that name`
  return tagged === head ? undefined : `a run of ${name}, a tag that is at another commit now`
}

/** What the commit is to the branch; undefined where GitHub cannot compare them. */
function compare(branch: string, head: string, options: RestOptions): Promise<string | undefined> {
  const { github, context } = options
  const { owner, repo } = context
  const asked = asking(`compare ${head} with the branch ${branch}`, options)
  // The second page leaves out the files of the comparison, which may be megabytes.
  const query = { owner, repo, basehead: `refs/heads/${branch}...${head}`, per_page: 1, page: 2 }
  return found(asked, async () => {
    const { data } = await github.rest.repos.compareCommitsWithBasehead(query)
    return parse(Comparison, data, asked).status
  })
}

/** @param name without `refs/` */
function readRef(name: string, options: RestOptions): Promise<v.InferOutput<typeof Ref> | undefined> {
  const { github, context } = options
  const { owner, repo } = context
  const asked = asking(`show refs/${name}`, options)
  return found(asked, async () => {
    const { data } = await github.rest.git.getRef({ owner, repo, ref: name })
    const ref = parse(Ref, data, asked)
    return ref.ref === `refs/${name}` ? ref : undefined
  })
}

async function commitOfTag(name: string, options: RestOptions): Promise<string | undefined> {
  const tag = await readRef(`tags/${name}`, options)
  if (tag === undefined || tag.object.type === 'commit') return tag?.object.sha
  const { github, context } = options
  const { owner, repo } = context
  const asked = asking(`show the commit of the tag ${name}`, options)
  return found(asked, async () => {
    const { data } = await github.rest.repos.getCommit({ owner, repo, ref: `refs/tags/${name}` })
    return parse(Commit, data, asked).sha
  })
}

function asking(doing: string, { context, signal }: RestOptions): Asked {
  const purpose = 'it shows whether a run belongs to the branch that it names'
  return { doing, permission: 'contents: read', purpose, context, signal }
}

/** undefined where there is no such thing. @throws ActionError */
function found<T>(asked: Asked, work: () => Promise<T>): Promise<T | undefined> {
  return ask(asked, async () => {
    try {
      return await work()
    } catch (error) {
      if (failureOf(error)?.status === 404) return undefined
      throw error
    }
  })
}
