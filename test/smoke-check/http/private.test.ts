import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { ClientOptions } from '../../../actions/smoke-check/http/client.ts'
import { startConnectProxy } from '../../support/proxy.ts'
import { startHttp } from '../../support/tls.ts'
import { get, names, problem } from './setup.ts'

const PUBLIC = '93.184.215.14'
const OTHER_PUBLIC = '2606:4700::1111'

/** A network in which loopback servers stand at public addresses; writes down which addresses were connected to. */
function network(known: Readonly<Record<string, readonly string[]>>, dialled: string[] = []) {
  const open: ClientOptions['open'] = (address, port) => {
    dialled.push(address)
    return connect({ host: address === PUBLIC || address === OTHER_PUBLIC ? '127.0.0.1' : address, port })
  }
  return { lookup: names({ 'site.example': [PUBLIC], ...known }), open }
}

async function redirectingTo(location: string) {
  return startHttp((request, response) => {
    if (request.url === '/end') response.end('end')
    else response.writeHead(302, { location: location.replace('PORT', String(request.socket.localPort)) }).end()
  })
}

describe('a redirect from a public host is refused', () => {
  test.each([
    ['to loopback', 'http://127.0.0.1:PORT/end'],
    ['to loopback as a number', 'http://2130706433:PORT/end'],
    ['to loopback in octal', 'http://0177.0.0.1:PORT/end'],
    ['to loopback, shortened', 'http://127.1:PORT/end'],
    ['to IPv6 loopback', 'http://[::1]:PORT/end'],
    ['to loopback, mapped', 'http://[::ffff:127.0.0.1]:PORT/end'],
    ['to a mapped private address', 'http://[::ffff:a00:1]/end'],
    ['to a private address', 'http://10.0.0.1/end'],
    ['to the metadata service', 'http://169.254.169.254/latest/meta-data'],
    ["to Azure's wire server", 'http://168.63.129.16/machine'],
    ['to a link-local address', 'http://[fe80::1]/end'],
    ['to a unique local address', 'http://[fd00::1]/end'],
    ["to a carrier's address", 'http://100.64.0.1/end'],
    ['to the unspecified address', 'http://0.0.0.0:PORT/end'],
    ['to a name for loopback', 'http://inside.example:PORT/end'],
    ['to a name of which one address is private', 'http://mixed.example:PORT/end'],
  ])('%s', async (_, location) => {
    const dialled: string[] = []
    await using server = await redirectingTo(location)
    const known = { 'inside.example': ['127.0.0.1'], 'mixed.example': [PUBLIC, '10.0.0.1'] }
    const found = await problem(`http://site.example:${server.port}/`, { client: network(known, dialled) })
    expect(found.kind).toBe('address')
    expect(found.message).toContain('A public server redirects to')
    expect(found.message).toContain('which is not a public address; it was not connected to')
    expect(dialled).toEqual([PUBLIC])
  })

  test('to localhost, as the machine itself resolves it', async () => {
    const dialled: string[] = []
    await using server = await redirectingTo('http://localhost:PORT/end')
    const client = network({ localhost: ['127.0.0.1'] }, dialled)
    expect((await problem(`http://site.example:${server.port}/`, { client })).kind).toBe('address')
    expect(dialled).toEqual([PUBLIC])
  })

  test('after another public host as well', async () => {
    await using server = await startHttp((request, response) => {
      const { host = '' } = request.headers
      const next = host.startsWith('site.') ? `http://other.example:${request.socket.localPort}/` : 'http://10.0.0.1/'
      response.writeHead(302, { location: next }).end()
    })
    const client = network({ 'other.example': [OTHER_PUBLIC] })
    expect((await problem(`http://site.example:${server.port}/`, { client })).kind).toBe('address')
  })

  test('also when a resolver changes its mind: the address that was looked at is the one connected to', async () => {
    const dialled: string[] = []
    let asked = 0
    const { open } = network({}, dialled)
    const lookup = async (host: string) => {
      if (host === 'site.example') return [PUBLIC]
      return asked++ === 0 ? [OTHER_PUBLIC] : ['127.0.0.1']
    }
    await using server = await redirectingTo('http://rebind.example:PORT/end')
    const response = await get(`http://site.example:${server.port}/`, { client: { lookup, open } })
    expect(response.address).toBe(OTHER_PUBLIC)
    expect(dialled).toEqual([PUBLIC, OTHER_PUBLIC])
    expect(asked).toBe(1)
  })

  test('behind a proxy as well, as far as this machine knows the name', async () => {
    await using server = await redirectingTo('http://inside.example:PORT/end')
    await using proxy = await startConnectProxy()
    // The proxy of the tests tunnels only; the redirect is given out without one.
    const env = { http_proxy: proxy.url, no_proxy: 'site.example' }
    const client = { ...network({ 'inside.example': ['10.0.0.1'] }), env }
    const found = await problem(`http://site.example:${server.port}/`, { client })
    expect(found.kind).toBe('address')
    expect(found.message).toContain('inside.example (10.0.0.1)')
  })
})

describe('a redirect is followed', () => {
  test('from a public host to another one', async () => {
    await using server = await redirectingTo('http://other.example:PORT/end')
    const client = network({ 'other.example': [OTHER_PUBLIC, PUBLIC] })
    expect((await get(`http://site.example:${server.port}/`, { client })).address).toBe(OTHER_PUBLIC)
  })

  test('from a private host, which the check names itself, to a private one', async () => {
    await using server = await redirectingTo('http://localhost:PORT/end')
    expect((await get(server.origin)).url.hostname).toBe('localhost')
  })

  test('to where resolve sends the name: those are the words of the check, not of the server', async () => {
    await using server = await redirectingTo('http://staging.example:PORT/end')
    const options = { resolve: { 'staging.example': '127.0.0.1' }, client: network({}) }
    expect((await get(`http://site.example:${server.port}/`, options)).address).toBe('127.0.0.1')
  })
})
