/** The API over HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Pool } from 'pg'
import { add, newest, type Sighting } from './sightings.ts'

/** @param commit what is deployed, so that anyone can ask */
export function serve(pool: Pool, commit: string): Server {
  return createServer((request, response) => {
    answer(pool, commit, request)
      .then(({ status, body }) => send(response, status, body))
      .catch((error: unknown) => send(response, 500, { error: error instanceof Error ? error.message : 'unknown' }))
  })
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

async function answer(pool: Pool, commit: string, request: IncomingMessage): Promise<Answer> {
  const what = `${request.method} ${request.url}`
  if (what === 'GET /healthz') {
    await pool.query('select 1')
    return { status: 200, body: { commit, database: 'ok' } }
  }
  if (what === 'GET /sightings') return { status: 200, body: await newest(pool) }
  if (what !== 'POST /sightings') return { status: 404, body: { error: 'There is nothing here.' } }
  const body: unknown = await json(request)
  if (!isSighting(body)) return { status: 400, body: { error: 'A sighting has a light and a ship.' } }
  await add(pool, body)
  return { status: 201, body }
}

function isSighting(value: unknown): value is Sighting {
  if (typeof value !== 'object' || value === null || !('light' in value) || !('ship' in value)) return false
  return typeof value.light === 'string' && typeof value.ship === 'string'
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
