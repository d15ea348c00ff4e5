/** What examples/fullstack answers on its own: the scripts that workflows call. */
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { fullstack } from './support.ts'

function migrate(env: Readonly<Record<string, string>>) {
  const options = { env: { PATH: process.env['PATH'], ...env }, encoding: 'utf8' } as const
  const { status, stdout } = spawnSync('bash', [`${fullstack}/deploy/migrate.sh`, 'staging'], options)
  return [status, stdout]
}

it.each<Readonly<Record<string, string>>>([{}, { MIGRATED_BY_HOST: 'false' }, { PGHOST: '' }])(
  'a migration that knows no database fails: %j',
  (env) => {
    expect(migrate(env)).toEqual([
      1,
      expect.stringMatching(/^::error .*PGHOST is not set for staging, .* or MIGRATED_BY_HOST=true /),
    ])
  },
)

it('a migration is left to the host where that is said', () => {
  expect(migrate({ MIGRATED_BY_HOST: 'true' })).toEqual([
    0,
    expect.stringMatching(/^::notice title=Migrated by the host::/),
  ])
})
