/** A real PostgreSQL server of the installed client's major version, in a folder of its own, on a free loopback port. */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Postgres extends AsyncDisposable {
  /** PGHOST and the like, and the PATH on which client and server programs are of one version. */
  readonly env: Readonly<Record<string, string>>
  /** What psql prints for a query, its rows a line each. */
  query(database: string, sql: string): string
}

/** @throws Error that says what to install, where there is no server */
export async function startPostgres(): Promise<Postgres> {
  const bin = findPrograms()
  const root = mkdtempSync(join(tmpdir(), 'slipway-postgres-'))
  const owner = serverUser()
  if (owner !== undefined) chownSync(root, owner.uid, owner.gid)
  const data = join(root, 'data')
  const port = await freePort()
  const settings = { ...owner, cwd: root, env: { PATH: `${bin}:${process.env['PATH']}`, LC_ALL: 'C.UTF-8' } }
  const initdb = ['--pgdata', data, '--auth=trust', '--username=app', '--encoding=UTF8', '--no-sync']
  execFileSync(join(bin, 'initdb'), initdb, { ...settings, stdio: 'pipe' })
  const args = ['-D', data, '-p', String(port), '-k', root, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
  const server = spawn(join(bin, 'postgres'), args, { ...settings, stdio: ['ignore', 'ignore', 'pipe'] })
  await ready(server)
  const env = {
    PATH: settings.env.PATH,
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: 'app',
    PGPASSWORD: 'unused-but-secret',
    PGDATABASE: 'app',
  }
  return {
    env,
    query: (database, sql) =>
      execFileSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql], { env, encoding: 'utf8' }),
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await gone
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Where it is not installed, tests may go without, except in CI. */
export function hasPostgres(): boolean {
  if (process.env['CI']) return true
  try {
    return findPrograms() !== ''
  } catch {
    console.warn('Left out, since there is no PostgreSQL server here.')
    return false
  }
}

function findPrograms(): string {
  const [, major = ''] = / (\d+)\./.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' })) ?? []
  const debian = `/usr/lib/postgresql/${major}/bin`
  const folders = [debian, ...(process.env['PATH'] ?? '').split(':')]
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
  if (found !== undefined) return found
  throw new Error(
    `No PostgreSQL ${major} server is installed beside its client: on Debian, "apt-get install postgresql".`,
  )
}

/** The server refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return address.port
}

function ready(server: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error(`PostgreSQL has ended:\n${log}`)))
  })
}
