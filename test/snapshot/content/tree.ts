/** Real files in a temporary folder. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ActionError } from '../../../src/errors.ts'

/** Text of files by path; a path that ends with `/` is an empty folder, a text that begins with `→ ` is a link. */
export type Tree = Readonly<Record<string, string>>

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-content-'))
  chmodSync(folder, 0o755)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** @returns the folder, which is removed when the test ends */
export function plant(tree: Tree): string {
  const root = temporaryFolder()
  grow(root, tree)
  return root
}

export function grow(root: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    const file = join(root, path)
    mkdirSync(path.endsWith('/') ? file : dirname(file), { recursive: true })
    if (text.startsWith('→ ')) symlinkSync(text.slice(2), file)
    else if (!path.endsWith('/')) writeFileSync(file, text)
  }
}

/** What a user would read of the error that this ends with. */
export async function refusal(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('Nothing was refused.')
}
