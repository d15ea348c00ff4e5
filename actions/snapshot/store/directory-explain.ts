/** What the file system's refusals mean for a person. */
import { ActionError, messageOf } from '../../../src/errors.ts'

const REMEDIES: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  ENOSPC: ['its disk is full', 'Free space there, or shorten what prune keeps.'],
  EDQUOT: ['the quota of its owner is used up', 'Free space there, raise the quota, or shorten what prune keeps.'],
  EFBIG: ['its file system holds no file of that size', 'Use a file system without that limit: FAT ends at 4 GiB.'],
  EACCES: ['the user of this step may not', 'Give the user that the runner runs as read and write access to it.'],
  EPERM: ['it is not permitted', 'Give the user that the runner runs as read and write access to it.'],
  EROFS: ['it is mounted read-only', 'Mount it with write access.'],
  ENOENT: ['it is not there', 'Create the folder once, or mount what holds it before this step.'],
  ENOTDIR: ['a part of its path is a file', 'Check the path in the input store.'],
  ENAMETOOLONG: ['the path is too long for its file system', 'Use a shorter path or series.'],
  EIO: ['its disk or its network failed', 'Check the disk, or the share behind the mount.'],
  ESTALE: ['the share behind the mount has gone', 'Mount it again.'],
  ENOTCONN: ['the share behind the mount is not connected', 'Mount it again.'],
  ELOOP: ['its symbolic links lead in a circle', 'Check the path in the input store.'],
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** @param what as `a-1.json could not be written to the folder /mnt/backup/production` */
export function explain(error: unknown, what: string): unknown {
  if (error instanceof ActionError) return error
  const code = codeOf(error)
  if (code === '' || code === 'ABORT_ERR') return error // a bug, or the signal
  const [why, hint] = REMEDIES[code] ?? [messageOf(error), '']
  return new ActionError(`${what}: ${why} (${code}).`, { hint, cause: error })
}
