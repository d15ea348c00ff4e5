import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cloudflare } from '../../../rehearsal/cloudflare/server.ts'
import { ACCOUNT, call, start } from './client.ts'

const scripts = `/accounts/${ACCOUNT}/workers/scripts`
const secrets = (worker: string) => `${scripts}/${worker}/secrets`

let cloudflare: Cloudflare

beforeEach(async () => {
  cloudflare = await start({
    workers: [
      { name: 'api', secrets: { KEY: 'old', OTHER: 'kept' } },
      { name: 'empty' },
      { name: 'behind', secrets: { KEY: 'old' }, latestDeployed: false },
    ],
  })
})

afterEach(async () => {
  await cloudflare[Symbol.asyncDispose]()
})

function put(worker: string, name: string, text: unknown) {
  return call(cloudflare, 'PUT', secrets(worker), { json: { name, text, type: 'secret_text' } })
}

describe('the secrets of a Worker', () => {
  test('are listed and shown by name and type only', async () => {
    const [key, other] = ['KEY', 'OTHER'].map((name) => ({ name, type: 'secret_text' }))
    expect(await call(cloudflare, 'GET', secrets('api'))).toMatchObject({ status: 200, result: [key, other] })
    expect((await call(cloudflare, 'GET', `${secrets('api')}/KEY`)).result).toEqual(key)
    expect((await call(cloudflare, 'GET', secrets('empty'))).result).toEqual([])
    expect(JSON.stringify(cloudflare.requests)).not.toContain('old')
  })

  test('are live as soon as they are put, new ones and changed ones', async () => {
    expect(await put('api', 'KEY', 'new')).toMatchObject({
      status: 200,
      result: { name: 'KEY', type: 'secret_text' },
    })
    await put('empty', 'FIRST', '-----BEGIN-----\nlines\n')
    expect(cloudflare.workers).toEqual({
      api: { KEY: 'new', OTHER: 'kept' },
      empty: { FIRST: '-----BEGIN-----\nlines\n' },
      behind: { KEY: 'old' },
    })
  })

  test('are gone once deleted, and then 10056', async () => {
    expect(await call(cloudflare, 'DELETE', `${secrets('api')}/KEY`)).toMatchObject({ status: 200, success: true })
    expect(cloudflare.workers['api']).toEqual({ OTHER: 'kept' })
    for (const method of ['GET', 'DELETE']) {
      const answer = await call(cloudflare, method, `${secrets('api')}/KEY`)
      expect(answer).toMatchObject({ status: 404, errors: [{ code: 10056 }] })
      expect(answer.errors[0]?.message).toContain("'KEY'")
    }
  })

  test('may be as long as 5 KB in bytes, and no longer', async () => {
    const longest = `${'x'.repeat(5118)}ü`
    expect(await put('empty', 'KEY', longest)).toMatchObject({ status: 200 })
    const answer = await put('empty', 'KEY', `${longest}x`)
    expect(answer).toMatchObject({ status: 400, errors: [{ code: 10054 }] })
    expect(answer.errors[0]?.message).toBe(
      "Text binding 'KEY' is too large, its size of 5.1 kB exceeds the limit of 5.1 kB.",
    )
    expect((await put('empty', 'KEY', 'x'.repeat(13_000))).errors[0]?.message).toContain('its size of 13 kB')
    expect(cloudflare.workers['empty']).toEqual({ KEY: longest })
  })

  test.each([
    ['no name', { text: 'x', type: 'secret_text' }],
    ['an empty name', { name: '', text: 'x', type: 'secret_text' }],
    ['no text', { name: 'A', type: 'secret_text' }],
    ['a text that is none', { name: 'A', text: 5, type: 'secret_text' }],
    ['no type', { name: 'A', text: 'x' }],
    ['another type', { name: 'A', text: 'x', type: 'plain_text' }],
  ])('are not put with %s', async (_what, json) => {
    const answer = await call(cloudflare, 'PUT', secrets('empty'), { json })
    expect(answer).toMatchObject({ status: 400, success: false, errors: [{ code: 10013 }] })
    expect(cloudflare.workers['empty']).toEqual({})
  })

  test('keep out of the record of requests', async () => {
    await put('api', 'KEY', 's3cret')
    expect(JSON.stringify(cloudflare.requests)).not.toContain('s3cret')
    expect(cloudflare.requests[0]?.body).toEqual({ name: 'KEY', text: '***', type: 'secret_text' })
  })
})

test.each([
  ['GET', ''],
  ['PUT', ''],
  ['GET', '/KEY'],
  ['DELETE', '/KEY'],
])('%s secrets%s of an unknown Worker is 10007, and makes none', async (method, path) => {
  const json = method === 'PUT' ? { name: 'KEY', text: 'x', type: 'secret_text' } : undefined
  const answer = await call(cloudflare, method, `${secrets('other')}${path}`, { json })
  expect(answer).toMatchObject({ status: 404, errors: [{ code: 10007 }] })
  expect(Object.keys(cloudflare.workers)).toEqual(['api', 'empty', 'behind'])
})

describe('where the latest version is not the deployed one', () => {
  test('secrets can be read, and changing one is 10215', async () => {
    const refused = { status: 400, errors: [{ code: 10215 }] }
    expect((await call(cloudflare, 'GET', secrets('behind'))).result).toHaveLength(1)
    expect((await call(cloudflare, 'GET', `${secrets('behind')}/KEY`)).status).toBe(200)
    expect(await put('behind', 'KEY', 'new')).toMatchObject(refused)
    expect(await put('behind', 'MORE', 'more')).toMatchObject(refused)
    expect(await call(cloudflare, 'DELETE', `${secrets('behind')}/KEY`)).toMatchObject(refused)
    expect(cloudflare.workers['behind']).toEqual({ KEY: 'old' })
  })
})

test('without Workers there are none', async () => {
  await using none = await start()
  expect(none.workers).toEqual({})
})
