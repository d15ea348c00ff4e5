/** An organization's secret: whoever could read it can read it afterwards, and nobody else. */
import { expect, it } from 'vitest'
import { writesOf } from './journal.ts'
import { DAY, NAME, NEXT, OLD, PREVIOUS, type Scene, startScene } from './setup.ts'

const ORGANIZATION = { kind: 'organization', organization: 'octo-org' } as const
const INPUTS = { targets: 'organization:octo-org' }
const updatedAt = () => new Date(Date.now() - 40 * DAY)

/** What each write said of who may read: `PUT NAME visibility ids`. */
function accessOf({ github }: Scene): readonly string[] {
  return github.requests
    .filter(({ method, path }) => method === 'PUT' && path.startsWith('/orgs/'))
    .map(({ path, body }) => {
      const { visibility, selected_repository_ids: ids = [] } = Object(body)
      return `${path.split('/').at(-1)} ${visibility} ${ids.join(',')}`.trimEnd()
    })
}

it.each(['all', 'private'] as const)('stays visible to %s', async (visibility) => {
  await using scene = await startScene({ age: null })
  scene.github.setSecret(ORGANIZATION, NAME, OLD, { visibility, updatedAt: updatedAt() })
  const ended = await scene.rotate(INPUTS)
  expect(ended.error).toBeUndefined()
  expect(accessOf(scene)).toEqual([
    `${NEXT} selected ${scene.github.repository.id}`,
    `${PREVIOUS} ${visibility}`,
    `${NAME} ${visibility}`,
  ])
  expect(scene.github.secrets(ORGANIZATION)).toEqual({ [NAME]: expect.any(String), [PREVIOUS]: OLD })
})

it('stays visible to the 150 repositories that were selected', async () => {
  await using scene = await startScene({ age: null })
  const repositories = Array.from({ length: 149 }, (_, index) => `octo-org/repo-${index}`)
  const ids = [scene.github.repository.id, ...repositories.map((name) => scene.github.addRepository(name))]
  scene.github.setSecret(ORGANIZATION, NAME, OLD, {
    visibility: 'selected',
    repositories: ['octo-org/site', ...repositories],
    updatedAt: updatedAt(),
  })
  const ended = await scene.rotate(INPUTS)
  expect(ended.error).toBeUndefined()
  const lists = accessOf(scene).map((access) => access.split(' ').at(-1)?.split(',').map(Number) ?? [])
  const sorted = (list: readonly number[]) => list.toSorted((one, other) => one - other)
  expect(lists.map(sorted)).toEqual([[scene.github.repository.id], sorted(ids), sorted(ids)])
  expect(ended.requests.filter((request) => request.endsWith('/repositories'))).toHaveLength(2)
})

it('is visible to this repository alone when it is made', async () => {
  await using scene = await startScene({ age: null })
  const ended = await scene.rotate(INPUTS)
  expect(ended.error).toBeUndefined()
  const own = scene.github.repository.id
  expect(accessOf(scene)).toEqual([`${NEXT} selected ${own}`, `${NAME} selected ${own}`])
  expect(scene.github.secretsOfRun()).toHaveProperty(NAME)
})

it('is gone on with by a run of this repository, which can read what is pending', async () => {
  await using scene = await startScene({ age: null })
  scene.github.setSecret(ORGANIZATION, NAME, OLD, { visibility: 'private', updatedAt: updatedAt() })
  await expect(scene.rotate(INPUTS, undefined, { crashAfter: 6 })).resolves.toMatchObject({ outputs: {} })
  const pending = scene.github.secrets(ORGANIZATION)[NEXT]
  expect(pending).toBeDefined()
  const ended = await scene.rotate(INPUTS)
  expect(ended.outputs['result']).toBe('resumed')
  expect(scene.github.secrets(ORGANIZATION)).toEqual({ [NAME]: pending, [PREVIOUS]: OLD })
})

it('of another organization has what is pending in the repository, where its runs can read it', async () => {
  await using scene = await startScene({ age: null })
  scene.github.addOrganization('another')
  const another = { kind: 'organization', organization: 'another' } as const
  scene.github.setSecret(another, NAME, OLD, { visibility: 'all', updatedAt: updatedAt() })
  const ended = await scene.rotate({ targets: 'organization:another', current: OLD })
  expect(ended.error).toBeUndefined()
  expect(writesOf(ended)).toEqual([
    `PUT secrets/${NEXT}`,
    `PUT /orgs/another/secrets/${PREVIOUS}`,
    `PUT /orgs/another/secrets/${NAME}`,
    `DELETE secrets/${NEXT}`,
  ])
})
