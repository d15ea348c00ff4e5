/** What takes more than one request: captures, sessions, both protocols, redirects to elsewhere, versions. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startHttp, startTls } from '../../support/tls.ts'
import { json } from '../run/scenario.ts'
import { check, expectGreen, expectRed, listenerOf, ONE_ROUND, type Received, resumes, startWorld } from './setup.ts'

const OLD = '1111111111111111111111111111111111111111'
const NEW = '2222222222222222222222222222222222222222'

describe('captures', () => {
  const file = `
version: 1
defaults: { base-url: "\${HTTP_URL}" }
checks:
  - name: first
    url: /first
    capture:
      from_json: { json: "$.items[0].id" }
      from_header: { header: X-Request-Id }
      from_cookie: { cookie: csrftoken }
      from_body: { body-matches: '"name": ?"([a-z]+)"' }
  - name: second
    url: /items/\${from_json}?name=\${from_body}
    needs: [first]
    headers: { X-CSRFToken: "\${from_cookie}" }
    request-body: { json: { request: "\${from_header}" } }
    json: { $.id: { equals: "\${from_json}" } }
`

  it('are taken from JSON, a header, a cookie and the body, and filled in everywhere', async () => {
    const asked: Received[] = []
    await using world = await startWorld((request) => {
      asked.push(request)
      if (request.path !== '/first') return json({ id: request.path.slice('/items/'.length) })
      const headers = { 'x-request-id': 'request-7', 'set-cookie': 'csrftoken=cookie-7; Path=/' }
      return { ...json({ items: [{ id: 'item-7', name: 'hammer' }] }), headers }
    })
    const result = await check(file, ONE_ROUND, world.env)
    expect(result.exitCode).toBe(0)
    expectGreen(result, { name: 'second' })
    const [, second] = asked
    expect(second).toMatchObject({ method: 'POST', path: '/items/item-7', text: '{"request":"request-7"}' })
    expect(second?.query.get('name')).toBe('hammer')
    expect(second?.headers).toMatchObject({ 'x-csrftoken': 'cookie-7', cookie: 'csrftoken=cookie-7' })
  })

  it('that are not there are named, each with where it was looked for, and what needs them is skipped', async () => {
    await using world = await startWorld(() => json({ items: [] }))
    const result = await check(file, ONE_ROUND, world.env)
    expect(result).toMatchObject({ exitCode: 1, outputs: { failed: '2' } })
    expectRed(result, {
      name: 'first',
      yaml: '',
      findings: [
        ['capture from_json', /\$\{from_json\} cannot be captured.*\$\.items\[0\]\.id/],
        ['capture from_header', /no header x-request-id/],
        ['capture from_cookie', /cookie csrftoken is not set/],
        ['capture from_body', /does not match/],
      ],
    })
    expectRed(result, { name: 'second', yaml: '', findings: [['needs', /needs "first"/]], verdict: 'skipped' })
  })
})

describe('sessions', () => {
  it('have cookies of their own each, and are new in every round', async () => {
    const sent: string[] = []
    await using world = await startWorld(({ path, headers, count }) => {
      if (path === '/login') return { headers: { 'set-cookie': `sid=${headers['x-user']}-${count}; Path=/; HttpOnly` } }
      sent.push(`${path} ${headers.cookie ?? 'nothing'}`)
      return {}
    })
    const file = `
version: 1
defaults: { base-url: "\${HTTP_URL}" }
checks:
  - { name: ada logs in, url: /login, method: POST, session: ada, headers: { X-User: ada } }
  - { name: bob logs in, url: /login, method: PUT, session: bob, headers: { X-User: bob } }
  - { name: ada, url: /ada, session: ada, needs: [ada logs in] }
  - { name: bob, url: /bob, session: bob, needs: [bob logs in] }
  - { name: nobody, url: /nobody, needs: [ada logs in, bob logs in] }
`
    const result = await check(file, { interval: '10ms' }, world.env)
    expect(result).toMatchObject({ exitCode: 0, outputs: { passed: '5', rounds: '2' } })
    expect(sent.slice(0, 3).sort()).toEqual(['/ada sid=ada-1', '/bob sid=bob-1', '/nobody nothing'])
    expect(sent.slice(3).sort()).toEqual(['/ada sid=ada-2', '/bob sid=bob-2', '/nobody nothing'])
  })
})

describe('ip: both', () => {
  /** Gives a name both addresses of this machine, whatever its hosts file has. */
  const RESOLVER = `import dns from 'node:dns';import { syncBuiltinESMExports } from 'node:module';
dns.lookup = (host, { family }, callback) => {
  const found = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }].filter((one) => !family || one.family === family);
  process.nextTick(callback, null, found);
};
syncBuiltinESMExports();`
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(RESOLVER)}` }

  it.each([
    ['both', 0, ['127.0.0.1', '::1']],
    ['4', 0, ['127.0.0.1']],
    ['6', 0, ['::1']],
  ])('asks with %s over each of them', async (ip, exitCode, addresses) => {
    await using site = await startDual(() => 200)
    const result = await check(site.file(ip), ONE_ROUND, env)
    expect(result.exitCode).toBe(exitCode)
    expect(site.asked().sort()).toEqual(addresses)
  })

  it('is red when one of them is, and says which', async () => {
    await using site = await startDual((address) => (address === '::1' ? 500 : 200))
    const result = await check(site.file('both'), ONE_ROUND, env)
    expect(result.exitCode).toBe(1)
    expectRed(result, { name: 'dual', yaml: '', findings: [['status', /^Over IPv6: The answer is 500/]] })
  })

  it('is red where nothing listens on one of them', async () => {
    await using site = await startHttp((_, response) => void response.end())
    const file = `{ version: 1, checks: [{ name: dual, url: "http://dual.test:${site.port}/" }] }`
    const result = await check(file, { ...ONE_ROUND, ip: 'both' }, env)
    expect(result.exitCode).toBe(1)
    expectRed(result, { name: 'dual', yaml: '', findings: [['refused', /^Over IPv6: .*refused the connection.*::1/]] })
  })

  async function startDual(status: (address: string) => number) {
    const asked: string[] = []
    const server = createServer(({ socket }, response) => {
      const address = (socket.localAddress ?? '').replace(/^::ffff:/, '')
      asked.push(address)
      response.writeHead(status(address)).end()
    }).listen(0, '::')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return {
      asked: () => asked,
      file: (ip: string) => `{ version: 1, checks: [{ name: dual, url: "http://dual.test:${port}/", ip: "${ip}" }] }`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      },
    }
  }
})

describe('redirects to another origin', () => {
  const file = (redirects: string) => `
version: 1
defaults:
  base-url: "\${HTTP_URL}"
  headers: { Authorization: "Bearer \${TOKEN}", X-Api-Key: "\${TOKEN}" }
checks:
  - { name: cookie, url: /cookie }
  - { name: away, url: /away, redirects: ${redirects}, needs: [cookie], body: { equals: there } }
`

  const start = async () => {
    const seen: Received[] = []
    await using stack = new AsyncDisposableStack()
    let there = ''
    const world = stack.use(
      await startWorld((request) => {
        seen.push(request)
        if (request.path === '/cookie') return { headers: { 'set-cookie': 'sid=very-secret-session; Path=/' } }
        if (request.path === '/there') return { body: 'there' }
        return { status: 302, headers: { location: there } }
      }),
    )
    there = `${world.tls.origin.replace('localhost', '127.0.0.1')}/there`
    const kept = stack.move()
    return { world, seen, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  }

  it('are followed as often as the file says, without credentials, cookies and headers of the check', async () => {
    await using site = await start()
    const result = await check(file('1'), ONE_ROUND, { ...site.world.env, TOKEN: 'token-of-the-tests' })
    expect(result.exitCode).toBe(0)
    expect(result.checks.get('away')?.last[0]).toMatchObject({ redirects: 1, tls: { protocol: expect.any(String) } })
    const [, here, there] = site.seen
    expect(here?.headers).toMatchObject({
      authorization: 'Bearer token-of-the-tests',
      'x-api-key': 'token-of-the-tests',
      cookie: 'sid=very-secret-session',
    })
    expect(there?.path).toBe('/there')
    for (const name of ['authorization', 'x-api-key', 'cookie']) expect(there?.headers).not.toHaveProperty(name)
  })

  it('are an answer with redirects: none', async () => {
    await using site = await start()
    const result = await check(file('none'), ONE_ROUND, { ...site.world.env, TOKEN: 'token-of-the-tests' })
    expect(result.exitCode).toBe(1)
    expectRed(result, {
      name: 'away',
      yaml: '',
      findings: [
        ['status', /302 Found/],
        ['body', /must equal "there"/],
      ],
    })
    expect(site.seen.map(({ path }) => path)).not.toContain('/there')
  })
})

describe('the version gate', () => {
  const file = `
version: 1
defaults: { base-url: "\${HTTP_URL}" }
checks:
  - { name: in JSON, url: /json, version: { json: $.commit } }
  - { name: in a header, url: /header, version: { header: X-Version } }
  - { name: in a cookie, url: /cookie, version: { cookie: release } }
  - { name: in the body, url: /body, version: { body-matches: 'content="([^"]+)"' } }
`
  const NAMES = ['in JSON', 'in a header', 'in a cookie', 'in the body']
  const serving = (version: (request: Received) => string) => (request: Received) => {
    const served = version(request)
    if (request.path === '/json') return json({ commit: served })
    if (request.path === '/header') return { headers: { 'x-version': served } }
    if (request.path === '/cookie') return { headers: { 'set-cookie': `release=${served}` } }
    return { body: `<meta name="version" content="${served}">` }
  }

  it('finds the version in JSON, a header, a cookie and the body, shortened or whole', async () => {
    await using world = await startWorld(serving(({ path }) => (path === '/header' ? NEW.slice(0, 7) : NEW)))
    const result = await check(file, { ...ONE_ROUND, 'expect-version': NEW }, world.env)
    expect(result).toMatchObject({ exitCode: 0, outputs: { passed: '4' } })
    for (const name of NAMES) {
      expectGreen(result, { name })
      expect(NEW).toContain(result.checks.get(name)?.last[0]?.servedVersion)
    }
  })

  it('waits for it in each of them, and is red with the old one', async () => {
    await using world = await startWorld(serving(() => OLD))
    const result = await check(file, { ...ONE_ROUND, 'expect-version': NEW }, world.env)
    expect(result).toMatchObject({ exitCode: 1, outputs: { passed: '0', failed: '4' } })
    const findings = [['version', new RegExp(`${OLD} answers; waiting for ${NEW}`)]] as const
    for (const name of NAMES) expectRed(result, { name, yaml: '', findings, verdict: 'waiting' })
  })

  it('is red with the old one where the check only warns', async () => {
    await using world = await startWorld(serving(() => OLD))
    const warning = file.replaceAll(' }\n', ', severity: warn }\n').replace('URL}", severity: warn }', 'URL}" }')
    const result = await check(warning, { ...ONE_ROUND, 'expect-version': NEW }, world.env)
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', failed: '4' } })
  })

  it('is not passed while one of several instances still has the old version', async () => {
    const versions: string[] = []
    await using world = await startWorld(
      serving(({ count }) => {
        const served = count % 2 === 1 && count < 6 ? OLD : NEW
        versions.push(served)
        return served
      }),
    )
    const result = await check(
      file.split('  - { name: in a header')[0] ?? '',
      { interval: '20ms', deadline: '30s', 'expect-version': NEW },
      world.env,
    )
    expect(result).toMatchObject({ exitCode: 0, outputs: { rounds: '7' } })
    expect(versions).toEqual([OLD, NEW, OLD, NEW, OLD, NEW, NEW])
    expect(result.stdout).toContain('in JSON: waiting.')
    expect(result.stdout).not.toContain('failed')
  })
})

describe('TLS', () => {
  it('is judged on a new session each time, although the server offers to resume the last', async () => {
    await using world = await startWorld(() => ({}))
    const file = `
version: 1
defaults: { base-url: "\${HTTPS_URL}", tls: { expires-in: 1d } }
checks:
  - { name: one, url: /one, presets: [error-rate: { max: 0%, samples: 10 }] }
  - { name: two, url: /two, latency: { max: 30s, samples: 3 } }
  - { name: three, url: /three, presets: [no-debug] }
`
    const result = await check(file, { interval: '10ms', deadline: '30s' }, world.env)
    expect(result.exitCode).toBe(0)
    expect(world.tls.resumed.length).toBeGreaterThanOrEqual(2 * 15)
    expect(world.tls.resumed).not.toContain(true)
    expect(await resumes(world.tls.port, world.authority.pem)).toBe(true)
  })

  it('with a certificate of nobody that is known is red', async () => {
    await using world = await startWorld(() => ({}))
    await using other = await startTls(
      await world.authority.issue({ hosts: ['other.test'] }),
      listenerOf(() => ({})),
    )
    const file = `{ version: 1, checks: [{ name: own, url: "\${HTTPS_URL}" }, { name: other, url: "${other.origin}" }] }`
    const trusting = await check(file, ONE_ROUND, world.env)
    expectGreen(trusting, { name: 'own' })
    expectRed(trusting, { name: 'other', yaml: '', findings: [['certificate', /other\.test/]] })
    const { NODE_EXTRA_CA_CERTS: _, ...env } = world.env
    const strict = await check(file, ONE_ROUND, { ...env, NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(strict).toMatchObject({ exitCode: 1, outputs: { failed: '2' } })
    expect(strict.checks.get('own')?.last[0]?.findings[0]?.assertion).toBe('certificate')
  })
})
