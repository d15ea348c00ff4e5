/** Refuses, while there is still somebody to read it, what the archive could not hold. */
import { ActionError } from '../../../src/errors.ts'
import { Layout } from '../archive/layout.ts'
import type { Entry } from './entry.ts'

/**
 * @param remedy what to change, as a whole sentence
 * @throws ActionError for paths that no snapshot can have, for two of one name, for links that lead outside
 */
export function checkLayout(entries: readonly Entry[], remedy: (entry: Entry) => string): void {
  const layout = new Layout()
  for (const entry of entries) {
    const { type, path } = entry
    const problem = type === 'link' ? layout.addLink(path, entry.target) : layout.add(path, type)
    if (problem !== undefined) throw new ActionError(problem, { hint: remedy(entry) })
  }
  const stray = layout.strayLink()
  if (stray !== undefined)
    throw new ActionError(stray, { hint: 'Exclude it with a line in paths that begins with "!".' })
}
