/** The trail: one JSON line for each run that has changed something, or failed to. Never a value. */
import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ActionError, messageOf } from '../../src/errors.ts'
import type { Verdict } from './verdicts.ts'

/** Who, what, when, which run, where, and what came of it. */
export interface AuditLine {
  readonly at: string
  readonly action: 'rotate-secret'
  readonly name: string
  readonly result: 'rotated' | 'resumed' | 'retired' | 'failed'
  /** `age`, `force`, `missing`, `pending`, `grace`. */
  readonly reason: string
  readonly actor: string
  readonly event: string
  readonly repository: string
  readonly run_id: number
  readonly run_attempt: number
  readonly run_url: string
  readonly targets: readonly Verdict[]
  readonly previous_until: string | null
  readonly due_at: string | null
  readonly error: string | null
}

export interface Trail {
  /** As reports name it. */
  readonly place: string
  /** Shows that a line can be appended, as far as that is possible without one. @throws ActionError */
  prepare(): Promise<void>
  /** @throws ActionError; the signal's reason */
  append(line: AuditLine): Promise<void>
}

/** A file of the workspace, which a later step keeps. @param path relative to the workspace, or absolute */
export function fileTrail(path: string, workspace: string): Trail {
  const file = resolve(workspace, path)
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (cause) {
      throw new ActionError(`The trail cannot be written to ${path}: ${messageOf(cause)}.`, {
        hint: 'Give input audit a file that this job may write.',
        cause,
      })
    }
  }
  const add = (text: string) =>
    attempt(async () => {
      const handle = await open(file, 'a')
      try {
        await handle.appendFile(text)
      } finally {
        await handle.close()
      }
    })
  return {
    place: path,
    async prepare() {
      await attempt(async () => void (await mkdir(dirname(file), { recursive: true })))
      await add('')
    },
    append: (line) => add(`${JSON.stringify(line)}\n`),
  }
}
