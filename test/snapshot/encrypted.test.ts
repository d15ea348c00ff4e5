/** What an encrypted snapshot tells, whom it opens for, and when encryption is asked for. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { type GitHub, startGitHub } from '../../rehearsal/github/server.ts'
import { RUN_ID, runBundle } from '../support/bundle.ts'
import { REPOSITORY, SHA } from '../support/context.ts'
import { errorOf, filesBelow, green, manifestOf, startScene } from './setup.ts'

async function keyPair() {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

it('tells nothing of its content beside the archive, and opens for each of its recipients', async () => {
  await using scene = await startScene({ 'config/payroll.yml': 'salaries: secret\n' })
  const [one, other] = [await keyPair(), await keyPair()]
  const made = green(await scene.run({ paths: 'config', recipients: `${one.recipient}\n${other.recipient}` }))
  const id = made.outputs['snapshot-id']
  expect(await scene.kept()).toEqual([`${id}.json`, `${id}.tar.zst.age`])
  const manifest = await manifestOf(scene, id)
  expect(Object.keys(manifest).sort()).toEqual(
    [
      'archive',
      'commit',
      'content',
      'created_at',
      'format',
      'id',
      'reason',
      'recipients',
      'series',
      'verified_at',
      'verified_by',
    ].sort(),
  )
  expect(manifest).toMatchObject({ content: { files: 1, bytes: 17 }, recipients: [one.recipient, other.recipient] })
  expect(JSON.stringify(manifest)).not.toMatch(/payroll|secret/)
  expect((await readFile(join(scene.store, `${id}.tar.zst.age`))).includes('payroll')).toBe(false)
  for (const { identity } of [one, other]) {
    green(await scene.run({ operation: 'verify', identity }))
    const restored = green(await scene.run({ operation: 'restore', identity, target: 'out', overwrite: 'true' }))
    expect(await filesBelow(join(scene.workspace, 'out'))).toEqual({ 'config/payroll.yml': 'salaries: secret\n' })
    expect(JSON.stringify([restored.stdout, restored.stderr, restored.summary, restored.outputs])).not.toContain(
      identity,
    )
    expect(restored.masks).toContain(identity)
  }
})

it('does not open without the identity, or with another, which is no damage', async () => {
  await using scene = await startScene()
  const [own, stranger] = [await keyPair(), await keyPair()]
  green(await scene.run({ paths: 'site', recipients: own.recipient }))
  const without = await scene.run({ operation: 'restore', target: 'out' })
  expect(errorOf(without)).toMatch(/is encrypted, and no identity was given[\s\S]*age1/)
  const wrong = await scene.run({ operation: 'verify', identity: stranger.identity })
  expect(errorOf(wrong)).not.toMatch(/damaged/)
  expect(errorOf(wrong)).not.toContain(stranger.identity)
  const { outputs } = green(await scene.run({ operation: 'list' }))
  expect(JSON.parse(outputs['snapshots'] ?? '')).toMatchObject([{ verified_by: 'read-back', problem: null }])
})

it('is uploaded each time, unless the identity tells that nothing has changed', async () => {
  await using scene = await startScene()
  const { identity, recipient } = await keyPair()
  green(await scene.run({ paths: 'site', recipients: recipient }))
  expect(green(await scene.run({ paths: 'site', recipients: recipient })).outputs['unchanged']).toBe('false')
  expect(green(await scene.run({ paths: 'site', recipients: recipient, identity })).outputs['unchanged']).toBe('true')
  const { recipient: another } = await keyPair()
  const changed = { paths: 'site', recipients: another, identity }
  expect(green(await scene.run(changed)).outputs['unchanged']).toBe('false')
})

describe('where strangers can read', () => {
  async function create(github: GitHub, inputs: Readonly<Record<string, string>>) {
    await using scene = await startScene()
    github.addCommit({ sha: SHA })
    github.addRef('heads/main', SHA)
    github.addRun({
      id: RUN_ID,
      attempt: 1,
      event: 'push',
      headBranch: 'main',
      headSha: SHA,
      status: 'in_progress',
      conclusion: null,
      name: 'Deploy',
      path: '.github/workflows/deploy.yml',
    })
    const permissions = { actions: 'read', contents: 'write' } as const
    const given = { series: 'production', paths: 'site', 'github-token': github.issueToken('deploy', permissions) }
    return await runBundle('snapshot', {
      github,
      artifacts: true,
      workspace: scene.workspace,
      inputs: { ...given, ...inputs },
    })
  }

  it.each(['artifact', 'release'])('an unencrypted snapshot is refused before any command runs: %s', async (store) => {
    await using github = await startGitHub({ repository: REPOSITORY, private: false })
    const refused = await create(github, { store, commands: "x: sh -c 'echo it has run >&2; echo x'" })
    expect(errorOf(refused)).toMatch(/Strangers can read[\s\S]*recipients[\s\S]*allow-plaintext: true/)
    expect(refused.stdout).not.toContain('it has run')
    expect([github.artifacts, github.releases.flatMap(({ assets }) => assets)]).toEqual([[], []])
  })

  it.each(['artifact', 'release'])('it is kept when it may be read, or is encrypted: %s', async (store) => {
    await using github = await startGitHub({ repository: REPOSITORY, private: false })
    green(await create(github, { store, 'allow-plaintext': 'true' }))
    green(await create(github, { store, recipients: (await keyPair()).recipient }))
  })

  it('a private repository needs neither', async () => {
    await using github = await startGitHub({ repository: REPOSITORY })
    green(await create(github, { store: 'artifact' }))
  })
})
