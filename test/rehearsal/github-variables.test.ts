import { expect, test } from 'vitest'
import { bearer, personal } from './github-secrets-support.ts'
import { client, REPO, startWithHistory } from './github-support.ts'

const PATH = `${REPO}/actions/variables`
const DOCS = 'https://docs.github.com/rest/actions/variables'
const TIME = new Date('2026-03-01T10:00:00Z')

const NEEDS = [
  ['GET', PATH, 'read', 'list-repository-variables'],
  ['POST', PATH, 'write', 'create-a-repository-variable'],
  ['GET', `${PATH}/A`, 'read', 'get-a-repository-variable'],
  ['PATCH', `${PATH}/A`, 'write', 'update-a-repository-variable'],
  ['DELETE', `${PATH}/A`, 'write', 'delete-a-repository-variable'],
] as const

test.each(NEEDS)('%s %s needs to %s variables', async (method, path, level, heading) => {
  await using github = await startWithHistory({ private: false })
  const permissions = level === 'write' ? ({ actions_variables: 'read' } as const) : {}
  const reply = await personal(github, { permissions })(path, { method })
  expect(reply).toMatchObject({
    status: 403,
    body: { message: 'Resource not accessible by personal access token', documentation_url: `${DOCS}#${heading}` },
  })
  expect(reply.headers.get('x-accepted-github-permissions')).toBe(`actions_variables=${level}`)
  const own = client(github, { actions_variables: 'write' })
  expect(await own(path, { method })).toMatchObject({
    status: 403,
    body: { message: 'Resource not accessible by integration' },
  })
  const app = github.issueToken('rotate', { actions_variables: level }, 'rotator[bot]')
  expect([200, 400, 404]).toContain((await bearer(github, app)(path, { method })).status)
})

test('a variable is created, got, updated, renamed and deleted', async () => {
  await using github = await startWithHistory()
  github.setTime(TIME)
  const ask = personal(github)
  const one = `${PATH}/rotated_at`
  const body = { name: 'rotated_at', value: 'monday' }
  expect(await ask(PATH, { method: 'POST', body })).toMatchObject({ status: 201, body: {} })
  github.passTime(3600_000)
  expect((await ask(one, { method: 'PATCH', body: { value: 'tuesday' } })).status).toBe(204)
  expect((await ask(one)).body).toEqual({
    name: 'ROTATED_AT',
    value: 'tuesday',
    created_at: expect.stringMatching(/^2026-03-01T10:00:\d\dZ$/),
    updated_at: expect.stringMatching(/^2026-03-01T11:00:\d\dZ$/),
  })
  expect((await ask(one, { method: 'PATCH', body: { name: 'changed_at' } })).status).toBe(204)
  expect([github.variable('Rotated_At'), github.variable('changed_at')]).toEqual([undefined, 'tuesday'])
  expect((await ask(`${PATH}/CHANGED_AT`, { method: 'DELETE' })).status).toBe(204)
  expect((await ask(PATH)).body).toEqual({ total_count: 0, variables: [] })
})

test('one that is there already is a conflict, in any case and under a new name too', async () => {
  await using github = await startWithHistory()
  github.setVariable('A', 'old')
  github.setVariable('B', 'other')
  const conflict = { status: 409, body: { message: 'Already exists - Variable already exists', status: '409' } }
  const ask = personal(github)
  expect(await ask(PATH, { method: 'POST', body: { name: 'a', value: 'new' } })).toMatchObject(conflict)
  expect(await ask(`${PATH}/B`, { method: 'PATCH', body: { name: 'a' } })).toMatchObject(conflict)
  expect((await ask(`${PATH}/A`, { method: 'PATCH', body: { name: 'a', value: 'new' } })).status).toBe(204)
  expect([github.variable('A'), github.variable('B')]).toEqual(['new', 'other'])
})

test('of two who create it at once, one is told that it exists', async () => {
  await using github = await startWithHistory()
  const ask = personal(github)
  const replies = await Promise.all(
    ['1', '2'].map((value) => ask(PATH, { method: 'POST', body: { name: 'LOCK', value } })),
  )
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 409])
})

test('one that is not there is not found', async () => {
  await using github = await startWithHistory()
  const ask = personal(github)
  expect((await ask(`${PATH}/A`)).status).toBe(404)
  expect((await ask(`${PATH}/A`, { method: 'PATCH', body: { value: 'x' } })).status).toBe(404)
  expect((await ask(`${PATH}/A`, { method: 'DELETE' })).status).toBe(404)
})

test.each([
  [{ name: 'A' }, `Invalid request.\n\n"value" wasn't supplied.`],
  [{ name: 'A', value: 5 }, `Invalid request.\n\nFor 'properties/value', 5 is not a string.`],
  [{ name: 'A B', value: 'x' }, 'Variable names can only contain alphanumeric characters'],
  [{ name: 'GITHUB_A', value: 'x' }, 'Variable names must not start with GITHUB_.'],
  [{ name: 'A', value: 'x'.repeat(48 * 1024 + 1) }, 'Value is too large.'],
])('%j is refused', async (body, complaint) => {
  await using github = await startWithHistory()
  expect(await personal(github)(PATH, { method: 'POST', body })).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining(complaint) },
  })
})

test('a page holds 10 by default and 30 at most, in the order of the names', async () => {
  await using github = await startWithHistory()
  for (let at = 40; at > 0; at--) github.setVariable(`V${String(at).padStart(2, '0')}`, 'x')
  const ask = personal(github)
  const names = async (query: string) => {
    const { variables } = Object((await ask(`${PATH}?${query}`)).body)
    return Object(variables).map(({ name }: { readonly name: string }) => name)
  }
  expect(await names('')).toEqual(['V01', 'V02', 'V03', 'V04', 'V05', 'V06', 'V07', 'V08', 'V09', 'V10'])
  expect(await names('per_page=100')).toHaveLength(30)
  expect(await names('per_page=30&page=2')).toHaveLength(10)
})

test('another repository has its own once it was added', async () => {
  await using github = await startWithHistory()
  github.setVariable('A', 'ours')
  const ask = personal(github)
  expect((await ask('/repos/acme/other/actions/variables')).status).toBe(404)
  expect(() => github.setVariable('A', 'theirs', 'acme/other')).toThrow('No repository acme/other')
  github.addRepository('acme/other')
  github.setVariable('A', 'theirs', 'acme/other')
  expect((await ask('/repos/acme/OTHER/actions/variables/a')).body).toMatchObject({ value: 'theirs' })
  expect([github.variable('A'), github.variable('A', 'acme/other')]).toEqual(['ours', 'theirs'])
})
