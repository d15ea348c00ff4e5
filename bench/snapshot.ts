import { spawn } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import * as v from 'valibot'
import { root } from '../scripts/actions.ts'
import { interleave, type Timing } from './measure.ts'
import type { Figure } from './run.ts'

const TREE = 2_000_000_000
const ROUNDS = 3
const RATIO_AIM = 0.7
const MEMORY_AIM = 150

/**
 * Writing the archive of a tree of 2 GB and reading it back for its digest, plain and encrypted, beside
 * `tar | zstd -3` of the same tree. Each is a process of its own, and its start counts.
 */
export async function measureSnapshot(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  try {
    await plantTree(join(folder, 'tree'))
    const recipient = await identityToRecipient(await generateX25519Identity())
    const peaks: Record<'plain' | 'encrypted', number[]> = { plain: [], encrypted: [] }
    const timings = await interleave(ROUNDS, {
      tar: () => tarAndZstd(folder),
      plain: async () => void peaks.plain.push(await snapshot(folder, 'plain.tar.zst', [])),
      encrypted: async () => void peaks.encrypted.push(await snapshot(folder, 'encrypted.tar.zst.age', [recipient])),
    })
    return [
      speed('plain', timings.tar, timings.plain, RATIO_AIM),
      speed('encrypted', timings.tar, timings.encrypted, undefined),
      memory('plain', peaks.plain),
      memory('encrypted', peaks.encrypted),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function speed(which: string, tar: Timing, own: Timing, aim: number | undefined): Figure {
  const ratio = tar.median / own.median
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
  return {
    what: `snapshot, ${which}, of 2 GB: speed of writing and reading back against \`tar | zstd -3\``,
    measured: `${ratio.toFixed(2)} × (${seconds(own.median)} and ${seconds(tar.median)})`,
    aim: aim === undefined ? 'given' : `at least ${aim} ×`,
    met: aim === undefined || ratio >= aim,
  }
}

function memory(which: string, peaks: readonly number[]): Figure {
  const peak = Math.max(...peaks)
  return {
    what: `snapshot, ${which}, of 2 GB: peak memory`,
    measured: `${peak.toFixed(0)} MB`,
    aim: `under ${MEMORY_AIM} MB`,
    met: peak < MEMORY_AIM,
  }
}

/** Files of 1 kB to 50 MB, most of them small, most of the bytes in large ones; seven in ten are text, the others noise. */
async function plantTree(folder: string): Promise<void> {
  const below = random()
  const text = Buffer.from(prose(below, 64_000_000))
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(64_000_000))
  let total = 0
  for (let number = 0; total < TREE; number += 1) {
    const size = Math.min(sizeOf(below), TREE - total)
    const pool = below(10) < 7 ? text : noise
    const start = below(pool.length - size)
    const parent = join(folder, `part-${number % 50}`, `${number % 7}`)
    await mkdir(parent, { recursive: true })
    await writeFile(join(parent, `file-${number}`), pool.subarray(start, start + size))
    total += size
  }
}

function sizeOf(below: (limit: number) => number): number {
  const kind = below(1000)
  if (kind < 600) return 1000 + below(20_000)
  if (kind < 950) return 20_000 + below(480_000)
  return kind < 995 ? 500_000 + below(4_500_000) : 5_000_000 + below(45_000_000)
}

/** Words that repeat as they do in text and code: zstd makes about a third of it. */
function prose(below: (limit: number) => number, length: number): string {
  const letters = 'etaoinshrdlucmfwypvbgkqjxz'
  const word = () => Array.from({ length: 2 + below(9) }, () => letters[Math.min(below(26), below(26))]).join('')
  const words = Array.from({ length: 4000 }, word)
  const lines: string[] = []
  for (let total = 0; total < length; ) {
    const line = Array.from({ length: 10 }, () => words[Math.min(below(4000), below(4000))]).join(' ')
    lines.push(line)
    total += line.length + 1
  }
  return lines.join('\n').slice(0, length)
}

/** Whole numbers below a limit, the same each time. */
function random(): (limit: number) => number {
  let state = 42
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

function tarAndZstd(folder: string): Promise<void> {
  const pipe = 'set -o pipefail; tar --create --directory tree . | zstd -q -3 > tar.zst'
  return finished(folder, 'bash', ['-c', pipe], {})
}

/** @returns the peak of its memory, in megabytes */
async function snapshot(folder: string, file: string, recipients: readonly string[]): Promise<number> {
  await rm(join(folder, file), { force: true })
  const env = {
    FILE: file,
    RECIPIENTS: JSON.stringify(recipients),
    ARCHIVE: `${root}build/actions/snapshot/archive`,
  }
  await finished(folder, process.execPath, ['--input-type=module', '--eval', CHILD], env)
  return v.parse(v.number(), JSON.parse(await readFile(join(folder, 'peak'), 'utf8')))
}

async function finished(
  cwd: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const stdio = ['ignore', 'ignore', 'inherit'] as const
  const child = spawn(program, args, { cwd, stdio: [...stdio], env: { PATH: process.env['PATH'], ...env } })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ended with exit code ${code}.`)
}

/** What `npm run build` has compiled: to strip types takes 25 MB by itself. Looks through the tree, writes the archive, reads it back, and says how much memory that took. */
const CHILD = `
  import { createHash } from 'node:crypto'
  import { createReadStream, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
  const { keepYoungSpaceSmall } = await import(process.env.ARCHIVE + '/memory.js')
  const { writeArchive } = await import(process.env.ARCHIVE + '/write.js')
  keepYoungSpaceSmall()
  const entries = []
  const look = (prefix) => {
    for (const name of readdirSync('tree/' + prefix)) {
      const stats = lstatSync('tree/' + prefix + name)
      const common = { path: prefix + name, source: 'path: **', modifiedAt: stats.mtimeMs, mode: stats.mode & 0o777 }
      if (stats.isDirectory()) entries.push({ ...common, type: 'directory' })
      else entries.push({ ...common, type: 'file', file: process.cwd() + '/tree/' + prefix + name, size: stats.size })
      if (stats.isDirectory()) look(prefix + name + '/')
    }
  }
  look('')
  const head = {
    format: 1, id: 'bench-20261127T021700123Z-1f3a5c7', series: 'bench', reason: 'manual',
    created_at: '2026-11-27T02:17:00.123Z', commit: '1f3a5c7'.padEnd(40, '0'), ref: '',
    run: { repository: '', id: 0, attempt: 0 }, deployment_id: null, metadata: {}, made_by: 'bench',
  }
  const { FILE: file, RECIPIENTS } = process.env
  const signal = new AbortController().signal
  const { digest } = await writeArchive(entries, { file, head, level: 3, recipients: JSON.parse(RECIPIENTS), signal })
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) hash.update(chunk)
  if ('sha256:' + hash.digest('hex') !== digest) throw new Error('The archive is not what was written.')
  // Not maxRSS, which begins with what the parent process had when it started this one.
  const peak = readFileSync('/proc/self/status', 'utf8').match(/^VmHWM:\\s+(\\d+) kB$/m)[1]
  writeFileSync('peak', String(peak / 1024))
`
