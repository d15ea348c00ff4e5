/** Who is asked, and for what, whatever servers answer: as a step, against loopback servers. */
import { expect, it } from 'vitest'
import { json, serve, smoke } from '../run/scenario.ts'

/** A second round could not begin before the deadline. */
const ONCE = { successes: '1', deadline: '8s', interval: '10s' } as const

it('an id that one server gives cannot become another request to the next', async () => {
  await using evil = await serve(() => json({ id: '../../admin/users/1?force=true#' }))
  await using api = await serve(() => json({}))
  const file = `
version: 1
checks:
  - { name: foreign, url: "${evil.origin}/", capture: { id: { json: $.id } } }
  - { name: item, url: "${api.origin}/api/items/\${id}", method: DELETE, needs: [foreign] }`
  expect((await smoke(ONCE, { file })).exitCode).toBe(0)
  expect(api.requests).toEqual(['DELETE /api/items/..%2F..%2Fadmin%2Fusers%2F1%3Fforce%3Dtrue%23'])
})

it.each(['..', ''])('an id %j makes the check fail without being sent', async (id) => {
  await using api = await serve(() => json({ id }))
  const file = `
version: 1
defaults: { base-url: "${api.origin}" }
checks:
  - { name: list, url: /api/items, capture: { id: { json: $.id } } }
  - { name: one, url: "/api/items/\${id}", method: DELETE, needs: [list] }`
  const result = await smoke(ONCE, { file })
  expect(result.exitCode).toBe(1)
  expect(api.requests.filter((one) => one.startsWith('DELETE'))).toEqual([])
})

it('a link of another site is not followed, and the other checks are made', async () => {
  await using evil = await serve(() => json({}))
  await using api = await serve(() => json({ next: `${evil.origin}/steal`, own: '/api/items?page=2' }))
  const file = `
version: 1
defaults: { base-url: "${evil.origin}", headers: { X-Key: a-key-of-the-api } }
checks:
  - { name: list, url: "${api.origin}/api/items", capture: { next: { json: $.next }, own: { json: $.own } } }
  - { name: next, url: "\${next}", needs: [list] }
  - { name: own, url: "\${own}", needs: [list] }`
  const result = await smoke({ ...ONCE, json: 'report.json' }, { file })
  expect(result.exitCode).toBe(1)
  expect(evil.requests).toEqual([])
  expect(api.requests).toContain('GET /api/items?page=2')
  const { checks } = JSON.parse(result.files['report.json'] ?? '{}')
  expect(checks.map((one: { name: string; verdict: string }) => [one.name, one.verdict])).toEqual([
    ['list', 'passed'],
    ['next', 'failed'],
    ['own', 'passed'],
  ])
  expect(result.files['report.json']).toContain(`neither a path nor a link to ${api.origin}.`)
})
