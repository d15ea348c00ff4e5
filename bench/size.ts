import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { root } from '../scripts/actions.ts'
import type { Figure } from './run.ts'

const AIM = 1_500_000

/** What a runner downloads for each job that uses the pack: the archive of the commit, gzipped. */
export async function measureSize(): Promise<readonly Figure[]> {
  const { stdout } = await promisify(execFile)('git', ['archive', 'HEAD'], {
    cwd: root,
    encoding: 'buffer',
    maxBuffer: 1024 ** 3,
  })
  const bytes = (await promisify(gzip)(stdout)).length
  const measured = `${(bytes / 1_000_000).toFixed(2)} MB`
  return [{ what: '`git archive HEAD`, gzipped', measured, aim: 'under 1.5 MB', met: bytes < AIM }]
}
