/** What `create` promises: complete, read back, visible last; or nothing at all, with the reason. */
import { spawnSync } from 'node:child_process'
import { appendFile, chmod, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lacks } from '../support/tools.ts'
import { errorOf, filesBelow, green, manifestOf, startScene } from './setup.ts'

const ID = /^production-\d{8}T\d{9}Z-1f3a5c7$/

it('keeps what is named, reads it back, and says what, where and how to get it back', async () => {
  await using scene = await startScene({
    'site/index.html': '<p>Hello</p>\n',
    'site/empty.txt': '',
    'config/a.yml': 'a: 1\n',
  })
  const made = green(
    await scene.run({
      paths: 'site\nconfig/*.yml',
      commands: 'state.json: printf "{}"',
      metadata: 'ticket=OPS-17\nempty=',
    }),
  )
  const id = made.outputs['snapshot-id']
  expect(id).toMatch(ID)
  expect(await scene.kept()).toEqual([`${id}.json`, `${id}.tar.zst`])
  expect(made.outputs).toMatchObject({
    unchanged: 'false',
    files: '4',
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  })
  expect(Number(made.outputs['age'])).toBeLessThan(60)
  const manifest = await manifestOf(scene, id)
  expect(manifest).toMatchObject({
    format: 1,
    id,
    series: 'production',
    reason: 'manual',
    archive: { name: `${id}.tar.zst`, digest: made.outputs['digest'], size: Number(made.outputs['size']) },
    content: { files: 4 },
    recipients: [],
    verified_by: 'read-back',
  })
  for (const text of [
    'kept and read back',
    '4 files',
    'path: site',
    'path: config/*.yml',
    'command: printf',
    'Restore it by hand',
    'zstd --decompress',
  ]) {
    expect(made.summary).toContain(text)
  }
  expect(made.annotations).toEqual([])
})

it.skipIf(lacks('zstd'))('says by hand what stops where the archive is not the one that was kept', async () => {
  await using scene = await startScene()
  const made = green(await scene.run({ paths: 'site' }))
  const [, lines = ''] = /```sh\n([\s\S]*?)\n```/.exec(made.summary) ?? []
  const byHand = join(scene.root, 'by-hand')
  await mkdir(byHand)
  const restored = () => spawnSync('sh', ['-c', lines], { cwd: byHand, encoding: 'utf8' })
  expect(restored().status).toBe(0)
  expect(await readdir(join(byHand, 'restored'))).toEqual(['.slipway-snapshot.json', 'site'])
  await rm(join(byHand, 'restored'), { recursive: true })
  await appendFile(join(scene.store, `${made.outputs['snapshot-id']}.tar.zst`), 'x')
  expect(restored().status).not.toBe(0)
  expect(await readdir(byHand)).not.toContain('restored')
})

it('keeps modes, empty folders and links, and restores them as they were', async () => {
  await using scene = await startScene({ 'site/run.sh': '#!/bin/sh\n' })
  await chmod(join(scene.workspace, 'site/run.sh'), 0o755)
  await mkdir(join(scene.workspace, 'site/empty'))
  await symlink('run.sh', join(scene.workspace, 'site/link'))
  green(await scene.run({ paths: 'site' }))
  green(await scene.run({ operation: 'restore', target: 'restored' }))
  const restored = await readdir(join(scene.workspace, 'restored/site'), { withFileTypes: true })
  expect(
    restored.map((entry) => `${entry.name}${entry.isDirectory() ? '/' : entry.isSymbolicLink() ? '@' : ''}`).sort(),
  ).toEqual(['empty/', 'link@', 'run.sh'])
})

it('says "unchanged" and uploads nothing when the content is the same, with a fresh manifest', async () => {
  await using scene = await startScene()
  const first = green(await scene.run({ paths: 'site', reason: 'scheduled' }))
  const second = green(await scene.run({ paths: 'site', reason: 'pre-deploy' }))
  const [one, other] = [first.outputs['snapshot-id'], second.outputs['snapshot-id']]
  expect(second.outputs).toMatchObject({ unchanged: 'true', digest: first.outputs['digest'] })
  expect(await scene.kept()).toEqual([`${one}.json`, `${one}.tar.zst`, `${other}.json`].sort())
  expect(await manifestOf(scene, other)).toMatchObject({
    id: other,
    reason: 'pre-deploy',
    archive: { name: `${one}.tar.zst` },
  })
  green(await scene.run({ operation: 'restore', target: 'restored', snapshot: `${other}` }))
  expect(await filesBelow(join(scene.workspace, 'restored'))).toEqual({ 'site/index.html': '<p>Hello</p>\n' })
  await scene.write({ 'site/index.html': '<p>Bye</p>\n' })
  expect(green(await scene.run({ paths: 'site' })).outputs['unchanged']).toBe('false')
})

it('is not unchanged for another deployment, since it is bound to that', async () => {
  await using scene = await startScene()
  green(await scene.run({ paths: 'site', 'deployment-id': '1' }))
  expect(green(await scene.run({ paths: 'site', 'deployment-id': '2' })).outputs['unchanged']).toBe('false')
  expect(green(await scene.run({ paths: 'site', 'deployment-id': '2' })).outputs['unchanged']).toBe('true')
})

it.each([
  ['fails', "sh -c 'echo half; echo no route to host >&2; exit 3'", /db\.sql.*sh.*exit code 3[\s\S]*no route to host/],
  ['prints nothing', 'true', /db\.sql.*printed nothing/],
  ['takes too long', 'sleep 30', /db\.sql.*sleep.*1\.0 s/],
  ['is not installed', 'no-such-program', /db\.sql.*no-such-program[\s\S]*PATH/],
])('keeps nothing when a command %s', async (_, command, message) => {
  await using scene = await startScene()
  const failed = await scene.run({ paths: 'site', commands: `db.sql: ${command}`, 'command-timeout': '1s' })
  expect(errorOf(failed)).toMatch(message)
  expect(await scene.kept()).toEqual([])
  expect(failed.outputs['snapshot-id']).toBeUndefined()
})

it('keeps the password of a command out of logs, summary and manifest', async () => {
  await using scene = await startScene()
  const made = green(
    await scene.run(
      { commands: 'dump.sql: sh -c \'test -n "$PGPASSWORD" && echo done\' with-secret-argument' },
      { env: { PGPASSWORD: 'correct-horse-battery' } },
    ),
  )
  const all = JSON.stringify([
    made.stdout,
    made.stderr,
    made.summary,
    made.outputs,
    await manifestOf(scene, made.outputs['snapshot-id']),
  ])
  expect(all).not.toContain('correct-horse-battery')
  expect(all).not.toContain('with-secret-argument')
})

it("gives commands neither the action's inputs nor the runner's tokens", async () => {
  await using scene = await startScene()
  green(
    await scene.run(
      { commands: 'env.txt: env' },
      { env: { ACTIONS_RUNTIME_TOKEN: 'runtime-token', ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/', MINE: 'yes' } },
    ),
  )
  green(await scene.run({ operation: 'restore', target: 'restored' }))
  const { 'env.txt': env = '' } = await filesBelow(join(scene.workspace, 'restored'))
  expect(env).toContain('MINE=yes')
  expect(env).not.toMatch(/INPUT_|ACTIONS_RUNTIME|ACTIONS_RESULTS|GITHUB_OUTPUT|a-token/)
})

it('says what it would do in a dry run, runs no command and writes nothing', async () => {
  await using scene = await startScene()
  const said = green(
    await scene.run({ paths: 'site', commands: "x: sh -c 'touch ran; echo x'", 'dry-run': 'true', prune: 'true' }),
  )
  expect(said.stdout).toContain('would take site/index.html')
  expect(said.summary).toContain('dry run')
  expect(await scene.kept()).toEqual([])
  expect(await readdir(scene.workspace)).toEqual(['site'])
})

it.each([
  ['nothing to take', {}, /paths|commands/],
  ['a path that is not there', { paths: 'sitte' }, /sitte/],
  ['a path that leads out', { paths: '../etc' }, /\.\.\/etc/],
  ['a pipe without a shell', { commands: 'a: pg_dump | gzip' }, /\|[\s\S]*-c '/],
  ['a variable without a shell', { commands: 'a: pg_dump $DATABASE_URL' }, /\$[\s\S]*environment/],
  ['an unknown store', { paths: 'site', store: 'ftp://x' }, /store/],
  ['a secret key as a recipient', { paths: 'site', recipients: 'AGE-SECRET-KEY-1QQQQ' }, /recipients/],
  ['a bad series', { series: '../x', paths: 'site' }, /series/],
  ['a bad level', { paths: 'site', 'compression-level': '99' }, /compression-level/],
  ['a bad metadata line', { paths: 'site', metadata: 'nothing' }, /metadata/],
  ['a metadata key that parsers drop', { paths: 'site', metadata: 'constructor=x' }, /metadata/],
  ['a bad deployment', { paths: 'site', 'deployment-id': 'abc' }, /deployment-id/],
])('refuses %s, and says what to change', async (_, inputs, message) => {
  await using scene = await startScene()
  const failed = await scene.run(inputs)
  expect(errorOf(failed)).toMatch(message)
  expect(errorOf(failed).split('\n').length).toBeGreaterThan(1)
  expect(failed.stdout.replaceAll(/^::debug::.*$/gm, '')).not.toContain('    at ')
  expect(failed.stdout).not.toContain('AGE-SECRET-KEY-1QQQQ')
  expect(await scene.kept()).toEqual([])
})
