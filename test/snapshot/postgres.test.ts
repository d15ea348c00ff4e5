/** A real PostgreSQL database is dumped, dropped and restored by the commands of the runbook, and its rows compared. */
import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../scripts/actions.ts'
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts'
import { lacks } from '../support/tools.ts'
import { errorOf, green, startScene } from './setup.ts'

const runbook = await readFile(`${root}docs/runbook.md`, 'utf8')
const DUMP = 'database.dump: pg_dump --format=custom --no-owner'
const ROWS = 'select id, name, balance from customers order by id'

const without = !hasPostgres() || lacks('age', 'zstd', 'jq')

let postgres: Postgres
beforeAll(async () => {
  if (without) return
  postgres = await startPostgres()
})
afterAll(() => postgres?.[Symbol.asyncDispose]())

/** The block of the runbook that follows a mark. */
function block(mark: string): string {
  const found = new RegExp(`<!-- ${mark} -->\\s*\`\`\`\\w+\\n([\\s\\S]*?)\\n *\`\`\``).exec(runbook)?.[1]
  if (found === undefined) throw new Error(`The runbook has no block "${mark}".`)
  return found
}

function shell(script: string, cwd: string, env: Readonly<Record<string, string>> = {}): string {
  return execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    env: { ...postgres.env, ...env },
    encoding: 'utf8',
  })
}

/** A database with rows that a text dump would have trouble with. */
function fill(): string {
  const sql = `create table customers (id int primary key, name text, balance numeric(12,2));
    insert into customers select i, 'name ' || i || E'\\n\\t''ä€', i * 1.25 from generate_series(1, 5000) i`
  postgres.query('postgres', 'drop database if exists app')
  postgres.query('postgres', 'create database app')
  postgres.query('app', sql)
  return postgres.query('app', ROWS)
}

it.skipIf(without)('comes back with the pack', async () => {
  await using scene = await startScene()
  const rows = fill()
  expect(rows.length).toBeGreaterThan(100_000)
  const made = green(await scene.run({ commands: DUMP, reason: 'pre-deploy' }, { env: postgres.env }))
  expect(made.stdout + made.stderr + made.summary).not.toContain(postgres.env['PGPASSWORD'])
  postgres.query('app', 'delete from customers where id > 7; update customers set balance = 0')
  green(await scene.run({ operation: 'restore', target: 'restored', snapshot: 'latest:pre-deploy' }))
  shell(block('run: restore-database'), scene.workspace)
  expect(postgres.query('app', ROWS)).toBe(rows)
  postgres.query('postgres', 'drop database app')
  shell(`${block('run: create-database')}\n${block('run: restore-database')}`, scene.workspace)
  expect(postgres.query('app', ROWS)).toBe(rows)
})

it.skipIf(without)('comes back by hand, with age, zstd and tar', async () => {
  await using scene = await startScene()
  const rows = fill()
  const keys = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const recipient = /public key: (age1\w+)/.exec(keys)?.[1] ?? ''
  const { outputs } = green(await scene.run({ commands: DUMP, recipients: recipient }, { env: postgres.env }))
  const ID = outputs['snapshot-id'] ?? ''
  const folder = join(scene.root, 'by-hand')
  await mkdir(folder)
  await writeFile(join(folder, 'key.txt'), keys)
  for (const name of [`${ID}.json`, `${ID}.tar.zst.age`]) await copyFile(join(scene.store, name), join(folder, name))
  postgres.query('postgres', 'drop database app')
  expect(shell(block('run: by-hand'), folder, { MANIFEST: `${ID}.json` })).toBe('')
  shell(block('run: check-files'), folder)
  shell(`${block('run: create-database')}\n${block('run: restore-database')}`, folder)
  expect(postgres.query('app', ROWS)).toBe(rows)
})

it.skipIf(without)(
  'comes back by hand from an archive that is not encrypted, also by the manifest of an unchanged one',
  async () => {
    await using scene = await startScene()
    const first = green(await scene.run({ paths: 'site' })).outputs['snapshot-id'] ?? ''
    const second = green(await scene.run({ paths: 'site' })).outputs['snapshot-id'] ?? ''
    const folder = join(scene.root, 'by-hand')
    await mkdir(folder)
    for (const name of [`${second}.json`, `${first}.tar.zst`])
      await copyFile(join(scene.store, name), join(folder, name))
    expect(
      shell(`${block('run: by-hand-plain')}\n${block('run: check-files')}`, folder, { MANIFEST: `${second}.json` }),
    ).toBe('')
    expect(await readFile(join(folder, 'restored/site/index.html'), 'utf8')).toBe('<p>Hello</p>\n')
  },
)

it.skipIf(without)('is proven by the drill of the runbook, which fails for a dump without customers', async () => {
  await using scene = await startScene()
  fill()
  const drill: { 'drill-command': string } = parse(block('drill'))
  const verify = { operation: 'verify', 'drill-command': drill['drill-command'] }
  green(await scene.run({ commands: DUMP }, { env: postgres.env }))
  expect(green(await scene.run(verify, { env: postgres.env })).summary).toContain('the drill-command succeeded')
  postgres.query('app', 'delete from customers')
  green(await scene.run({ commands: DUMP }, { env: postgres.env }))
  expect(errorOf(await scene.run(verify, { env: postgres.env }))).toMatch(/drill of production-.* failed/)
})

it.skipIf(without)('never makes a snapshot of a dump that failed', async () => {
  await using scene = await startScene()
  const env = { ...postgres.env, PGDATABASE: 'no-such-database' }
  expect(errorOf(await scene.run({ commands: DUMP }, { env }))).toMatch(
    /database\.dump[\s\S]*pg_dump[\s\S]*exit code 1[\s\S]*no-such-database/,
  )
  expect(await scene.kept()).toEqual([])
})
