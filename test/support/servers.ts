/** Servers that stores are tested against: those from npm, installed once from their own lock file, and versitygw. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SOURCE = fileURLToPath(new URL('servers/', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/slipway/', import.meta.url))
const FILES = ['package.json', 'package-lock.json', '.npmrc', 's3rver.cjs', 'unused/package.json']
/** ms after which the lock of an install is that of one which was killed. */
const STALE = 10 * 60_000

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  /** What a client of it finds in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Ends it as a crash would. It is no error if it has ended. */
  kill(): Promise<void>
  /** Ends it and removes what it kept. */
  stop(): Promise<void>
}

/** @returns the folder that has the `node_modules` of test/support/servers; safe when several test files ask at once */
export async function installServers(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of FILES) hash.update(await readFile(join(SOURCE, file)))
  const folder = join(CACHE, `servers-${hash.digest('hex').slice(0, 12)}`)
  while (!existsSync(folder)) {
    await mkdir(CACHE, { recursive: true })
    const lock = `${folder}.lock`
    if (await take(lock)) await install(folder).finally(() => rm(lock, { recursive: true, force: true }))
    else await sleep(200)
  }
  return folder
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
    return true
  } catch {
    const found = await stat(lock).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > STALE) await rm(lock, { recursive: true, force: true })
    return false
  }
}

async function install(folder: string): Promise<void> {
  if (existsSync(folder)) return
  const staging = await mkdtemp(`${folder}-`)
  try {
    for (const file of FILES) await cp(join(SOURCE, file), join(staging, file))
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: staging })
    await rename(staging, folder)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

export interface S3Server extends Server {
  readonly bucket: string
}

/** Ignores conditional writes. Its bucket is `snapshots`; what it keeps survives `kill`. */
export async function startS3rver(data?: string): Promise<S3Server> {
  const folder = await installServers()
  const kept = data ?? (await newFolder())
  // Its continuation tokens are made with a cipher that OpenSSL has put aside.
  const args = ['--openssl-legacy-provider', join(folder, 's3rver.cjs'), kept, 'snapshots']
  const child = start(process.execPath, args)
  const [, port] = await lineOf(child, /listening on (\d+)/)
  return { ...server(child, kept, `http://127.0.0.1:${port}`, s3Env('S3RVER', 'S3RVER')), bucket: 'snapshots' }
}

export interface AzureServer extends Server {
  readonly account: string
  readonly key: string
}

/** The account and key that Azurite is known by; it has no containers yet. */
export async function startAzurite(): Promise<AzureServer> {
  const folder = await installServers()
  const kept = await newFolder()
  const main = join(folder, 'node_modules/azurite/dist/src/blob/main.js')
  const args = ['--blobHost', '127.0.0.1', '--blobPort', '0', '--location', kept, '--silent', '--disableTelemetry']
  const child = start(process.execPath, [main, ...args, '--skipApiVersionCheck'])
  const [, port] = await lineOf(child, /listens on http:\/\/127\.0\.0\.1:(\d+)/)
  const account = 'devstoreaccount1'
  const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
  const endpoint = `http://127.0.0.1:${port}/${account}`
  const parts = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${account}`,
    `AccountKey=${key}`,
    `BlobEndpoint=${endpoint}`,
  ]
  return { ...server(child, kept, endpoint, { AZURE_STORAGE_CONNECTION_STRING: parts.join(';') }), account, key }
}

/** The S3 gateway before a folder, with conditional writes. Its bucket is `snapshots`. */
export async function startVersitygw(binary: string): Promise<S3Server> {
  const kept = await newFolder()
  await mkdir(join(kept, 'data/snapshots'), { recursive: true })
  await mkdir(join(kept, 'meta'))
  const port = await freePort()
  const args = ['--port', `127.0.0.1:${port}`, '--access', 'gateway', '--secret', 'gateway-secret', '--quiet']
  const child = start(binary, [...args, 'posix', '--sidecar', join(kept, 'meta'), join(kept, 'data')])
  const endpoint = `http://127.0.0.1:${port}`
  await answering(endpoint, child)
  return { ...server(child, kept, endpoint, s3Env('gateway', 'gateway-secret')), bucket: 'snapshots' }
}

function s3Env(id: string, secret: string): Readonly<Record<string, string>> {
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }
}

function server(child: ChildProcess, kept: string, endpoint: string, env: Readonly<Record<string, string>>): Server {
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const stop = async () => {
    await kill()
    await rm(kept, { recursive: true, force: true })
  }
  return { endpoint, env, kill, stop }
}

function start(file: string, args: readonly string[]): ChildProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } })
  const end = () => child.kill('SIGKILL') // a server outlives no test worker
  process.once('exit', end)
  child.once('exit', () => process.removeListener('exit', end))
  return child
}

/** The first line that matches; the rest is read, and thrown away. */
async function lineOf(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  const lines: string[] = []
  return new Promise((resolve, reject) => {
    const look = (line: string) => {
      lines.push(line)
      const found = wanted.exec(line)
      if (found !== null) resolve(found)
    }
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', look)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`The server has ended:\n${lines.slice(-20).join('\n')}`)))
  })
}

async function answering(endpoint: string, child: ChildProcess): Promise<void> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error))
  const answers = async () => {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline && child.exitCode === null; await sleep(50)) {
      const answered = await fetch(endpoint).then(
        () => true,
        () => false,
      )
      if (answered) return
    }
    throw new Error(`Nothing answers at ${endpoint}.`)
  }
  await Promise.race([answers(), failed])
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'slipway-server-'))
}
