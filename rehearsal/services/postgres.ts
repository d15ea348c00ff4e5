/** This machine's PostgreSQL, in a folder of its own, in the place of the service image `postgres`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { RehearsalError } from '../errors.ts'

export interface PostgresOptions {
  readonly user: string
  readonly password: string
  readonly database: string
  /** On the loopback; undefined: reachable by nobody. */
  readonly port: number | undefined
}

export interface Postgres {
  /** `15.18` */
  readonly version: string
  /** What the server has logged so far. */
  readonly log: () => readonly string[]
  stop(): Promise<void>
}

/**
 * The newest server there is.
 * @throws RehearsalError that says what to install, where there is none
 */
export function findPostgres(): string {
  const packaged = globSync('/usr/lib/postgresql/*/bin').sort((a, b) => majorIn(b) - majorIn(a))
  const folders = [...packaged, ...(process.env['PATH'] ?? '').split(delimiter)]
  const found = folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))))
  if (found !== undefined) return found
  throw new RehearsalError(
    'The workflow has a PostgreSQL service, and this machine has no PostgreSQL server to stand in for it. Install one: "apt-get install postgresql" on Debian and Ubuntu, "brew install postgresql" on macOS.',
  )
}

/** @throws Error with the server's own words when it does not start */
export async function startPostgres({ user, password, database, port }: PostgresOptions): Promise<Postgres> {
  const bin = findPostgres()
  const root = mkdtempSync(join(tmpdir(), 'slipway-service-'))
  const owner = serverUser()
  if (owner !== undefined) chownSync(root, owner.uid, owner.gid)
  const settings = { ...owner, cwd: root, env: { PATH: `${bin}${delimiter}${process.env['PATH']}`, LC_ALL: 'C' } }
  const run = (program: string, args: readonly string[]) =>
    execFileSync(join(bin, program), [...args], { ...settings, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const folder = { root, data: join(root, 'data'), password: join(root, 'password') }
  let server: Server | undefined
  try {
    writeFileSync(folder.password, password, { mode: 0o644 })
    // As the image has it: whoever comes over the network needs the password.
    const auth = ['--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${folder.password}`]
    run('initdb', [`--pgdata=${folder.data}`, ...auth, `--username=${user}`, '--encoding=UTF8', '--no-sync'])
    const listen = ['-c', `listen_addresses=${port === undefined ? '' : '127.0.0.1'}`, '-p', `${port ?? 5432}`]
    const args = ['-D', folder.data, '-k', root, ...listen, '-c', 'fsync=off']
    // Its own process group: Ctrl-C in the terminal is for the rehearsal, which stops the server at the end of the job.
    server = watch(
      spawn(join(bin, 'postgres'), args, { ...settings, stdio: ['ignore', 'ignore', 'pipe'], detached: true }),
    )
    await server.ready
    if (database !== 'postgres') run('createdb', ['-h', root, '-p', `${port ?? 5432}`, '-U', user, '--', database])
    const version = /\d[\d.]*/.exec(run('postgres', ['--version']))?.[0] ?? ''
    return { version, log: server.log, stop: () => stop(server, root) }
  } catch (error) {
    await stop(server, root)
    throw error
  }
}

interface Server {
  readonly ready: Promise<void>
  readonly gone: Promise<void>
  readonly process: ChildProcess
  readonly log: () => readonly string[]
}

function watch(child: ChildProcess): Server {
  let log = ''
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('ready to accept connections')) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`PostgreSQL has ended:\n${log.trimEnd()}`)))
  })
  return { ready, gone, process: child, log: () => log.trimEnd().split('\n') }
}

/** SIGQUIT does not wait for clients that are still connected, and nothing has to be kept. */
async function stop(server: Server | undefined, root: string): Promise<void> {
  if (server !== undefined) {
    if (server.process.exitCode === null) server.process.kill('SIGQUIT')
    await server.gone
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
}

function majorIn(folder: string): number {
  return Number(/postgresql\/(\d+)/.exec(folder)?.[1] ?? 0)
}

/** The server refuses to run as root; its package has made a user for it. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
