import { describe, expect, test } from 'vitest'
import { Authority, startHttp, startTls } from '../../support/tls.ts'
import { get, names, newJar, textOf } from './setup.ts'

/** Answers with the cookies that it was sent; `/set/…` sets one and goes to `/show`. */
function cookieServer(set: readonly string[], then = '/show') {
  return startHttp((request, response) => {
    if (request.url === '/set') response.writeHead(302, { location: then, 'set-cookie': [...set] }).end()
    else response.end(request.headers.cookie ?? 'none')
  })
}

describe('cookies', () => {
  test('of a redirect are sent to the next hop, and kept for the next request', async () => {
    await using server = await cookieServer(['session=1; HttpOnly', 'csrftoken=2; Path=/'])
    const jar = newJar()
    expect(textOf(await get(`${server.origin}/set`, { jar }))).toBe('session=1; csrftoken=2')
    expect(textOf(await get(`${server.origin}/show`, { jar }))).toBe('session=1; csrftoken=2')
  })

  test('are neither sent nor kept without a jar', async () => {
    await using server = await cookieServer(['session=1'])
    expect(textOf(await get(`${server.origin}/set`))).toBe('none')
  })

  test('keep to their path and their end', async () => {
    await using server = await cookieServer(['a=1; Path=/other', 'b=2; Max-Age=0', 'c=3; Path=/sh', 'd=4; Path=/show'])
    expect(textOf(await get(`${server.origin}/set`, { jar: newJar() }))).toBe('d=4')
  })

  test('that the check writes itself are sent instead', async () => {
    await using server = await cookieServer(['session=1'])
    const jar = newJar()
    await get(`${server.origin}/set`, { jar })
    expect(textOf(await get(`${server.origin}/show`, { jar, headers: { cookie: 'own=1' } }))).toBe('own=1')
  })

  test('that are Secure are kept from plain http, except on this machine, as browsers do', async () => {
    await using server = await cookieServer(['session=1; Secure'])
    expect(textOf(await get(`${server.origin}/set`, { jar: newJar() }))).toBe('session=1')
    const client = { lookup: names({ 'site.example': ['127.0.0.1'] }) }
    const far = await get(`http://site.example:${server.port}/set`, { jar: newJar(), client })
    expect(textOf(far)).toBe('none')
  })

  test('that are Secure come back over https, __Host- ones too', async () => {
    const authority = await Authority.create('Test Root')
    await using server = await startTls(await authority.issue(), (request, response) => {
      response.setHeader('set-cookie', '__Host-session=1; Secure; Path=/')
      response.end(request.headers.cookie ?? 'none')
    })
    const jar = newJar()
    const client = { ca: [authority.pem] }
    await get(server.origin, { jar, client })
    expect(textOf(await get(server.origin, { jar, client }))).toBe('__Host-session=1')
  })

  test('for a foreign domain, a public suffix, or that are nonsense are not kept, and do no harm', async () => {
    await using server = await cookieServer(['a=1; Domain=other.example', 'b=2; Domain=example', '=;;;', '', 'ok=1'])
    const client = { lookup: names({ 'site.example': ['127.0.0.1'] }) }
    const response = await get(`http://site.example:${server.port}/set`, { jar: newJar(), client })
    expect(textOf(response)).toBe('ok=1')
  })

  test('do not follow a redirect to another host', async () => {
    await using to = await startHttp((request, response) => response.end(request.headers.cookie ?? 'none'))
    await using from = await cookieServer(['session=1'], `http://localhost:${to.port}/`)
    expect(textOf(await get(`${from.origin}/set`, { jar: newJar() }))).toBe('none')
  })

  test('do not follow a redirect to another port of their host, nor a further one from there', async () => {
    await using to = await startHttp((request, response) => {
      if (request.url === '/first') response.writeHead(302, { location: '/second' }).end()
      else response.end(request.headers.cookie ?? 'none')
    })
    await using from = await cookieServer(['session=1'], `${to.origin}/first`)
    expect(textOf(await get(`${from.origin}/set`, { jar: newJar() }))).toBe('none')
  })

  test('are there again when a redirect comes back to their origin, as after a login elsewhere', async () => {
    let back = ''
    await using login = await startHttp((_, response) => {
      const headers = { location: back, 'set-cookie': 'login=1; Path=/' }
      response.writeHead(302, headers).end()
    })
    await using from = await cookieServer(['session=1; Path=/'], login.origin)
    back = `${from.origin}/show`
    expect(textOf(await get(`${from.origin}/set`, { jar: newJar() }))).toBe('session=1')
  })

  test('with a Domain are for the hosts under it', async () => {
    await using server = await cookieServer(['shared=1; Domain=site.test', 'own=1'], '/')
    const client = { lookup: names({ 'app.site.test': ['127.0.0.1'], 'api.site.test': ['127.0.0.1'] }) }
    const jar = newJar()
    await get(`http://app.site.test:${server.port}/set`, { jar, client })
    expect(textOf(await get(`http://api.site.test:${server.port}/`, { jar, client }))).toBe('shared=1')
  })

  test('with a Domain do not follow a redirect to another host under it either', async () => {
    await using server = await startHttp((request, response) => {
      const there = `http://api.site.test:${request.socket.localPort}/`
      if (request.url === '/set') {
        response.writeHead(302, { location: there, 'set-cookie': ['shared=1; Domain=site.test', 'own=1'] }).end()
      } else response.end(request.headers.cookie ?? 'none')
    })
    const client = { lookup: names({ 'app.site.test': ['127.0.0.1'], 'api.site.test': ['127.0.0.1'] }) }
    const response = await get(`http://app.site.test:${server.port}/set`, { jar: newJar(), client })
    expect(textOf(response)).toBe('none')
  })

  test('are told, those of redirects, and those that no jar takes', async () => {
    await using server = await cookieServer(['session=first-1; Path=/', 'evil=second-2; Domain=other.test'], '/')
    const told: string[] = []
    await get(`${server.origin}/set`, { cookieSet: (name, value) => void told.push(`${name}=${value}`) })
    expect(told).toEqual(['session=first-1', 'evil=second-2'])
  })
})
