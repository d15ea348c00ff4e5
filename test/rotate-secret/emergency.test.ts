/** The rotation after a leak (`force: true`, `grace: 0`): nothing but a failure may hold it up. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { journalOf, writesOf } from './journal.ts'
import { refusalOf } from './refusal.ts'
import { ago, CLOUDFLARE, DAY, NAME, NEXT, OLD, PREVIOUS, REPO, startScene } from './setup.ts'

const EARLIER = 'the-value-before-the-last-0123456789'
const DEPENDABOT = { kind: 'dependabot', repository: 'octo-org/site' } as const
const EMERGENCY = { force: 'true', grace: '0' }

describe('is not refused', () => {
  it('for a value that was written after the run was created', async () => {
    await using scene = await startScene()
    const run = scene.newRun()
    scene.github.passTime(5000)
    scene.github.setSecret(REPO, NAME, 'newer than the run')
    const ended = await scene.rotate(EMERGENCY, run)
    expect(ended.error).toBeUndefined()
    expect(ended.outputs['result']).toBe('rotated')
    expect(Object.keys(scene.held())).toEqual([NAME])
    expect([OLD, 'newer than the run']).not.toContain(scene.held()[NAME])
  })

  it.each([
    ['a rotation that has stopped, whose pending value was not given', { pending: '' }],
    ['a rotation that has stopped, whose pending value was given', {}],
  ])('for %s', async (_, given) => {
    await using scene = await startScene()
    scene.github.setSecret(REPO, NEXT, 'begun by somebody', ago(3_600_000))
    const ended = await scene.rotate({ ...EMERGENCY, ...given })
    expect(ended.error).toBeUndefined()
    expect(Object.keys(scene.held())).toEqual([NAME])
    expect([OLD, 'begun by somebody']).not.toContain(scene.held()[NAME])
  })

  it('for a trail that cannot be written, which is warned of, and fails the step at the end', async () => {
    await using scene = await startScene()
    await writeFile(join(scene.workspace, 'taken'), '')
    const ended = await scene.rotate({ ...EMERGENCY, audit: 'file:taken/trail.jsonl' })
    expect(ended.warnings.join('\n')).toMatch(
      /^The trail cannot be written to taken\/trail\.jsonl: .+\nGive input audit .+\nThe emergency goes on all the same\.$/,
    )
    expect(ended.outputs['result']).toBe('rotated')
    expect(scene.held()).toEqual({ [NAME]: expect.not.stringContaining(OLD) })
    expect(ended.error).toMatch(/^What this run did stands, and the trail \(taken\/trail\.jsonl\) does not say so: /)
    expect(ended.summary).toContain('**The trail lacks this run.** Its line is in the log.')
    expect(ended.log).toMatch(/^The line that the trail lacks: \{.*"result":"rotated"/m)
  })
})

it('waits for another run that has begun since this one was created: each would undo what the other does', async () => {
  await using scene = await startScene()
  const run = scene.newRun()
  scene.github.passTime(5000)
  scene.github.setSecret(REPO, NEXT, 'of another')
  const ended = await scene.rotate(EMERGENCY, run)
  expect(refusalOf(ended)).toMatch(/^SESSION_KEY_NEXT was written at [^\n]+: another run is rotating, or has stopped/)
  const again = await scene.rotate(EMERGENCY)
  expect(again.error).toBeUndefined()
  expect(Object.keys(scene.held())).toEqual([NAME])
  expect([OLD, 'of another']).not.toContain(scene.held()[NAME])
})

it('takes the previous value from Pages in the request that brings the new one, so that one deployment ends it', async () => {
  const variables = { [NAME]: OLD, [PREVIOUS]: EARLIER }
  const secrets = Object.entries(variables).map(([name, value]) => [name, { type: 'secret_text', value }] as const)
  const project = { name: 'site', productionBranch: 'main', variables: { production: Object.fromEntries(secrets) } }
  await using scene = await startScene({ age: 3 * DAY, cloudflare: { projects: [project] } })
  scene.github.setSecret(REPO, PREVIOUS, EARLIER, ago(4 * DAY))
  const ended = await scene.rotate({ ...EMERGENCY, ...CLOUDFLARE, targets: 'repository\npages:site/production' })
  expect(ended.error).toBeUndefined()
  const patches = scene.cloudflare.requests.filter(({ method }) => method === 'PATCH')
  expect(patches).toHaveLength(1)
  expect(patches[0]?.body).toMatchObject({ deployment_configs: { production: { env_vars: { [PREVIOUS]: null } } } })
  expect(Object.keys(scene.cloudflare.projects[0]?.variablesOf('production') ?? {})).toEqual([NAME])
  expect(Object.keys(scene.held())).toEqual([NAME])
})

it('takes the previous value from everything before an issuer, which may be down, is asked to revoke the old one', async () => {
  await using scene = await startScene({ age: 3 * DAY })
  scene.github.setSecret(REPO, PREVIOUS, EARLIER, ago(4 * DAY))
  scene.github.setSecret(DEPENDABOT, NAME, OLD)
  scene.github.setSecret(DEPENDABOT, PREVIOUS, EARLIER)
  const journal = journalOf(scene)
  const inputs = { ...EMERGENCY, targets: 'repository\ndependabot', 'revoke-command': journal.program('revoke') }
  const ended = await scene.rotate({ ...inputs, previous: EARLIER }, undefined, journal.limits)
  expect(ended.error).toBeUndefined()
  expect(journal.written()).toEqual([
    `PUT secrets/${NEXT}`,
    `revoke: ${EARLIER}`,
    `PUT secrets/${PREVIOUS}`,
    `PUT dependabot/secrets/${NAME}`,
    `PUT secrets/${NAME}`,
    `DELETE secrets/${NEXT}`,
    `DELETE dependabot/secrets/${PREVIOUS}`,
    `revoke: ${OLD}`,
    `DELETE secrets/${PREVIOUS}`,
  ])
})

it('that fails says that the old value still works, and to start the emergency again', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ ...EMERGENCY, 'verify-command': 'false' })
  expect(writesOf(ended)).toEqual([`PUT secrets/${NEXT}`])
  expect(ended.error).toMatch(/^SESSION_KEY was not rotated: nothing uses the new value yet\. The new value was not/)
  expect(ended.error).toContain('Then start the emergency again, with force: true and grace: 0')
  expect(ended.summary).toContain('**If the secret has leaked: the old value still works.**')
  expect(ended.summary).toContain('start the emergency again, with `force: true` and `grace: 0`')
})

it('whose old value was not revoked says that it may still be accepted', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ ...EMERGENCY, 'revoke-command': 'false' })
  expect(ended.outputs['result']).toBe('rotated')
  expect(ended.summary).toContain('The new value is in use, but an old one may still be accepted where')
})
