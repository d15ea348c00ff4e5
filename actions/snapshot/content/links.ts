/** Symbolic links: kept as they are when they stay inside, with everything that they lead through. */
import { isUtf8 } from 'node:buffer'
import { lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { ActionError } from '../../../src/errors.ts'
import { linkProblem } from '../archive/link.ts'
import { shown } from '../archive/path.ts'
import type { Entry } from './entry.ts'
import { listed } from './listed.ts'

/**
 * The target of a link of the workspace, as it is written.
 *
 * @param root the workspace, absolute, with `/` at its end
 * @throws ActionError when the link is absolute, or leaves the workspace by itself or through others
 */
export function readInnerLink(root: string, path: string): string {
  const bytes = readlinkSync(root + path, { encoding: 'buffer' })
  const target = bytes.toString()
  const problem = isUtf8(bytes)
    ? linkProblem(path, target, (there) => linkOnDisk(root + there))
    : `The link ${shown(path)} has a target that is not UTF-8.`
  if (problem === undefined) return target
  throw new ActionError(problem, {
    hint: `Exclude it with the line "!${path}", or let it lead to something in the workspace by a relative path (ln -sr).`,
  })
}

/** @returns one sentence about the links whose targets are not in the snapshot, if there are any */
export function looseLinks(root: string, entries: ReadonlyMap<string, Entry>): readonly string[] {
  const loose = [...entries.values()].filter(({ type, path }) => type === 'link' && !leadsTo(root, path, entries))
  if (loose.length === 0) return []
  return [`The targets of these links are not in the snapshot: ${listed(loose.map(({ path }) => path))}.`]
}

function leadsTo(root: string, path: string, entries: ReadonlyMap<string, Entry>): boolean {
  try {
    const real = `${realpathSync.native(root + path)}/`
    return real === root || entries.has(real.slice(root.length, -1))
  } catch {
    return false
  }
}

function linkOnDisk(file: string): string | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(file) : undefined
  } catch {
    return undefined // below a file, or where nobody may look
  }
}
