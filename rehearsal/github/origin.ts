/**
 * The bare git repository behind the embedded GitHub: what is written through the API is there for `git fetch`, and what
 * was pushed can be read through the API. Synchronous, as everything that the embedded GitHub remembers is.
 */
import { spawnSync } from 'node:child_process'
import { gitEnvironment } from '../runner/git.ts'

export type ObjectType = 'blob' | 'tree' | 'commit'

export interface GitObject {
  readonly type: string
  readonly content: Buffer
}

/** Bytes; more than any file of a rehearsed repository. */
const MOST = 256 * 1024 * 1024

export class Origin {
  readonly #folder: string

  /** @param folder of the bare repository */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** @returns undefined when there is no such object */
  read(sha: string): GitObject | undefined {
    const { stdout } = this.#git(['cat-file', '--batch'], Buffer.from(`${sha}\n`))
    const end = stdout.indexOf('\n')
    const [, type = 'missing', size = '0'] = stdout.subarray(0, end).toString().split(' ')
    if (type === 'missing' || type === 'ambiguous') return undefined
    return { type, content: stdout.subarray(end + 1, end + 1 + Number(size)) }
  }

  /** @throws Error with what git says */
  write(type: ObjectType, content: Buffer): void {
    const { status, stderr } = this.#git(['hash-object', '-w', '-t', type, '--stdin'], content)
    if (status !== 0) throw new Error(`Git does not take the ${type}: ${stderr}`)
  }

  /**
   * Nothing for a commit that git does not have: one that the embedded GitHub only imagines, as its merge for a deployment.
   * @param name without `refs/`
   */
  setRef(name: string, sha: string): void {
    if (this.read(sha) === undefined) return
    const { status, stderr } = this.#git(['update-ref', `refs/${name}`, sha])
    if (status !== 0) throw new Error(`Git does not move ${name}: ${stderr}`)
  }

  #git(args: readonly string[], input?: Buffer) {
    const { error, ...result } = spawnSync('git', args, {
      cwd: this.#folder,
      env: gitEnvironment(),
      maxBuffer: MOST,
      ...(input && { input }),
    })
    if (error) throw error
    return result
  }
}
