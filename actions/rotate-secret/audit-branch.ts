/**
 * The trail as a branch of its own, without a common history with the code: each line is a commit, none is ever rewritten,
 * and GitHub keeps who wrote it. Through the Git data API, so that no checkout is needed:
 * https://docs.github.com/rest/git.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import type { Api, Asked } from './api.ts'
import type { Trail } from './audit.ts'
import { understood } from './stores/github.ts'
import type { Home } from './target.ts'

const FILE = 'rotations.jsonl'
const GIT = '/repos/{owner}/{repo}/git'
/** How often a line is tried to be put at the end, while others put theirs there. */
const ATTEMPTS = 6
/** Milliseconds, and a random part of as much again, so that two that met do not meet again. */
const WAIT = 500

const Sha = v.object({ sha: v.string() })
const Ref = v.object({ object: v.object({ sha: v.string(), type: v.string() }) })
const Commit = v.object({ sha: v.string(), tree: v.object({ sha: v.string() }) })
const Tree = v.object({ tree: v.array(v.object({ path: v.string(), sha: v.string() })) })
const Blob = v.object({ content: v.string(), encoding: v.literal('base64') })

/** GitHub's answer where a rule or a protection stands in the way. */
const Ruled = v.object({
  cause: v.object({ status: v.picklist([403, 422]) }),
  message: v.pipe(v.string(), v.regex(/rule|protected/i)),
})

interface Options {
  readonly api: Api
  readonly home: Home
  readonly defaultBranch: string | undefined
}

/** The end of the branch. */
interface Tip {
  readonly commit: string
  readonly tree: string
  readonly text: string
}

export function branchTrail(branch: string, options: Options): Trail {
  const git = new Git(branch, options)
  return {
    place: `branch ${branch}`,
    async prepare() {
      if (branch === options.defaultBranch) throw foreign(branch, "the repository's default branch")
      await git.tip()
      await git.blob('') // needs what a commit needs, and leaves nothing that anybody sees
    },
    async append(line) {
      for (let attempt = 1; ; attempt += 1) {
        const tip = await git.tip()
        const text = `${tip?.text ?? ''}${JSON.stringify(line)}\n`
        if (await git.advance(tip, text, `${line.name}: ${line.result} (run ${line.run_id})`)) return
        if (attempt === ATTEMPTS) throw raced(branch)
        await sleep(WAIT * attempt * (1 + Math.random()))
      }
    },
  }
}

class Git {
  readonly #branch: string
  readonly #api: Api
  readonly #home: Home

  constructor(branch: string, { api, home }: Options) {
    this.#branch = branch
    this.#api = api
    this.#home = home
  }

  /** undefined: there is no such branch yet. @throws ActionError when it holds something else */
  async tip(): Promise<Tip | undefined> {
    const asked = this.#asked(`show the branch ${this.#branch}`)
    const reply = await this.#api.find(`GET ${GIT}/ref/{ref}`, { ...this.#home, ref: `heads/${this.#branch}` }, asked)
    if (reply === undefined) return undefined
    const commit = understood(Ref, reply, `the branch ${this.#branch}`).object.sha
    const { tree } = await this.#get(Commit, 'commits/{commit_sha}', { commit_sha: commit })
    const { tree: files } = await this.#get(Tree, 'trees/{tree_sha}', { tree_sha: tree.sha })
    const [file] = files
    if (file === undefined || files.length > 1 || file.path !== FILE)
      throw foreign(this.#branch, 'a branch with other files')
    const { content } = await this.#get(Blob, 'blobs/{file_sha}', { file_sha: file.sha })
    return { commit, tree: tree.sha, text: Buffer.from(content, 'base64').toString('utf8') }
  }

  async blob(text: string): Promise<string> {
    const content = { content: Buffer.from(text).toString('base64'), encoding: 'base64' }
    return (await this.#post(Sha, 'blobs', content)).sha
  }

  /** @returns false when the branch has moved meanwhile, or was made */
  async advance(tip: Tip | undefined, text: string, message: string): Promise<boolean> {
    const file = { path: FILE, mode: '100644', type: 'blob', sha: await this.blob(text) }
    const tree = await this.#post(Sha, 'trees', { tree: [file] })
    const parents = tip === undefined ? [] : [tip.commit]
    const { sha } = await this.#post(Sha, 'commits', { message, tree: tree.sha, parents })
    return tip === undefined ? this.#create(sha) : this.#move(sha)
  }

  #create(sha: string): Promise<boolean> {
    return this.#won(`POST ${GIT}/refs`, { ...this.#home, ref: `refs/heads/${this.#branch}`, sha })
  }

  #move(sha: string): Promise<boolean> {
    return this.#won(`PATCH ${GIT}/refs/{ref}`, { ...this.#home, ref: `heads/${this.#branch}`, sha, force: false })
  }

  async #won(route: string, parameters: Readonly<Record<string, unknown>>): Promise<boolean> {
    try {
      await this.#api.ask(route, parameters, this.#asked(`append to the branch ${this.#branch}`))
      return true
    } catch (error) {
      const raced = v.is(v.object({ cause: v.object({ status: v.picklist([409, 422]), message: v.string() }) }), error)
      if (raced && /already exists|fast.forward/i.test(String(error))) return false
      throw v.is(Ruled, error) ? ruled(this.#branch, error) : error
    }
  }

  async #get<T extends v.GenericSchema>(schema: T, path: string, parameters: Readonly<Record<string, unknown>>) {
    const asked = this.#asked(`show the branch ${this.#branch}`)
    return understood(
      schema,
      await this.#api.ask(`GET ${GIT}/${path}`, { ...this.#home, ...parameters }, asked),
      `the branch ${this.#branch}`,
    )
  }

  async #post<T extends v.GenericSchema>(schema: T, path: string, body: Readonly<Record<string, unknown>>) {
    const asked = this.#asked(`append to the branch ${this.#branch}`)
    return understood(
      schema,
      await this.#api.ask(`POST ${GIT}/${path}`, { ...this.#home, ...body }, asked),
      `the branch ${this.#branch}`,
    )
  }

  #asked(doing: string): Asked {
    return { doing, permission: '"contents: write"', token: 'job-token' }
  }
}

function foreign(branch: string, what: string): ActionError {
  return new ActionError(`Input audit names the branch ${branch}, which is ${what}.`, {
    hint: `Name a branch that does not exist yet, or that holds nothing but ${FILE}, as branch:audit.`,
  })
}

function raced(branch: string): ActionError {
  return new ActionError(`Others have appended to the branch ${branch} ${ATTEMPTS} times while this run tried to.`, {
    hint: 'Let fewer runs append at the same time.',
  })
}

function ruled(branch: string, { message }: v.InferOutput<typeof Ruled>): ActionError {
  return new ActionError(message, {
    hint: `A rule protects ${branch}: let it block deletion and force pushes only, and neither the branch's creation nor updates by this workflow.`,
  })
}
