/** What the branch holds. The real action asks the API for all of it; here git is asked, and the API whether it may be read. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Failure, variable } from '../../action.ts'
import type { Api } from '../../api.ts'
import type { RawCommit } from './commits.ts'

/** A branch at one moment. */
export interface Source {
  readonly branch: string
  /** SHA. */
  readonly head: string
  /** undefined where there is no such file. */
  read(path: string): string | undefined
  /** Newest first. @param since the commit that is known already; undefined: all of the branch */
  commits(since: string | undefined): readonly RawCommit[]
  /** The commit of a tag that is on the branch. */
  tagged(tag: string): string | undefined
  /** All that are on the branch. */
  tags(): readonly string[]
}

interface Ref {
  readonly object: { readonly sha: string }
}

/** @throws Refusal where the token may not read @throws Failure where there is no such branch */
export async function readSource(api: Api, branch: string): Promise<Source> {
  const ref = await api.find<Ref>(`/git/ref/heads/${branch}`)
  if (ref === undefined) throw new Failure(`release-please failed: there is no branch '${branch}'.`)
  const head = ref.object.sha
  return {
    branch,
    head,
    read: (path) => git(['show', `${head}:${path}`]),
    commits(since) {
      const range = since === undefined ? head : `${since}..${head}`
      const log = git(['log', '-z', '--topo-order', '--format=%H%x01%B', range]) ?? ''
      return log.split('\0').flatMap((record) => {
        const [sha = '', message = ''] = record.split('\u0001')
        return sha === '' ? [] : [{ sha: sha.trim(), message: message.trim() }]
      })
    },
    tagged: (tag) => git(['rev-list', '-1', `refs/tags/${tag}`, '--'])?.trim() || undefined,
    tags: () => (git(['tag', '--merged', head]) ?? '').split('\n').filter((tag) => tag !== ''),
  }
}

/** @returns undefined where git does not find it */
function git(args: readonly string[]): string | undefined {
  const cwd = fileURLToPath(variable('REHEARSAL_ORIGIN'))
  const { status, stdout, error } = spawnSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  if (error) throw error
  return status === 0 ? stdout : undefined
}
