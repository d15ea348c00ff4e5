/** A real PostgreSQL server, as the rehearsal starts it for a service, with the client of its version. */
import { execFileSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { findPostgres, startPostgres as startServer } from '../../rehearsal/services/postgres.ts'
import { freePort } from './servers.ts'

export interface Postgres extends AsyncDisposable {
  /** PGHOST and the like, and the PATH on which client and server programs are of one version. */
  readonly env: Readonly<Record<string, string>>
  /** What psql prints for a query, its rows a line each. */
  query(database: string, sql: string): string
}

/** @throws Error that says what to install, where there is no server */
export async function startPostgres(): Promise<Postgres> {
  const [port, user, password, database] = [await freePort(), 'app', 'unused-but-secret', 'app']
  const server = await startServer({ user, password, database, port })
  const env = {
    PATH: [findPostgres(), process.env['PATH']].join(delimiter),
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  }
  return {
    env,
    query: (asked, sql) =>
      execFileSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', asked, '-c', sql], { env, encoding: 'utf8' }),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** Where it is not installed, tests may go without, except in CI. */
export function hasPostgres(): boolean {
  if (process.env['CI']) return true
  try {
    return findPostgres() !== ''
  } catch {
    console.warn('Left out, since there is no PostgreSQL server here.')
    return false
  }
}
