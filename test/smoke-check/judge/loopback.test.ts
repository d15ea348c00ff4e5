/** Judged are real answers here, from real servers, through the real client. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Check } from '../../../actions/smoke-check/check.ts'
import type { HttpResponse } from '../../../actions/smoke-check/exchange.ts'
import { createClient } from '../../../actions/smoke-check/http/client.ts'
import { judge } from '../../../actions/smoke-check/judge/judge.ts'
import { judgeLatency } from '../../../actions/smoke-check/judge/latency.ts'
import { Authority, startHttp, startTls } from '../../support/tls.ts'
import { exchange, get, requestTo } from '../http/setup.ts'
import { aCheck } from '../run/sample.ts'
import { equals, literal } from './setup.ts'

const DAY = 86_400_000

function judgeAnswer(check: Partial<Check>, response: HttpResponse, expectVersion?: string) {
  const observation = { response, expectVersion, now: Date.now(), captures: new Map() }
  return judge(aCheck(check), observation).map(({ assertion }) => assertion)
}

describe('an answer over the network', () => {
  it('is judged as the check says: status, version, JSON, headers, cookies, body', async () => {
    await using server = await startHttp((_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'set-cookie': ['session=abc; HttpOnly', 'old=; Max-Age=0'],
        vary: 'Accept, Origin',
      })
      response.end(gzipSync(JSON.stringify({ commit: 'abcdef0123abcdef0123abcdef0123abcdef0123', database: 'ok' })))
    })
    const response = await get(server.origin)
    const fine: Partial<Check> = {
      status: [{ exact: 200 }],
      version: { json: '$.commit' },
      json: [['$.database', equals('ok')]],
      headers: [['vary', { contains: literal('Origin') }]],
      cookies: [
        ['session', equals('abc')],
        ['old', { exists: false }],
      ],
      body: { contains: literal('"database":"ok"') },
      maxBodySize: 200,
    }
    expect(judgeAnswer(fine, response, 'abcdef0')).toEqual([])
    const wrong: Partial<Check> = {
      status: [{ exact: 204 }],
      version: { json: '$.commit' },
      json: [['$.database', equals('down')]],
      headers: [['vary', { exists: false }]],
      cookies: [['old', { exists: true }]],
      body: { notContains: literal('database') },
      maxBodySize: 10,
    }
    expect(judgeAnswer(wrong, response, '0000000')).toEqual([
      'version',
      'status',
      'json $.database',
      'header vary',
      'cookie old',
      'body',
      'body max-size',
    ])
  })

  it('that has no end is cut, and judged as far as it was read', async () => {
    await using server = await startHttp((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    const response = await get(server.origin, { maxBody: 1000 })
    expect(judgeAnswer({ maxBodySize: 1000, json: [['$', { exists: true }]] }, response)).toEqual([
      'json',
      'body max-size',
    ])
    expect(judgeAnswer({ body: { matches: '^x+' } }, response)).toEqual([])
  })

  it('over TLS has its leaf and its chain judged apart', async () => {
    const root = await Authority.create('Root')
    const intermediate = await root.intermediate('Short-lived', { to: 10 })
    const identity = await intermediate.issue({ to: 60 })
    await using server = await startTls(identity, (_request, response) => response.end('ok'))
    const response = await get(server.origin, { client: { ca: [root.pem] } })
    const within = (days: number) => judgeAnswer({ tls: { expiresIn: days * DAY, severity: 'fail' } }, response)
    expect([within(5), within(30), within(90)]).toEqual([[], ['tls chain'], ['tls leaf', 'tls chain']])
  })

  it('has its latency judged cold and warm apart', async () => {
    const sockets = new Set<unknown>()
    await using server = await startHttp(({ socket }, response) => {
      const delay = sockets.has(socket) ? 0 : 150 // the first request on a connection is slow
      sockets.add(socket)
      setTimeout(() => response.end('ok'), delay)
    })
    const request = requestTo(server.origin)
    const cold = await exchange(server.origin)
    const warm = await createClient({ env: {} }).warm(request, 20, new AbortController().signal)
    if (!cold.ok) throw new Error(cold.problem.message)
    const check = aCheck({ latency: { max: 100, p95: 100, coldMax: 100, samples: 20 } })
    const { findings, warm: times } = judgeLatency(check, cold.response, warm)
    expect(findings.map(({ assertion }) => assertion)).toEqual(['latency cold-max'])
    expect(times?.samples).toBe(20)
    expect(times?.p95).toBeLessThan(100)
  })
})
