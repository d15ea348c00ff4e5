/** Files while they are taken into a snapshot: each is read once, and has to stay what it was when it was found. */
import { createHash, hash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { ActionError, messageOf } from '../../../src/errors.ts'
import type { FileEntry } from '../content/entry.ts'
import type { Blocks } from './blocks.ts'
import { shown } from './path.ts'

/** Not through a link that took the file's place, and without waiting for the other end of a pipe that did. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Appends the content. Reading waits for nothing but the disk, which takes less time than to ask another thread for it.
 *
 * @returns the SHA-256
 * @throws ActionError that names the file when it has changed, vanished or cannot be read
 */
export async function appendFile(entry: FileEntry, blocks: Blocks): Promise<Buffer> {
  const descriptor = openFile(entry)
  try {
    const before = fstatSync(descriptor)
    if (!before.isFile()) throw new ActionError(`${named(entry)} is no file any more.`, { hint: QUIET })
    if (before.size !== entry.size) throw changed(entry)
    const digest = await appendContent(entry, descriptor, blocks)
    const after = fstatSync(descriptor)
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw changed(entry)
    return digest
  } finally {
    closeSync(descriptor)
  }
}

async function appendContent(entry: FileEntry, descriptor: number, blocks: Blocks): Promise<Buffer> {
  const room = await blocks.room()
  if (entry.size <= room.length) {
    const content = room.subarray(0, entry.size)
    readFully(entry, descriptor, content)
    blocks.advance(entry.size)
    return hash('sha256', content, 'buffer') // half the time of an object that is made for a few bytes
  }
  const sum = createHash('sha256')
  for (let left = entry.size; left > 0; ) {
    const content = (await blocks.room()).subarray(0, left)
    readFully(entry, descriptor, content)
    sum.update(content)
    blocks.advance(content.length)
    left -= content.length
  }
  return sum.digest()
}

const QUIET =
  'Nothing may write to the paths while a snapshot is made. A database is captured by a command that dumps it.'

function openFile(entry: FileEntry): number {
  try {
    return openSync(entry.file, FLAGS)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') {
      throw new ActionError(`${named(entry)} has vanished while the snapshot was made.`, { hint: QUIET, cause })
    }
    if (code === 'ELOOP') {
      throw new ActionError(`${named(entry)} has become a link while the snapshot was made.`, { hint: QUIET, cause })
    }
    throw unreadable(entry, cause)
  }
}

function readFully(entry: FileEntry, descriptor: number, into: Buffer): void {
  for (let at = 0; at < into.length; ) {
    const count = read(entry, descriptor, into.subarray(at))
    if (count === 0) throw changed(entry)
    at += count
  }
}

function read(entry: FileEntry, descriptor: number, into: Buffer): number {
  try {
    return readSync(descriptor, into, 0, into.length, null)
  } catch (cause) {
    throw unreadable(entry, cause)
  }
}

function unreadable(entry: FileEntry, cause: unknown): ActionError {
  return new ActionError(`${named(entry)} cannot be read: ${messageOf(cause)}.`, { cause })
}

function changed(entry: FileEntry): ActionError {
  return new ActionError(`${named(entry)} has changed while the snapshot was made.`, { hint: QUIET })
}

function named(entry: FileEntry): string {
  return `The file ${shown(entry.path)}`
}
