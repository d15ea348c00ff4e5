/** Writes the report files, each as a whole: whoever reads one while it is written must not see half of it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ActionError } from '../../../src/errors.ts'

export interface ReportFile {
  /** As the input is called. */
  readonly input: string
  /** Relative to the workspace. */
  readonly path: string
  readonly content: string
}

/** @returns what could not be written and why; the verdict stands all the same */
export async function writeReports(files: readonly ReportFile[], workspace: string): Promise<readonly ActionError[]> {
  const problems = await Promise.all(files.map((file) => write(file, workspace)))
  return problems.filter((problem) => problem !== undefined)
}

async function write({ input, path, content }: ReportFile, workspace: string): Promise<ActionError | undefined> {
  const target = resolve(workspace, path)
  const draft = `${target}.${process.pid}.tmp`
  try {
    await mkdir(dirname(target), { recursive: true })
    await writeFile(draft, content)
    await rename(draft, target)
    return undefined
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {}) // what cannot be written often cannot be removed either
    return new ActionError(`The report ${path} (input ${input}) could not be written: ${reason(error)}.`, {
      hint: 'Give it a path in the workspace that no folder has and that the job may write to.',
      cause: error,
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'there is a folder of that name',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the path is too long',
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (code === '' ? String(error) : code)
}
