/** What stands on the disk, as an entry; or why it cannot be one. Links are never followed. */
import { accessSync, constants, type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { ActionError } from '../../../src/errors.ts'
import { shown } from '../archive/path.ts'
import { MANIFEST_FILE } from '../manifest.ts'
import type { Entry } from './entry.ts'
import { readInnerLink } from './links.ts'

const PERMISSIONS = 0o777

export const RENAME =
  'It could not be restored everywhere. Rename it, or exclude it with a line that begins with "!" ("?" stands for a character that cannot be written).'

/**
 * @param root the workspace, absolute, without links, with `/` at its end
 * @throws ActionError for what cannot be kept, or not be read
 */
export function entryAt(root: string, path: string, source: string): Entry {
  refuseName(path)
  const stats = lookAt(root, path)
  if (stats === undefined) throw vanished(path)
  const modifiedAt = Math.floor(stats.mtimeMs)
  const mode = stats.mode & PERMISSIONS
  if (stats.isSymbolicLink()) return { type: 'link', path, source, modifiedAt, target: readInnerLink(root, path) }
  if (stats.isDirectory()) return { type: 'directory', path, source, modifiedAt, mode }
  if (!stats.isFile()) throw unsupported(path, stats)
  requireReadable(root, path)
  return { type: 'file', path, source, modifiedAt, file: root + path, size: stats.size, mode }
}

/** undefined when there is nothing. */
export function lookAt(root: string, path: string): Stats | undefined {
  try {
    return lstatSync(root + path, { throwIfNoEntry: false })
  } catch (error) {
    throw unreadable(path, error)
  }
}

export function childrenOf(root: string, folder: string): readonly Dirent[] {
  try {
    return readdirSync(root + folder, { withFileTypes: true })
  } catch (error) {
    throw unreadable(folder, error)
  }
}

/** Now, and not only when dumps have run for an hour. */
function requireReadable(root: string, path: string): void {
  try {
    accessSync(root + path, constants.R_OK)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, cause: unknown): ActionError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  if (code === 'ENOENT') return vanished(path)
  const isDenied = code === 'EACCES' || code === 'EPERM'
  return new ActionError(
    `${shown(path)} cannot be read${isDenied ? ' by the user that runs the step' : ''} (${code}).`,
    {
      hint: isDenied
        ? `What a container has written often belongs to root. Give it to the step's user before this step (sudo chown -R "$(id -u)" …), or exclude it with the line "!${path}".`
        : `Exclude it with the line "!${path}", or find out what is wrong with it.`,
      cause,
    },
  )
}

function vanished(path: string): ActionError {
  return new ActionError(`${shown(path)} was removed while the workspace was read.`, {
    hint: `Let nothing write there meanwhile, or exclude it with the line "!${path}".`,
  })
}

function unsupported(path: string, stats: Stats): ActionError {
  const kind = stats.isSocket() ? 'a socket' : stats.isFIFO() ? 'a named pipe' : 'a device'
  return new ActionError(`${shown(path)} is ${kind}, which no snapshot can hold.`, {
    hint: `Exclude it with the line "!${path}".`,
  })
}

/** What the archive's own checks cannot know: names that are not what they seem, and the one that it needs itself. */
function refuseName(path: string): void {
  if (path.includes('\ufffd')) {
    throw new ActionError(`${shown(path)} has a name that is not UTF-8.`, { hint: RENAME })
  }
  if (path.toLowerCase() === MANIFEST_FILE) {
    throw new ActionError(`${shown(path)} has the name of the snapshot's own manifest.`, { hint: RENAME })
  }
}
