/** The real wrangler for tests: the copy that `deploy-pages` ships, installed once from its own lock file. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SHIPPED = join(ROOT, 'actions/deploy-pages/assets/wrangler')
const BIN = 'node_modules/wrangler/bin/wrangler.js'

/** Keyed by the lock file, so that another wrangler is another folder. Safe when several test files call it at once. */
export async function installWrangler(): Promise<{ readonly bin: string }> {
  const lock = await readFile(join(SHIPPED, 'package-lock.json'))
  const key = createHash('sha256').update(lock).digest('hex').slice(0, 12)
  const folder = join(ROOT, 'node_modules/.cache/slipway', `wrangler-test-${key}`)
  if (!existsSync(join(folder, BIN))) await install(folder)
  return { bin: join(folder, BIN) }
}

async function install(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const staging = await mkdtemp(`${folder}-`)
  try {
    await cp(SHIPPED, staging, { recursive: true })
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: staging })
    await rename(staging, folder)
  } catch (error) {
    // Another test file may have been faster and left the same thing there.
    if (!existsSync(join(folder, BIN))) throw error
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

export interface WranglerRun {
  readonly exitCode: number | null
  readonly output: string
  /** The records of `WRANGLER_OUTPUT_FILE_PATH`, parsed line by line. */
  readonly records: readonly { readonly type: string; readonly [field: string]: unknown }[]
}

/** Runs wrangler to its end, with a home of its own and nothing of the caller's environment but PATH. */
export async function runWrangler(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly stdin?: string },
): Promise<WranglerRun> {
  const { bin } = await installWrangler()
  const home = await mkdtemp(join(tmpdir(), 'wrangler-home-'))
  try {
    const recordsFile = join(home, 'records.ndjson')
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_OUTPUT_FILE_PATH: recordsFile,
      // wrangler remembers account and project in the working directory, also for the next run.
      WRANGLER_CACHE_DIR: join(home, 'cache'),
      ...options.env,
    }
    const child = spawn(process.execPath, [bin, ...args], { cwd: options.cwd, env, stdio: 'pipe' })
    // It may end without having read what it is given.
    child.stdin.on('error', () => {}).end(options.stdin)
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
    const lines = (await readFile(recordsFile, 'utf8').catch(() => '')).split('\n').filter(Boolean)
    return { exitCode, output: stdout + stderr, records: lines.map((line) => JSON.parse(line)) }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
