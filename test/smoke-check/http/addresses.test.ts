import { execFile } from 'node:child_process'
import { connect, Socket } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { besides, interleave, isPublic, systemLookup } from '../../../actions/smoke-check/http/addresses.ts'
import { openSocket } from '../../../actions/smoke-check/http/dial.ts'
import { refusingOrigin } from '../../support/server.ts'
import { startHttp } from '../../support/tls.ts'
import { get, names, problem } from './setup.ts'

const run = promisify(execFile)

describe('the address', () => {
  test('is the one that resolve gives, with the name in the request', async () => {
    await using server = await startHttp((request, response) => response.end(request.headers.host))
    const resolve = { 'site.example': '127.0.0.1' }
    const response = await get(`http://site.example:${server.port}/`, { resolve, client: { lookup: names({}) } })
    expect(response.address).toBe('127.0.0.1')
    expect(Buffer.from(response.body).toString()).toBe(`site.example:${server.port}`)
  })

  test('is of the family that is asked for, of the resolver too', async () => {
    const asked: number[] = []
    const lookup = async (_: string, family: number) => {
      asked.push(family)
      return family === 6 ? ['::1'] : ['127.0.0.1']
    }
    await using six = await startHttp((_, response) => response.end(), '::1')
    await using four = await startHttp((_, response) => response.end())
    const viaSix = await get(`http://site.example:${six.port}`, { ip: '6', client: { lookup } })
    const viaFour = await get(`http://site.example:${four.port}`, { ip: '4', client: { lookup } })
    expect([viaSix.address, viaFour.address]).toEqual(['::1', '127.0.0.1'])
    expect(asked).toEqual([6, 4])
  })

  test('may be an IPv6 literal', async () => {
    await using server = await startHttp((request, response) => response.end(request.headers.host), '::1')
    const response = await get(`http://[::1]:${server.port}/`)
    expect(response.address).toBe('::1')
    expect(Buffer.from(response.body).toString()).toBe(`[::1]:${server.port}`)
  })

  test('of the wrong family is a problem that says so', async () => {
    expect(await problem('http://127.0.0.1:9/', { ip: '6' })).toMatchObject({
      kind: 'address',
      message: '127.0.0.1 is an IPv4 address, and ip: 6 wants IPv6.',
    })
    const resolve = { 'site.example': '127.0.0.1' }
    expect((await problem('http://site.example/', { ip: '6', resolve })).message).toContain(
      '127.0.0.1, to which resolve sends site.example, is an IPv4 address',
    )
  })

  test('that a name has not got is a problem that names the record', async () => {
    const found = await problem('http://site.example/', { ip: '6', client: { lookup: names({}) } })
    expect(found).toMatchObject({ kind: 'dns', hint: 'Add an AAAA record, or do not ask for ip: 6.' })
    expect(found.message).toContain('site.example has no IPv6 address')
  })

  test('is looked up once for all who ask at the same time, and anew for the next', async () => {
    const lookup = systemLookup()
    const first = lookup('localhost', 4)
    expect(lookup('localhost', 4)).toBe(first)
    expect(await first).toEqual(['127.0.0.1'])
    expect(lookup('localhost', 4)).not.toBe(first)
  })
})

describe('a name that hangs', () => {
  test.skipIf(process.platform !== 'linux')('leaves threads for others: libuv by itself gives names two', async () => {
    const client = new URL('../../../actions/smoke-check/http/client.ts', import.meta.url).href
    const script = `
      import { lookup } from 'node:dns/promises'
      import { readdirSync } from 'node:fs'
      import { createClient } from ${JSON.stringify(client)}
      createClient({ env: {} })
      const before = readdirSync('/proc/self/task').length
      await lookup('localhost')
      console.log(readdirSync('/proc/self/task').length - before)`
    const env = { PATH: process.env['PATH'] }
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env })
    expect(Number(stdout)).toBeGreaterThan(32)
  })

  test('is told with others that wait for the resolver', async () => {
    const answer = systemLookup()('localhost', 4)
    expect(besides('site.example')).toBe(', and neither had localhost')
    expect(besides('localhost')).toBe('')
    await answer
    expect(besides('site.example')).toBe('')
  })
})

describe('of several addresses', () => {
  test('the next is tried at once when one refuses', { retry: 3 }, async () => {
    await using server = await startHttp((_, response) => response.end())
    const client = { lookup: names({ 'site.example': ['::1', '127.0.0.1'] }) }
    const response = await get(`http://site.example:${server.port}`, { client })
    expect(response.address).toBe('127.0.0.1')
    expect(response.phases.connect).toBeLessThan(240)
  })

  test('the next is tried beside one that does not answer', async () => {
    await using server = await startHttp((_, response) => response.end())
    const silent = new Socket()
    const client = {
      lookup: names({ 'site.example': ['192.0.2.1', '127.0.0.1'] }),
      open: (address: string, port: number) => (address === '192.0.2.1' ? silent : openSocket(address, port)),
    }
    const response = await get(`http://site.example:${server.port}`, { client })
    expect(response.address).toBe('127.0.0.1')
    expect(response.phases.connect).toBeGreaterThan(200)
    expect(silent.destroyed).toBe(true)
  })

  test('a distant one has the whole connect timeout, not a quarter of a second', async () => {
    await using server = await startHttp((_, response) => response.end())
    const distant = (_: string, port: number) => {
      const socket = new Socket()
      setTimeout(() => socket.destroyed || socket.connect({ port, host: '127.0.0.1' }), 600)
      return socket
    }
    const client = { lookup: names({ 'site.example': ['192.0.2.1', '192.0.2.2'] }), open: distant }
    const response = await get(`http://site.example:${server.port}`, { client })
    expect(response.address).toBe('192.0.2.1')
    expect(response.phases.connect).toBeGreaterThan(500)
    await expect.poll(() => server.open()).toBe(0)
  })

  test('all are named when none takes the connection', async () => {
    const { port } = new URL(await refusingOrigin())
    const client = { lookup: names({ 'site.example': ['127.0.0.1', '::1'] }) }
    const found = await problem(`http://site.example:${port}`, { client })
    expect(found.kind).toBe('refused')
    expect(found.message).toContain('(127.0.0.1 ECONNREFUSED, ::1 ECONNREFUSED)')
  })

  test('no route is its own problem', async () => {
    const open = () =>
      connect({ host: '127.0.0.1', port: 1 }).destroy(Object.assign(new Error(), { code: 'ENETUNREACH' }))
    const found = await problem('http://[2001:db8::1]/', { client: { open } })
    expect(found.kind).toBe('unreachable')
    expect(found.hint).toContain('have no IPv6')
  })

  test('the families take turns, beginning with the first', () => {
    expect(interleave(['2606::1', '2606::2', '2606::3', '1.1.1.1'])).toEqual([
      '2606::1',
      '1.1.1.1',
      '2606::2',
      '2606::3',
    ])
    expect(interleave(['1.1.1.1', '2606::1'])).toEqual(['1.1.1.1', '2606::1'])
    expect(interleave([])).toEqual([])
  })
})

describe('public is', () => {
  test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'])(
    '%s',
    (address) => expect(isPublic(address)).toBe(true),
  )

  test.each([
    '127.0.0.1',
    '127.255.0.1',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '0.0.0.0',
    '0.1.2.3',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::7f00:1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'ff02::1',
    '4000::1',
    'not an address',
    '',
  ])('not %s', (address) => expect(isPublic(address)).toBe(false))
})
