/** Keys as the standard tools see them: in files that nobody else may read. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @param use gets a new folder with the files, which is gone afterwards */
export function withFiles<T>(files: Readonly<Record<string, string>>, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'rotate-secret-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @throws when the program fails, with what it printed to stderr */
export function runIn(folder: string, program: string, args: readonly string[], input = ''): string {
  return execFileSync(program, args, { cwd: folder, input, encoding: 'utf8', stdio: 'pipe' })
}
