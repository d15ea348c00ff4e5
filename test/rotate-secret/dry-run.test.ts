/** A dry run looks at everything, says what another run would do, and does nothing. */
import { expect, it } from 'vitest'
import { journalOf, writesOf } from './journal.ts'
import { ago, CLOUDFLARE, DAY, NAME, NEXT, OLD, PREVIOUS, REPO, startScene } from './setup.ts'

const DRY = { 'dry-run': 'true' }

it('writes nothing, runs no program, and shows each step', async () => {
  await using scene = await startScene()
  scene.github.setWorkflow({ name: 'Deploy', path: '.github/workflows/deploy.yml', state: 'active' })
  const journal = journalOf(scene)
  const ended = await scene.rotate(
    {
      ...DRY,
      ...CLOUDFLARE,
      targets: `repository\npages:site/production\nworker:api\ncommand: ${journal.program('vault')}`,
      generator: `command: ${journal.program('generate', 'echo value')}`,
      'verify-command': journal.program('verify'),
      'revoke-command': journal.program('revoke'),
      redeploy: 'deploy.yml',
      audit: 'file:trail.jsonl',
    },
    undefined,
    journal.limits,
  )
  expect(ended.error).toBeUndefined()
  expect(journal.written()).toEqual([])
  expect(scene.held()).toEqual({ [NAME]: OLD })
  expect(ended.outputs['result']).toBe('dry-run')
  expect(JSON.parse(ended.outputs['targets'] ?? '')).toHaveLength(4)
  expect(ended.summary.split('\n\n').slice(0, 1)).toEqual([`### Secret \`${NAME}\`: what a run would do (dry run)`])
  expect(ended.summary).toContain('| **Why** | It was 40 d old, and due at 30 d |')
  expect(ended.summary.split('\n').filter((line) => /^\d+\. /.test(line))).toEqual([
    `1. The new value is kept: \`${NEXT}\` in \`repository\``,
    `2. The old value is kept as the previous one: \`${PREVIOUS}\` in \`repository\`, \`${PREVIOUS}\` in \`worker:api\`, \`${PREVIOUS}\` in \`command: sh\``,
    `3. What checks the value learns the new one: \`${PREVIOUS}\` and \`${NAME}\` in \`pages:site/production\`, \`${NAME}\` in \`worker:api\`, \`${NAME}\` in \`command: sh\``,
    '4. Dispatch `deploy.yml`, and wait for it',
    '5. Run `sh` with the new value',
    `6. From here on it is the current value: \`${NAME}\` in \`repository\``,
    `7. What was kept for a crash goes: \`${NEXT}\` in \`repository\``,
  ])
})

it('says that nothing is due, and when it is', async () => {
  await using scene = await startScene({ age: 10 * DAY })
  const ended = await scene.rotate(DRY)
  expect(writesOf(ended)).toEqual([])
  expect(ended.summary).toContain('| **Why** | It is 10 d old, and due at 30 d |')
  expect(ended.summary).toContain('\n\nNothing.')
  expect((Date.parse(ended.outputs['due-at'] ?? '') - Date.now()) / DAY).toBeCloseTo(20, 2)
})

it('says what would be retired', async () => {
  await using scene = await startScene({ age: 8 * DAY })
  scene.github.setSecret(REPO, PREVIOUS, 'before', ago(8 * DAY))
  const ended = await scene.rotate({ ...DRY, 'revoke-command': 'false', previous: 'before' })
  expect(writesOf(ended)).toEqual([])
  expect(ended.summary).toContain('1. Run `false` with the previous value\n')
  expect(ended.summary).toContain(`2. The previous value goes where runs read it: \`${PREVIOUS}\` in \`repository\``)
})

it('says that a rotation would be gone on with', async () => {
  await using scene = await startScene()
  scene.github.setSecret(REPO, NEXT, 'begun', ago(3_600_000))
  const ended = await scene.rotate(DRY)
  expect(writesOf(ended)).toEqual([])
  expect(ended.summary).toContain(`| **Why** | \`${NEXT}\` was there: an earlier run had stopped before its end |`)
  expect(scene.held()[NEXT]).toBe('begun')
  expect(ended.warnings).toEqual([
    expect.stringMatching(
      /^SESSION_KEY_NEXT was there, written at \S+Z: its value becomes that of SESSION_KEY\. If no run had stopped then, somebody else has put it there: start the emergency/,
    ),
  ])
})

it('warns of what a rotation would lose', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ ...DRY, current: '', 'pending-name': '' })
  expect(writesOf(ended)).toEqual([])
  expect(ended.warnings).toEqual([
    expect.stringContaining(`the old value of ${NAME} cannot be kept as ${PREVIOUS}`),
    expect.stringContaining('Input pending-name is empty'),
  ])
})

it('refuses what another run would refuse', async () => {
  await using scene = await startScene()
  scene.github.setSecret(REPO, NEXT, 'begun', ago(3_600_000))
  expect((await scene.rotate({ ...DRY, pending: '' })).error).toContain(`${NEXT} exists`)
  expect((await scene.rotate({ ...DRY, targets: 'repository\nenvironment:nowhere' })).error).toContain('(404)')
})
