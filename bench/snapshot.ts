import { spawn } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { readManifest } from '../scripts/action-yml.ts'
import { root } from '../scripts/actions.ts'
import { interleave, type Timing } from './measure.ts'
import type { Figure } from './run.ts'

const TREE = 2_000_000_000
const ROUNDS = 3
const RATIO_AIM = 0.7
const MEMORY_AIM = 150

/**
 * The step that makes a snapshot of a tree of 2 GB in a folder, read back, plain and encrypted, beside `tar | zstd -3` of the
 * same tree; and the one that restores it, beside `zstd -d | tar x`. Each is a process of its own, and its start counts.
 */
export async function measureSnapshot(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'))
  try {
    await plantTree(join(folder, 'tree'))
    const recipient = await identityToRecipient(await generateX25519Identity())
    const peaks = { plain: [0], encrypted: [0], restore: [0] }
    const timings = await interleave(ROUNDS, {
      tar: () => tarAndZstd(folder),
      plain: async () => void peaks.plain.push(await step(folder, 'plain', {})),
      encrypted: async () => void peaks.encrypted.push(await step(folder, 'encrypted', { recipients: recipient })),
      untar: () => unzstdAndTar(folder),
      restore: async () =>
        void peaks.restore.push(await step(folder, 'plain', { operation: 'restore', target: 'restored' })),
    })
    const made = 'speed of making and reading back against `tar | zstd -3`'
    return [
      speed(`snapshot, plain, of 2 GB: ${made}`, timings.tar, timings.plain, RATIO_AIM),
      speed(`snapshot, encrypted, of 2 GB: ${made}`, timings.tar, timings.encrypted, undefined),
      speed('snapshot, restore of 2 GB: speed against `zstd -d | tar x`', timings.untar, timings.restore, undefined),
      ...(['plain', 'encrypted', 'restore'] as const).map((which) => memory(which, peaks[which])),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function speed(what: string, tar: Timing, own: Timing, aim: number | undefined): Figure {
  const ratio = tar.median / own.median
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`
  return {
    what,
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

async function unzstdAndTar(folder: string): Promise<void> {
  await rm(join(folder, 'untarred'), { recursive: true, force: true })
  await mkdir(join(folder, 'untarred'))
  const pipe = 'set -o pipefail; zstd -q -d --stdout tar.zst | tar --extract --directory untarred'
  await finished(folder, 'bash', ['-c', pipe], {})
}

/** The committed bundle as a step runs it, with a folder as its store. @returns the peak of its memory, in megabytes */
async function step(folder: string, name: string, given: Readonly<Record<string, string>>): Promise<number> {
  const peak = join(folder, 'peak')
  const report = `import { readFileSync, writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(peak)}, readFileSync('/proc/self/status')))`
  const args = ['--import', `data:text/javascript,${encodeURIComponent(report)}`, `${root}dist/snapshot/index.js`]
  const fresh = given['operation'] === undefined
  if (fresh) await rm(join(folder, 'store', name), { recursive: true, force: true })
  await rm(join(folder, 'restored'), { recursive: true, force: true })
  await mkdir(join(folder, 'store'), { recursive: true })
  await finished(folder, process.execPath, args, { ...(await environment(folder)), ...inputs(folder, name, given) })
  // Not maxRSS, which begins with what the parent process had when it started this one.
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(peak, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

function inputs(folder: string, series: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const declared = Object.entries(readManifest('snapshot').inputs)
  const defaults = declared.map(([name, input]): readonly [string, string] => [name, input.default ?? ''])
  const own = { series, store: `directory:${join(folder, 'store')}`, 'github-token': 'bench-token', paths: 'tree' }
  const all = Object.entries({ ...Object.fromEntries(defaults), ...own, ...given })
  return Object.fromEntries(all.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
}

async function environment(folder: string): Promise<Record<string, string>> {
  await writeFile(join(folder, 'event.json'), '{}')
  return {
    GITHUB_WORKSPACE: folder,
    RUNNER_TEMP: folder,
    GITHUB_REPOSITORY: 'octo-org/site',
    GITHUB_SHA: '1f3a5c7e9b2d4f6a8c0e1f3a5c7e9b2d4f6a8c0e',
    GITHUB_EVENT_NAME: 'push',
    GITHUB_EVENT_PATH: join(folder, 'event.json'),
    GITHUB_RUN_ID: '1',
    GITHUB_JOB: 'bench',
  }
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
