/** The bundle, really killed at each request of a rotation: the next step finishes it. */
import { expect, it } from 'vitest'
import { parseFault } from '../../../rehearsal/faults.ts'
import { CLOUDFLARE, NAME, OLD } from '../setup.ts'
import { startWorld, type World } from '../world.ts'

const MINUTES = 60_000
const TARGETS = 'repository\npages:site/production\nworker:api'

function startPlaces(): Promise<World> {
  const only = { ...CLOUDFLARE, targets: TARGETS, redeploy: 'none', 'verify-command': '' }
  return startWorld({ places: 'everywhere', pace: 0, inputs: { ...only, grace: '7d' } })
}

/** `github:PUT /repos/…`: the kinds of requests of a rotation, and how often each is made. */
async function requestsOf(): Promise<readonly string[]> {
  await using world = await startPlaces()
  const { exitCode, stdout } = await world.scene.step(world.inputs)
  expect(exitCode, stdout).toBe(0)
  const { github, cloudflare } = world.scene
  return [...github.requests, ...cloudflare.requests].map(({ side, method, path }) => `${side}:${method} ${path}`)
}

it('is finished by the next step, wherever the first one is killed', { timeout: 20 * MINUTES }, async () => {
  const requests = (await requestsOf()).map((request) => request.replace(/runs\/\d+$/, 'runs/*'))
  expect(requests.length).toBeGreaterThan(12)
  for (const blow of ['kill', 'applied-kill']) {
    for (const [index, request] of requests.entries()) {
      const nth = requests.slice(0, index).filter((one) => one === request).length
      await killAt(request, nth, blow)
    }
  }
})

/** @param nth how many of the same requests are let through */
async function killAt(request: string, nth: number, blow: string): Promise<void> {
  await using world = await startPlaces()
  const { scene, inputs } = world
  if (nth > 0) scene.faults.add(parseFault(`${request}:delay=1ms*${nth}`))
  scene.faults.add(parseFault(`${request}:${blow}*1`))
  const point = `${blow} at ${request}, ${nth} before`
  expect((await scene.step(inputs)).exitCode, point).toBeNull()
  scene.faults.clear()
  const { exitCode, outputs, stdout } = await scene.step(inputs)
  expect(exitCode, `${point}\n${stdout}`).toBe(0)
  expect(['rotated', 'resumed', 'not-due'], point).toContain(outputs['result'])
  expect(scene.held()[NAME], point).not.toBe(OLD)
  expect(scene.held(), point).toEqual({ [NAME]: scene.held()[NAME], [`${NAME}_PREVIOUS`]: OLD })
  await expectSame(world, point)
}

async function expectSame(world: World, point: string): Promise<void> {
  const places = (await world.verifiers()).filter(({ place }) => /configured|worker/.test(place))
  const current = world.scene.held()[NAME]
  expect(places, point).toEqual(places.map(({ place }) => ({ place, current, previous: OLD, pending: undefined })))
}
