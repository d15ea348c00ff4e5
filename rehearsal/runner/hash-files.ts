/** `hashFiles()`: one SHA-256 over the SHA-256 of each matching file of the workspace, empty when there is none. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const all = patterns.flatMap((pattern) => pattern.split('\n')).map((pattern) => pattern.trim())
  const wanted = all.filter((pattern) => pattern !== '' && !/^[!#]/.test(pattern))
  const unwanted = all.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  const files = globSync(wanted, { cwd: workspace, exclude: unwanted })
    .map((file) => join(workspace, file))
    .filter((file) => statSync(file).isFile())
    .sort()
  if (files.length === 0) return ''
  const total = createHash('sha256')
  for (const file of new Set(files)) total.update(createHash('sha256').update(readFileSync(file)).digest())
  return total.digest('hex')
}
