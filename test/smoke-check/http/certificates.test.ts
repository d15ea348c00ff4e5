import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Authority, type Identity, selfSigned, startTls, type WebServer } from '../../support/tls.ts'
import { get, problem, textOf } from './setup.ts'

const DAY = 86_400_000
let root: Authority

beforeAll(async () => {
  root = await Authority.create('Test Root')
})

function serve(identity: Identity): Promise<WebServer> {
  return startTls(identity, (_, response) => response.end('secure'))
}

const trusting = (...authorities: readonly Authority[]) => ({ client: { ca: authorities.map(({ pem }) => pem) } })

describe('a good certificate', () => {
  test('is judged leaf and chain apart: the intermediate may end first', async () => {
    const intermediate = await root.intermediate('Test Intermediate', { to: 20 })
    const identity = await intermediate.issue({ to: 60 })
    await using server = await serve(identity)
    const { tls, phases, body } = await get(server.origin, trusting(root))
    expect(Buffer.from(body).toString()).toBe('secure')
    expect(tls).toEqual({
      protocol: 'TLSv1.3',
      leaf: { subject: 'CN=localhost', issuer: 'CN=Test Intermediate', notAfter: seconds(identity.notAfter) },
      earliest: { subject: 'CN=Test Intermediate', issuer: 'CN=Test Root', notAfter: seconds(intermediate.notAfter) },
    })
    expect(phases.tls).toBeGreaterThan(0)
  })

  test('may be the one that ends first, and the root too', async () => {
    await using first = await serve(await root.issue({ to: 5 }))
    expect((await get(first.origin, trusting(root))).tls?.earliest.subject).toBe('CN=localhost')
    const ending = await Authority.create('Ending Root', { to: 3 })
    await using second = await serve(await ending.issue())
    expect((await get(second.origin, trusting(ending))).tls?.earliest.subject).toBe('CN=Ending Root')
  })

  test('is not judged by a cross-signature that was sent and not used', async () => {
    const old = await Authority.create('Old Root', { to: 2 })
    const intermediate = await root.intermediate('Test Intermediate')
    const cross = await old.crossSign(root, { to: 1 })
    await using server = await serve(await intermediate.issue({ to: 60, send: [intermediate, cross] }))
    const { tls } = await get(server.origin, trusting(root, old))
    expect(tls?.earliest).toMatchObject({ subject: 'CN=localhost' })
    expect(tls?.earliest.notAfter).toBeGreaterThan(Date.now() + 50 * DAY)
  })

  test('is not judged by one that was sent and belongs to nothing', async () => {
    const stray = await Authority.create('Stray Root', { to: 1 })
    const expired = await root.intermediate('Expired Intermediate', { to: -1 })
    const intermediate = await root.intermediate('Test Intermediate')
    await using server = await serve(await intermediate.issue({ send: [stray, expired, intermediate, root] }))
    const { tls } = await get(server.origin, trusting(root))
    expect(tls?.earliest.notAfter).toBeGreaterThan(Date.now() + 50 * DAY)
  })

  test('is judged by a cross-signature that is used', async () => {
    const old = await Authority.create('Old Root')
    const cross = await old.crossSign(root, { to: 10 })
    await using server = await serve(await root.issue({ to: 60, send: [cross] }))
    const { tls } = await get(server.origin, trusting(old))
    expect(tls?.earliest).toMatchObject({ subject: 'CN=Test Root', issuer: 'CN=Old Root' })
  })

  test('of a renewed intermediate is judged by the one that is valid', async () => {
    const intermediate = await root.intermediate('Test Intermediate')
    const before = await root.crossSign(intermediate, { from: -20, to: -1 })
    await using server = await serve(await intermediate.issue({ to: 60, send: [before, intermediate] }))
    const { tls } = await get(server.origin, trusting(root))
    expect(tls?.earliest.notAfter).toBeGreaterThan(Date.now() + 50 * DAY)
  })

  test('is good for an address that it names', async () => {
    await using server = await serve(await root.issue({ hosts: ['127.0.0.1'] }))
    const { tls } = await get(`https://127.0.0.1:${server.port}`, trusting(root))
    expect(tls?.leaf.subject).toBe('CN=127.0.0.1')
  })

  test('is chosen by name (SNI), and resolve does not change the name', async () => {
    const named = new Map<string, Identity>()
    named.set('one.example', await root.issue({ hosts: ['one.example'] }))
    const asked: string[] = []
    await using server = await startTls(await root.issue(), (_, response) => response.end(), {
      SNICallback(name, done) {
        asked.push(name)
        import('node:tls').then(({ createSecureContext }) => done(null, createSecureContext(named.get(name))))
      },
    })
    const options = { resolve: { 'one.example': '127.0.0.1' }, ...trusting(root) }
    const { tls } = await get(`https://one.example:${server.port}`, options)
    expect(tls?.leaf.subject).toBe('CN=one.example')
    expect(asked).toEqual(['one.example'])
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is read every time with %s, although the server offers to take up the session',
    async (version) => {
      const options = { minVersion: version, maxVersion: version, sessionTimeout: 300 }
      await using server = await startTls(await root.issue(), (_, response) => response.end(), options)
      const { createClient } = await import('../../../actions/smoke-check/http/client.ts')
      const { requestTo } = await import('./setup.ts')
      const client = createClient({ env: {}, ca: [root.pem] })
      for (let count = 0; count < 3; count++) {
        const result = await client.request(requestTo(server.origin), new AbortController().signal)
        expect(result).toMatchObject({
          ok: true,
          response: { tls: { protocol: version, leaf: { subject: 'CN=localhost' } } },
        })
      }
      expect(server.resumed).toEqual([false, false, false])
      // The server does take sessions up from a client that keeps them.
      expect(await resumes(server.port, root.pem)).toBe(true)
    },
  )
})

describe('a bad certificate has its own words and remedy', () => {
  async function refusal(identity: Identity, host = 'localhost', ca: readonly Authority[] = [root]) {
    await using server = await serve(identity)
    const found = await problem(`https://${host}:${server.port}`, {
      ...trusting(...ca),
      resolve: { 'other.example': '127.0.0.1' },
    })
    expect(found.kind).toBe('certificate')
    expect(found.phases.firstByte).toBe(0)
    return { message: found.message.replace(`${host}:${server.port} `, ''), hint: found.hint }
  }

  test('self-signed', async () => {
    const { message, hint } = await refusal(await selfSigned())
    expect(message).toBe('serves a self-signed certificate, which nobody vouches for.')
    expect(hint).toContain('NODE_EXTRA_CA_CERTS')
  })

  test('expired', async () => {
    const { message, hint } = await refusal(await root.issue({ from: -90, to: -2 }))
    expect(message).toBe(`serves a certificate that expired on ${day(-2)}.`)
    expect(hint).toContain('Renew it')
  })

  test('an expired intermediate, which others have to renew', async () => {
    const intermediate = await root.intermediate('Test Intermediate', { to: -3 })
    const { message, hint } = await refusal(await intermediate.issue())
    expect(message).toBe(`serves a chain in which CN=Test Intermediate expired on ${day(-3)}.`)
    expect(hint).toContain('current intermediate')
  })

  test('not yet valid', async () => {
    const { message, hint } = await refusal(await root.issue({ from: 2 }))
    expect(message).toBe(`serves a certificate that is not valid before ${day(2)}.`)
    expect(hint).toContain('clock')
  })

  test('for another host', async () => {
    const hosts = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example', 'f.example']
    const { message, hint } = await refusal(await root.issue({ hosts }), 'other.example')
    expect(message).toBe(
      'serves a certificate for a.example, b.example, c.example, d.example, e.example and 1 more, not for other.example.',
    )
    expect(hint).toContain('Issue one that names other.example')
  })

  test('for no host at all', async () => {
    expect((await refusal(await root.issue({ hosts: [] }))).message).toContain('no name at all')
  })

  test('of an unknown authority', async () => {
    const unknown = await Authority.create('Unknown Root')
    const { message, hint } = await refusal(await unknown.issue({ send: [unknown] }))
    expect(message).toBe('serves a certificate of an authority that is not known here, CN=Unknown Root.')
    expect(hint).toContain('NODE_EXTRA_CA_CERTS')
  })

  test('without its intermediate', async () => {
    const intermediate = await root.intermediate('Test Intermediate')
    const { message, hint } = await refusal(await intermediate.issue({ send: [] }))
    expect(message).toContain('alone, and its issuer is not known here, CN=Test Intermediate')
    expect(hint).toContain('Serve the full chain')
  })
})

describe('what is trusted comes from the environment', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-ca-'))
    await writeFile(join(folder, 'ca.pem'), root.pem)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('NODE_EXTRA_CA_CERTS adds an authority, to the verdict and to the chain', async () => {
    const identity = await root.issue()
    await using server = await serve(identity)
    const found = await inChild(server.origin, { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') })
    expect(found).toMatchObject({ ok: true, response: { tls: { earliest: { notAfter: seconds(identity.notAfter) } } } })
    expect(await inChild(server.origin, {})).toMatchObject({ ok: false, problem: { kind: 'certificate' } })
  })

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 does not make a bad certificate good', async () => {
    await using server = await serve(await selfSigned())
    const found = await inChild(server.origin, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect(found).toMatchObject({ ok: false, problem: { kind: 'certificate' } })
  })
})

async function inChild(url: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  const script = `
    import { exchange } from ${JSON.stringify(join(import.meta.dirname, 'setup.ts'))}
    console.log(JSON.stringify(await exchange(${JSON.stringify(url)})))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** Whether a second connection with the first one's session is a resumed one. */
async function resumes(port: number, ca: string): Promise<boolean> {
  const { connect } = await import('node:tls')
  const visit = (session: Buffer | undefined) =>
    new Promise<{ reused: boolean; session: Buffer | undefined }>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...(session && { session }) })
      let latest: Buffer | undefined
      socket.on('session', (ticket: Buffer) => {
        latest = ticket
      })
      socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'))
      socket.resume().once('end', () => resolve({ reused: socket.isSessionReused(), session: latest }))
      socket.once('error', reject)
    })
  const first = await visit(undefined)
  return (await visit(first.session)).reused
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000
}

function day(offset: number): string {
  return new Date(Date.now() + offset * DAY).toISOString().slice(0, 10)
}

test('a certificate that names the host is not asked of plain HTTP', async () => {
  const { startHttp } = await import('../../support/tls.ts')
  await using server = await startHttp((_, response) => response.end('plain'))
  const response = await get(server.origin)
  expect(response.tls).toBeUndefined()
  expect(textOf(response)).toBe('plain')
})
