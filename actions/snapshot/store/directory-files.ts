/** Writing files so that a crash, of the step or of the machine, leaves them whole or not there. */
import { createReadStream, createWriteStream } from 'node:fs'
import * as fs from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ActionError } from '../../../src/errors.ts'
import { codeOf } from './directory-explain.ts'
import type { LocalFile } from './objects.ts'

const CHUNK = 256 * 1024

/** Writes to a new file that only its owner may read, down to the disk. */
export async function write(path: string, content: LocalFile | Uint8Array, signal: AbortSignal): Promise<void> {
  const source =
    content instanceof Uint8Array
      ? Readable.from([content], { objectMode: false })
      : createReadStream(content.file, { highWaterMark: CHUNK })
  await pipeline(source, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true, highWaterMark: CHUNK }), {
    signal,
  })
}

/** @throws ActionError when the file has another size than it is said to have */
export async function requireSize(path: string, size: number): Promise<void> {
  const found = (await fs.stat(path)).size
  if (found === size) return
  throw new ActionError(`${basename(path)} has ${found} bytes, and should have ${size}: it has changed meanwhile.`)
}

export async function sync(path: string): Promise<void> {
  const handle = await fs.open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EISDIR'].includes(codeOf(error))) throw error // some shares cannot sync a folder
  } finally {
    await handle.close()
  }
}

/**
 * Moves a file within a file system, and never over another.
 *
 * @returns false when there is something of that name
 */
export async function moveOnce(from: string, to: string, link: typeof fs.link = fs.link): Promise<boolean> {
  try {
    await link(from, to)
    await fs.unlink(from)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error
    return moveClaimed(from, to)
  }
}

/**
 * For exFAT, SMB and FUSE, which have no hard links, and where a rename replaces what is there: creating a folder is the
 * one thing that only one of two can do. What a crash leaves of it blocks this one name, and is listed beside `from`.
 */
async function moveClaimed(from: string, to: string): Promise<boolean> {
  const claim = join(dirname(from), `${basename(to)}.claim`)
  try {
    await fs.mkdir(claim)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
  try {
    if (await exists(to)) return false
    await fs.rename(from, to)
    return true
  } finally {
    await fs.rmdir(claim)
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.lstat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
