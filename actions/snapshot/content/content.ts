/** Everything that goes into the snapshot, as one tree. */
import { ActionError } from '../../../src/errors.ts'
import { byPath } from '../archive/order.ts'
import { shown } from '../archive/path.ts'
import { checkLayout } from './check.ts'
import type { Entry } from './entry.ts'

const FOLDER_MODE = 0o755

/**
 * @param fromPaths sorted and checked, as `collectPaths` gives them
 * @returns all entries, sorted by path, with the parents of what commands have printed
 * @throws ActionError when there is nothing, or when two things want one place
 */
export function combine(fromPaths: readonly Entry[], fromCommands: readonly Entry[]): readonly Entry[] {
  if (fromPaths.length + fromCommands.length === 0) {
    throw new ActionError('There is nothing to take: neither paths nor commands names anything.', {
      hint: 'Give paths what to take from the workspace, as "dist", or commands a program whose output to keep, as "database.sql: pg_dump app".',
    })
  }
  if (fromCommands.length === 0) return fromPaths
  // What commands print comes last, so that it is named when it collides with a path.
  const entries = [...fromPaths, ...missingParents(fromPaths, fromCommands), ...fromCommands]
  checkLayout(entries, remedy)
  return entries.sort(byPath)
}

function remedy({ path, source }: Entry): string {
  return `Give the file of "${source}" another name than ${shown(path)}, or exclude what paths takes there.`
}

function missingParents(fromPaths: readonly Entry[], fromCommands: readonly Entry[]): readonly Entry[] {
  if (fromCommands.every(({ path }) => !path.includes('/'))) return []
  const known = new Set([...fromPaths, ...fromCommands].map(({ path }) => path))
  const missing = new Map<string, Entry>()
  for (const { path, source, modifiedAt } of fromCommands) {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const parent = path.slice(0, end)
      if (known.has(parent) || missing.has(parent)) continue
      missing.set(parent, { type: 'directory', path: parent, source, modifiedAt, mode: FOLDER_MODE })
    }
  }
  return [...missing.values()]
}
