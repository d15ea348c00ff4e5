/** Several places with one token: each has its own result, and GitHub is not hurried. */
import { expect, it } from 'vitest'
import { writesOf } from './journal.ts'
import { NAME, OLD, PREVIOUS, startScene } from './setup.ts'

const OTHERS = [1, 2, 3, 4, 5].map((number) => `octo-org/other-${number}`)
const TARGETS = ['repository', ...OTHERS.map((name) => `repository:${name}`)].join('\n')

async function open(repositories: readonly string[] = OTHERS) {
  const scene = await startScene()
  for (const name of repositories) scene.github.addRepository(name)
  return scene
}

const secretsOf = (repository: string) => ({ kind: 'repository', repository }) as const

it('reads the key once in each of six repositories, and leaves the same in all', async () => {
  await using scene = await open()
  const ended = await scene.rotate({ targets: TARGETS })
  expect(ended.error).toBeUndefined()
  const keys = ended.requests.filter((request) => request.endsWith('/public-key'))
  expect(keys).toHaveLength(6)
  expect(new Set(keys).size).toBe(6)
  expect(writesOf(ended)).toHaveLength(2 + 2 * 6)
  for (const name of OTHERS) expect(scene.github.secrets(secretsOf(name))).toEqual(scene.held())
})

it('tells the result of each though two of them fail', async () => {
  await using scene = await open()
  const failing = ['octo-org/other-2', 'octo-org/other-4']
  const ended = await scene.rotate({ targets: TARGETS }, undefined, {
    meet: (_, request) =>
      failing.some((name) => request === `PUT /repos/${name}/actions/secrets/${NAME}`)
        ? new Response('{"message":"Forbidden"}', { status: 403, headers: { 'content-type': 'application/json' } })
        : undefined,
  })
  const verdicts: { readonly target: string; readonly verdict: string }[] = JSON.parse(ended.outputs['targets'] ?? '')
  expect(verdicts.map(({ target, verdict }) => `${target}: ${verdict}`)).toEqual([
    'repository: not-reached',
    'repository:octo-org/other-1: done',
    'repository:octo-org/other-2: failed',
    'repository:octo-org/other-3: done',
    'repository:octo-org/other-4: failed',
    'repository:octo-org/other-5: done',
  ])
  expect(ended.error).toBe(
    [
      `${NAME} was rotated in a part of its places only: the new value is in repository:octo-org/other-1, repository:octo-org/other-3, repository:octo-org/other-5, and not in repository. 2 of 5 places could not be written:`,
      `- GitHub refused to write ${NAME} to repository:octo-org/other-2: Forbidden (403).`,
      `- GitHub refused to write ${NAME} to repository:octo-org/other-4: Forbidden (403).`,
      'The token in github-token lacks a permission. Give it the repository permission "Secrets: read and write".',
    ].join('\n'),
  )
  expect(ended.summary).toMatch(
    /\| `repository:octo-org\/other-2` \| \*\*failed\*\* \| SESSION\\_KEY\\_PREVIOUS has the old value\. Then: GitHub refused to write/,
  )
  expect(scene.held()).toMatchObject({ [NAME]: OLD, [PREVIOUS]: OLD })

  const again = await scene.rotate({ targets: TARGETS })
  expect(again.outputs['result']).toBe('resumed')
  for (const name of OTHERS) expect(scene.github.secrets(secretsOf(name))).toEqual(scene.held())
})

it('says which were not reached', async () => {
  await using scene = await open()
  const ended = await scene.rotate({ targets: TARGETS }, undefined, {
    meet: (_, request) =>
      request.endsWith(`PUT /repos/octo-org/site/actions/secrets/${NAME}_NEXT`)
        ? new Response('{"message":"Forbidden"}', { status: 403, headers: { 'content-type': 'application/json' } })
        : undefined,
  })
  const verdicts: { readonly verdict: string }[] = JSON.parse(ended.outputs['targets'] ?? '')
  expect(verdicts.map(({ verdict }) => verdict)).toEqual(['failed', ...OTHERS.map(() => 'not-reached')])
  expect(ended.summary).toContain('| `repository:octo-org/other-5` | not reached |')
})

it('writes at most once a second, as GitHub asks', async () => {
  await using scene = await open(['octo-org/other-1'])
  const ended = await scene.step({ targets: 'repository\nrepository:octo-org/other-1' })
  expect(ended.exitCode, ended.stdout).toBe(0)
  const writes = scene.github.requests.filter(({ method }) => method !== 'GET')
  expect(writes.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT', 'PUT', 'PUT', 'DELETE'])
  const arrivals = writes.map(({ at }) => Date.parse(at))
  const gaps = arrivals.slice(1).map((at, index) => at - (arrivals[index] ?? 0))
  // What is sent a second apart may arrive less than that apart, when the first was held up on its way.
  for (const gap of gaps) expect(gap).toBeGreaterThan(500)
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(gaps.length * 1000 - 500)
})
