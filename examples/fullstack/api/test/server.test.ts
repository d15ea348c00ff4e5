/** Against a real PostgreSQL: PGHOST and its like say where. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { serve } from '../src/server.ts'
import { migrate } from '../src/sightings.ts'

const pool = new pg.Pool()
const server = serve(pool, 'c0ffee')
let url = ''

before(async () => {
  await migrate(pool)
  await pool.query('truncate sighting')
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(async () => {
  server.close()
  await pool.end()
})

const post = (body: string) => fetch(`${url}/sightings`, { method: 'POST', body })

test('says which commit it is, and that the database answers', async () => {
  assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { commit: 'c0ffee', database: 'ok' })
})

test('keeps sightings, newest first', async () => {
  for (const light of ['Fastnet', 'Bishop Rock']) {
    assert.equal((await post(JSON.stringify({ light, ship: 'Beagle' }))).status, 201)
  }
  const expected = [
    { light: 'Bishop Rock', ship: 'Beagle' },
    { light: 'Fastnet', ship: 'Beagle' },
  ]
  assert.deepEqual(await (await fetch(`${url}/sightings`)).json(), expected)
  const { rows } = await pool.query('select count(*)::int as count from sighting')
  assert.deepEqual(rows, [{ count: 2 }])
})

test('refuses what is no sighting', async () => {
  assert.equal((await post('{"light":"Fastnet"}')).status, 400)
  assert.equal((await post('null')).status, 400)
  assert.equal((await post('no JSON')).status, 500)
  assert.equal((await fetch(`${url}/elsewhere`)).status, 404)
})
