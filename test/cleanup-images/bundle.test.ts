/** The committed bundle as a step. */
import { expect, it } from 'vitest'
import { runBundle } from '../support/bundle.ts'
import { digests, pushWhole, startScene } from './setup.ts'

it('deletes what is old, one write a second, and says so', async () => {
  await using scene = await startScene()
  const kept = pushWhole(scene, 300, ['1.0.0'])
  const old = [scene.push(200), scene.push(201)]
  const env = { CONTAINER_REGISTRY_URL: scene.github.registryUrl }
  const inputs = { 'github-token': scene.token }
  const { github } = scene
  const ended = await runBundle('cleanup-images', { github, inputs, env })
  expect(ended.exitCode, ended.stdout).toBe(0)
  expect(digests(ended.outputs['deleted'])).toEqual(old.map(({ digest }) => digest))
  expect(scene.left().toSorted()).toEqual(kept.all.toSorted())
  expect(ended.summary).toContain('2 of 7 deleted')
  const [first = 0, second = 0] = github.requests
    .filter(({ method }) => method === 'DELETE')
    .map(({ at }) => Date.parse(at))
  expect(second - first).toBeGreaterThanOrEqual(900)
  expect(ended.masks).toContain(scene.token)
  expect(`${ended.stdout}${ended.stderr}`).not.toContain(scene.token)
})

it('fails with one error where it cannot look', async () => {
  await using scene = await startScene({ permissions: { contents: 'read' } })
  const ended = await runBundle('cleanup-images', { github: scene.github, inputs: { 'github-token': scene.token } })
  expect(ended.exitCode).toBe(1)
  expect(ended.annotations.map(({ level }) => level)).toEqual(['error'])
  expect(ended.outputs).toEqual({})
})
