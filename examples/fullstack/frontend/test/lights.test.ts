import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe, fetchLights } from '../src/lights.ts'

const answering = (body: unknown, status = 200) => {
  const asked: string[] = []
  const ask: typeof fetch = async (url) => {
    asked.push(String(url))
    return Response.json(body, { status })
  }
  return { ask, asked }
}

test('describes a light', () => {
  assert.equal(describe({ name: 'Fastnet', period: 5 }), 'Fastnet flashes every 5 s')
})

test('asks the API that was built in', async () => {
  const { ask, asked } = answering([{ name: 'Fastnet', period: 5 }])
  assert.deepEqual(await fetchLights('https://api.example/', ask), [{ name: 'Fastnet', period: 5 }])
  assert.deepEqual(asked, ['https://api.example/api/lights/'])
})

test('says what the API answers instead', async () => {
  await assert.rejects(fetchLights('https://api.example', answering({}, 503).ask), /answers 503/)
  await assert.rejects(fetchLights('https://api.example', answering({ lights: 1 }).ask), /unreadable/)
})
