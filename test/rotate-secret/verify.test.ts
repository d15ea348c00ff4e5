/** The program that tries the new value, before anything runs with it. */
import { expect, it } from 'vitest'
import { journalOf } from './journal.ts'
import { refusalOf } from './refusal.ts'
import { CLOUDFLARE, NAME, NEXT, OLD, PREVIOUS, startScene } from './setup.ts'

const TARGETS = { ...CLOUDFLARE, targets: 'repository\nworker:api\ndependabot' }

it('gets the new value on standard input once what checks it knows it, and before anything that runs read has it', async () => {
  await using scene = await startScene()
  const journal = journalOf(scene)
  const inputs = { ...TARGETS, 'verify-command': journal.program('verify') }
  const ended = await scene.rotate(inputs, undefined, journal.limits)
  expect(ended.error).toBeUndefined()
  expect(journal.written()).toEqual([
    `PUT secrets/${NEXT}`,
    `PUT secrets/${PREVIOUS}`,
    'PUT workers/scripts/api/secrets',
    `PUT dependabot/secrets/${PREVIOUS}`,
    'PUT workers/scripts/api/secrets',
    `verify: ${scene.held()[NAME]}`,
    `PUT dependabot/secrets/${NAME}`,
    `PUT secrets/${NAME}`,
    `DELETE secrets/${NEXT}`,
  ])
  expect(ended.summary).toContain('`sh` has accepted the new value.')
  expect(ended.summary).not.toContain('Not proven')
})

it('stops the rotation when it fails, and the next run tries the same value again', async () => {
  await using scene = await startScene()
  const journal = journalOf(scene)
  const verify = journal.program('verify', 'echo "401 from the API" >&2; exit 22')
  const ended = await scene.rotate({ ...TARGETS, 'verify-command': verify }, undefined, journal.limits)
  const [tried] = journal.given('verify')
  expect(scene.held()).toEqual({ [NAME]: OLD, [PREVIOUS]: OLD, [NEXT]: tried })
  expect(scene.github.secrets({ kind: 'dependabot', repository: 'octo-org/site' })).toEqual({ [PREVIOUS]: OLD })
  expect(ended.outputs['result']).toBeUndefined()
  expect(ended.error).toMatch(
    /^SESSION_KEY was rotated in a part of its places only: the new value is in worker:api, and not in repository\. The new value was not verified: sh .*exit code 22/,
  )
  expect(ended.error).toContain('401 from the API')
  expect(ended.error).toContain(
    `GitHub's own secret has not changed. The next run tries the same value again. To give that rotation up, delete ${NEXT}, and ${PREVIOUS}, if it was written since then: it holds the value that is in use.`,
  )
  expect(ended.summary).toContain(`which goes on with the value in \`${NEXT}\``)
  expect(ended.summary).toContain('| `dependabot` | begun | SESSION\\_KEY\\_PREVIOUS has the old value |')

  journal.program('verify')
  const again = await scene.rotate({ ...TARGETS, 'verify-command': verify }, undefined, journal.limits)
  expect(again.outputs['result']).toBe('resumed')
  expect(journal.given('verify')).toEqual([tried, tried])
  expect(scene.held()).toEqual({ [NAME]: tried, [PREVIOUS]: OLD })
  expect(scene.cloudflare.workers).toEqual({ api: { [NAME]: tried, [PREVIOUS]: OLD } })
  expect(again.summary).toMatch(/^### Secret `SESSION_KEY`: a rotation that had stopped was finished\n/)
})

it('is not shown what it prints of the value', async () => {
  await using scene = await startScene()
  const script = journalOf(scene).program('verify')
  const ended = await scene.rotate({ 'verify-command': 'cat' })
  expect(script).toContain('verify')
  expect(ended.error).toBeUndefined()
  expect(ended.log).toContain('***')
  expect(ended.log).not.toContain(scene.held()[NAME])
})

it('that does not exist is named, with the value kept', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ 'verify-command': 'no-such-program' })
  expect(ended.error).toContain('no-such-program')
  expect(scene.held()[NAME]).toBe(OLD)
})

it('that takes too long is ended', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ 'verify-command': 'sleep 60', 'command-timeout': '1s' })
  expect(ended.error).toContain('The new value was not verified: ')
  expect(ended.error).toContain('sleep was not done after 1.0 s and was ended')
  expect(scene.held()[NAME]).toBe(OLD)
})

it('gets neither inputs nor tokens from the environment', async () => {
  await using scene = await startScene()
  const ended = await scene.rotate({ 'verify-command': 'env' })
  expect(ended.log).toContain('PATH=')
  expect(ended.log).not.toContain('INPUT_')
})

it('is refused for Pages where nothing deploys: it would see the old deployment', async () => {
  await using scene = await startScene()
  const inputs = { ...CLOUDFLARE, targets: 'repository\npages:site/production', 'verify-command': 'true' }
  const ended = await scene.rotate(inputs)
  expect(ended.requests).toEqual([])
  expect(refusalOf(ended)).toBe(
    'Input verify-command is given, and pages:site/production has the new value only with another deployment.\nSet redeploy to the workflow that deploys, so that the command sees the new deployment and not the old one; or leave verify-command out.',
  )
})

it('is not run where nothing is rotated', async () => {
  await using scene = await startScene({ age: 1000 })
  const journal = journalOf(scene)
  const ended = await scene.rotate({ 'verify-command': journal.program('verify') })
  expect(ended.outputs['result']).toBe('not-due')
  expect(journal.given('verify')).toEqual([])
})
