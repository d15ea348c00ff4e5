/** Services of a job: this machine's PostgreSQL stands in for the image, and no other image is taken. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { WorkflowError } from '../../rehearsal/errors.ts'
import { hasPostgres } from '../support/postgres.ts'
import { jobOf, names, printed, rehearseText, step } from '../support/rehearse.ts'

// Temporary files of this test alone, so that it can be seen that none is left; the server runs as another user.
const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'))
chmodSync(folder, 0o755)
vi.stubEnv('TMPDIR', folder)
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const service = (ports: string, env = 'POSTGRES_USER: app, POSTGRES_PASSWORD: not-so-secret, POSTGRES_DB: shop') =>
  `services: { postgres: { image: 'postgres:17', env: { ${env} }, ports: ${ports}, options: --health-cmd pg_isready } }`

/** The port that was found free. */
const given = `\${{ job.services.postgres.ports['5432'] }}`

const query = (port: string, password = 'not-so-secret') => `
- name: Ask
  env: { PGPORT: "${port}", PGPASSWORD: ${password} }
  run: |
    psql -h 127.0.0.1 -U app -d shop -XAtc "select current_user, current_database(), 6 * 7" 2>&1
`

const problemsOf = async (services: string) => {
  const error = await rehearseText(jobOf(`- run: 'true'`, services)).catch((reason: unknown) => reason)
  if (!(error instanceof WorkflowError)) throw new Error(`Not refused: ${error}`)
  return error.problems.map(({ message }) => message)
}

describe.skipIf(!hasPostgres())('a PostgreSQL service', () => {
  test('listens on a free port, takes the password only, and is gone when the job is over', async () => {
    const port = given
    const context = `
- name: Look
  env: { SERVICES: '\${{ toJSON(job.services) }}', PORT: "${port}" }
  run: |
    echo "$PORT"
    echo "$SERVICES"
`
    const wrong = query(port, 'guessed').replace('Ask', 'Guess').replace('env:', 'continue-on-error: true\n  env:')
    const report = await rehearseText(jobOf(`${query(port)}${wrong}${context}`, service('[5432]')))
    expect(names(report)).toEqual(['Initialize containers', 'Ask', 'Guess', 'Look', 'Stop containers'])
    expect(printed(report, 'Ask')).toEqual(['app|shop|42'])
    expect(step(report, 'Guess').outcome).toBe('failure')
    expect(printed(report, 'Guess').join()).toContain('password authentication failed for user "app"')
    const [shown = '', ...services] = printed(report, 'Look')
    expect(JSON.parse(services.join('\n'))).toEqual({
      postgres: {
        id: expect.stringMatching(/^[0-9a-f]{64}$/),
        network: expect.stringMatching(/^github_network_[0-9a-f]{32}$/),
        ports: { 5432: shown },
      },
    })
    expect(step(report, 'Initialize containers').log).toEqual([
      expect.stringMatching(/^postgres: this machine's PostgreSQL \d+\.\d+ stands in for the image postgres:17\.$/),
      `postgres: port ${shown} of this machine is its 5432.`,
    ])
    expect(step(report, 'Stop containers').log.join()).toContain('password authentication failed for user "app"')
    expect(() => execFileSync('pg_isready', ['-h', '127.0.0.1', '-p', shown])).toThrow()
    expect(readdirSync(folder).filter((name) => name.startsWith('slipway-service-'))).toEqual([])
  })

  test('listens on the port that it is given, and on none at all', async () => {
    const free = await freePort()
    const report = await rehearseText(jobOf(query(`${free}`), service(`['${free}:5432']`)))
    expect(printed(report, 'Ask')).toEqual(['app|shop|42'])
    const closed = await rehearseText(jobOf(query('5432'), service('[]')))
    expect(closed.result).toBe('failure')
    expect(step(closed, 'Initialize containers').log.at(-1)).toBe('postgres has no port on this machine.')
  })

  test('fails the job before its steps when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = address === null || typeof address === 'string' ? 0 : address.port
    const report = await rehearseText(jobOf(query(`${port}`), service(`['${port}:5432']`)))
    taken.close()
    expect(report.result).toBe('failure')
    expect(names(report)).toEqual(['Initialize containers', 'Stop containers'])
    expect(step(report, 'Initialize containers').annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^Port \d+ of this machine cannot be given to the service 'postgres' \(.*EADDRINUSE.*\)\. Stop what listens there, or ask for "5432" alone/,
      ),
    ])
  })

  test('does not start without a password, as the image does not', async () => {
    const report = await rehearseText(jobOf(query('1'), service('[5432]', 'POSTGRES_USER: app')))
    expect(report.result).toBe('failure')
    expect(step(report, 'Initialize containers').log.join()).toContain('has no POSTGRES_PASSWORD')
  })

  test('is stopped when a step fails and when the run is cancelled', async () => {
    const failing = await rehearseText(jobOf(`- run: 'exit 1'`, service('[5432]')))
    expect([failing.result, names(failing).at(-1)]).toEqual(['failure', 'Stop containers'])
    const steps = `- { name: First, run: 'true' }\n- { name: Second, run: 'true' }`
    const cancelled = await rehearseText(jobOf(steps, service('[5432]')), { cancelAfter: 'First' })
    expect([cancelled.result, names(cancelled).at(-1)]).toEqual(['cancelled', 'Stop containers'])
    expect(readdirSync(folder).filter((name) => name.startsWith('slipway-service-'))).toEqual([])
  })

  test('reads expressions in its env, secrets included', async () => {
    const env = `POSTGRES_USER: app, POSTGRES_DB: shop, POSTGRES_PASSWORD: '\${{ secrets.DB_PASSWORD }}'`
    const steps = query(given, `'\${{ secrets.DB_PASSWORD }}'`)
    const report = await rehearseText(jobOf(steps, service('[5432]', env)), { secrets: { DB_PASSWORD: 'a-b-c-1-2-3' } })
    expect(printed(report, 'Ask')).toEqual(['app|shop|42'])
    expect(JSON.stringify(report)).not.toContain('a-b-c-1-2-3')
  })
})

describe('before anything runs', () => {
  test('every other image is refused by its name', async () => {
    const images = ['redis:8', 'postgis/postgis:17', 'ghcr.io/someone/postgres:17', `\${{ vars.IMAGE }}`]
    for (const image of images) {
      const [problem = ''] = await problemsOf(`services: { other: { image: '${image}' } }`)
      expect(problem).toMatch(
        /^The service 'other' is not rehearsed: its image is '.+', and rehearsed is only postgres\.$/,
      )
    }
    expect(await problemsOf('services: { cache: redis }')).toEqual([
      "The service 'cache' is not rehearsed: its image is 'redis', and rehearsed is only postgres.",
    ])
  })

  test('the names of the image that mean the same are taken', async () => {
    const digest = `sha256:${'0'.repeat(64)}`
    for (const image of ['postgres', 'docker.io/library/postgres:17-alpine', `postgres:17@${digest}`]) {
      const services = `services: { db: { image: '${image}', volumes: [] } }`
      expect(await problemsOf(services)).toEqual(["'volumes' of the service 'db' is not rehearsed."])
    }
  })

  test('what it would leave out is named', async () => {
    expect(
      await problemsOf(`services:
  db:
    image: postgres
    env: { POSTGRES_PASSWORD: x, PGDATA: /elsewhere }
    ports: [5432, 5433]
    credentials: { username: a, password: b }`),
    ).toEqual([
      "'credentials' of the service 'db' is not rehearsed.",
      "'PGDATA' of the service 'db' is not rehearsed; POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB are.",
      "'ports' of the service 'db' is not rehearsed: it is one port, 5432 or HOST:5432.",
    ])
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return address === null || typeof address === 'string' ? 0 : address.port
}
