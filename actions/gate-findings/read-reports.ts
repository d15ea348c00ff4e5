/** Reports from the disk, one after the other, so that only one is in memory as a whole. */
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ActionError, messageOf } from '../../src/errors.ts'
import { formatBytes } from '../../src/summary.ts'
import { parseReport, type Report } from './report.ts'
import { shown } from './show.ts'

/**
 * Bytes of one report. A whole operating system with all its packages is a few megabytes. One of this size takes 0.4 GB of
 * memory, and 1.7 GB where it is made to take as much as it can; Node has about 4.
 */
export const LARGEST = 100_000_000

/** @throws ActionError for a file that cannot be read, is too large, or is no report */
export async function readReports(files: readonly string[], workspace: string): Promise<readonly Report[]> {
  const reports: Report[] = []
  for (const file of files) reports.push(parseReport(file, await readBounded(file, resolve(workspace, file))))
  return reports
}

async function readBounded(file: string, path: string): Promise<string> {
  await using handle = await openReport(file, path)
  const { size } = await statReport(file, handle)
  const bytes = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    const { bytesRead } = await handle.read(bytes, length, size - length)
    if (bytesRead === 0) break // it was cut meanwhile, and is no whole JSON then
    length += bytesRead
  }
  return bytes.toString('utf8', 0, length)
}

async function openReport(file: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    const missing = Object(error).code === 'ENOENT'
    throw new ActionError(
      missing ? `There is no report ${shown(file)}.` : `The report ${shown(file)} cannot be read: ${messageOf(error)}.`,
      {
        hint: missing
          ? 'Check that the step with the scan has run before this one, and that its --output is this path; a relative one begins at the root of the workspace.'
          : 'Make the file readable for this job.',
        cause: error,
      },
    )
  }
}

async function statReport(file: string, handle: FileHandle): Promise<{ readonly size: number }> {
  const stats = await handle.stat()
  if (!stats.isFile()) {
    throw new ActionError(`The report ${shown(file)} is no file.`, {
      hint: 'Give reports the paths of files, one a line.',
    })
  }
  if (stats.size <= LARGEST) return stats
  throw new ActionError(
    `The report ${shown(file)} has ${formatBytes(stats.size)}, and at most ${formatBytes(LARGEST)} are read.`,
    {
      hint: 'Scan less at once (--skip-dirs, --scanners), leave out what is not gated (--severity), or add --list-all-pkgs=false.',
    },
  )
}
