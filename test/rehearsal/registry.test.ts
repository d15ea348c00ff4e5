import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { startWithHistory } from './github-support.ts'
import {
  askToken,
  basic,
  digestOf,
  INDEX,
  MANIFEST,
  NAME,
  pushBlob,
  pushImage,
  registryClient,
} from './registry-support.ts'

async function errorOf(answer: Response): Promise<string> {
  const { errors }: { errors: readonly { code: string; message: string }[] } = JSON.parse(await answer.text())
  return `${answer.status} ${errors[0]?.code}: ${errors[0]?.message}`
}

describe('who may do what', () => {
  test('an unknown client is told where to ask for a token, and for what', async () => {
    await using github = await startWithHistory()
    const answer = await fetch(`${github.registryUrl}/v2/`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="${github.registryUrl}/token",service="ghcr.io",scope="repository:user/image:pull"`,
    )
    const pushing = await fetch(`${github.registryUrl}/v2/${NAME}/blobs/uploads/`, { method: 'POST' })
    expect(pushing.headers.get('www-authenticate')).toContain(`scope="repository:${NAME}:pull,push"`)
  })

  test('a wrong password is denied, a right one makes a login whatever it may do', async () => {
    await using github = await startWithHistory()
    const job = github.issueToken('image', {})
    expect(await askToken(github, basic('wrong'))).toMatchObject({
      status: 403,
      errors: [{ code: 'DENIED', message: 'denied' }],
    })
    const { token } = await askToken(github, basic(job))
    const answer = await fetch(`${github.registryUrl}/v2/`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
  })

  test.each([
    [{}, 'Create'],
    [{ packages: 'read' }, 'Create'],
  ] as const)('a job with %j cannot push', async (permissions, verb) => {
    await using github = await startWithHistory()
    const job = github.issueToken('image', permissions)
    const { token } = await askToken(github, basic(job), `repository:${NAME}:push`)
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${github.registryUrl}/v2/${NAME}/blobs/uploads/`, { method: 'POST', headers })
    expect(await errorOf(answer)).toBe(
      `403 DENIED: permission_denied: installation not allowed to ${verb} organization package`,
    )
  })

  test('a push is a write of packages, a pull a read, and a login no use at all', async () => {
    await using github = await startWithHistory()
    const use = () => github.permissionUse().map(({ job, used }) => `${job} ${used}`)
    const ask = await registryClient(github)
    expect(use()).toEqual(['image none'])
    await ask('HEAD', `blobs/${digestOf('x')}`)
    expect(use()).toEqual(['image read'])
    await pushBlob(ask, 'x')
    expect(use()).toEqual(['image write'])
  })

  test('a private package is pulled with packages: read only, a public one by anybody', async () => {
    await using github = await startWithHistory()
    github.addPackageVersion({ name: 'site', tags: ['latest'] })
    github.addPackageVersion({ name: 'open', tags: ['latest'], visibility: 'public' })
    const scope = (name: string) => `repository:octo-org/${name}:pull`
    expect(await askToken(github, undefined, scope('site'))).toMatchObject({ status: 401 })
    expect(await askToken(github, basic(github.issueToken('a', {})), scope('site'))).toMatchObject({ status: 403 })
    const reader = await askToken(github, basic(github.issueToken('b', { packages: 'read' })), scope('site'))
    const anybody = await askToken(github, undefined, scope('open'))
    const pull = (name: string, token: string) =>
      fetch(`${github.registryUrl}/v2/octo-org/${name}/manifests/latest`, {
        headers: { authorization: `Bearer ${token}` },
      })
    expect((await pull('site', reader.token)).status).toBe(200)
    expect((await pull('open', anybody.token)).status).toBe(200)
    const beyond = await pull('site', anybody.token)
    expect(beyond.status).toBe(401)
    expect(beyond.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
  })

  test("GitHub's own token is taken too, in base64", async () => {
    await using github = await startWithHistory()
    github.addPackageVersion({ name: 'site', tags: ['latest'] })
    const job = github.issueToken('image', { packages: 'read' })
    const headers = { authorization: `Bearer ${Buffer.from(job).toString('base64')}` }
    const answer = await fetch(`${github.registryUrl}/v2/${NAME}/manifests/latest`, { headers })
    expect(answer.status).toBe(200)
  })

  test('what the repository was not given is out of its reach, and so is what belongs to others', async () => {
    await using github = await startWithHistory()
    github.addPackageVersion({ name: 'theirs', tags: ['latest'], linked: false })
    const theirs = await registryClient(github, { packages: 'write' }, 'octo-org/theirs')
    expect((await theirs('GET', 'manifests/latest')).status).toBe(403)
    const job = github.issueToken('image', { packages: 'write' })
    for (const [name, message] of [
      ['octo-org/theirs', 'permission_denied: write_package'],
      ['elsewhere/site', 'permission_denied: The requested installation does not exist.'],
    ] as const) {
      const { token } = await askToken(github, basic(job), `repository:${name}:push`)
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetch(`${github.registryUrl}/v2/${name}/blobs/uploads/`, { method: 'POST', headers })
      expect(await errorOf(answer)).toBe(`403 DENIED: ${message}`)
    }
  })

  test('tokens are in no record', async () => {
    await using github = await startWithHistory()
    const job = github.issueToken('image', { packages: 'write' })
    const { token } = await askToken(github, basic(job), `repository:${NAME}:pull,push`)
    const record = JSON.stringify(github.requests)
    expect(token).not.toBe('')
    expect(record).not.toContain(token)
    expect(record).not.toContain(job)
    expect(github.requests.map(({ path, status }) => `${path} ${status}`)).toEqual(['/token 200'])
  })
})

describe('blobs', () => {
  test('come in one piece, or in several, and are given back', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const whole = await ask('POST', `blobs/uploads/?digest=${digestOf('whole')}`, { body: 'whole' })
    expect(whole.status).toBe(201)
    const location = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? ''
    const first = await ask('PATCH', location, { body: 'in ', headers: { 'content-range': '0-2' } })
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-2'])
    expect((await ask('PATCH', location, { body: 'x', headers: { 'content-range': '9-9' } })).status).toBe(416)
    const status = await ask('GET', location)
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-2'])
    const done = await ask('PUT', `${location}?digest=${digestOf('in pieces')}`, { body: 'pieces' })
    expect([done.status, done.headers.get('docker-content-digest')]).toEqual([201, digestOf('in pieces')])
    expect(await (await ask('GET', `blobs/${digestOf('in pieces')}`)).text()).toBe('in pieces')
    const head = await ask('HEAD', `blobs/${digestOf('whole')}`)
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
  })

  test('with another digest are refused and forgotten', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const location = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? ''
    const wrong = await ask('PUT', `${location}?digest=${digestOf('other')}`, { body: 'this' })
    expect(await errorOf(wrong)).toContain('400 DIGEST_INVALID')
    expect((await ask('HEAD', `blobs/${digestOf('this')}`)).status).toBe(404)
    expect(await errorOf(await ask('PUT', `${location}?digest=${digestOf('this')}`, { body: 'this' }))).toContain(
      '404 BLOB_UPLOAD_UNKNOWN',
    )
    const given = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? ''
    expect((await ask('DELETE', given)).status).toBe(204)
    expect((await ask('GET', given)).status).toBe(404)
  })

  test('are of one repository, unless another one takes them over', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const digest = await pushBlob(ask, 'shared')
    const other = await registryClient(github, { packages: 'write' }, 'octo-org/other')
    expect((await other('HEAD', `blobs/${digest}`)).status).toBe(404)
    expect((await other('POST', `blobs/uploads/?mount=${digest}&from=${NAME}`)).status).toBe(201)
    expect((await other('HEAD', `blobs/${digest}`)).status).toBe(200)
  })
})

describe('manifests', () => {
  test('are found by tag and by digest, byte for byte', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const { answer, manifest, digest } = await pushImage(ask, 'v1', '{}', 'layer')
    expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([201, digest])
    for (const reference of ['v1', digest]) {
      const found = await ask('GET', `manifests/${reference}`)
      expect([found.headers.get('content-type'), found.headers.get('docker-content-digest')]).toEqual([
        MANIFEST,
        digest,
      ])
      expect(await found.text()).toBe(manifest)
    }
    const head = await ask('HEAD', 'manifests/v1')
    expect([head.status, head.headers.get('content-length')]).toEqual([200, `${manifest.length}`])
    expect(await errorOf(await ask('GET', 'manifests/v2'))).toBe('404 MANIFEST_UNKNOWN: manifest unknown')
  })

  test('without their blobs, of another digest or of another kind are refused', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const { manifest } = await pushImage(ask, 'v1', '{}')
    const put = async (reference: string, body: string, type = MANIFEST) =>
      errorOf(await ask('PUT', `manifests/${reference}`, { body, headers: { 'content-type': type } }))
    const lost = { mediaType: 'x', digest: digestOf('lost'), size: 4 }
    const image = (config: object) => JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [] })
    expect(await put('v2', image(lost))).toBe(`400 MANIFEST_BLOB_UNKNOWN: blob unknown to registry: ${lost.digest}`)
    expect(await put(digestOf('x'), manifest)).toContain('400 DIGEST_INVALID')
    expect(await put('v2', manifest, INDEX)).toContain('400 MANIFEST_INVALID: mediaType')
    expect(await put('v2', '{}', 'text/plain')).toContain(
      `400 MANIFEST_INVALID: manifests of the media type 'text/plain'`,
    )
    expect(await put('v2', 'no json')).toContain('400 MANIFEST_INVALID')
    expect(await put('.v2', manifest)).toBe('400 MANIFEST_INVALID: invalid tag: .v2')
    const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [lost] })
    expect(await put('v2', index, INDEX)).toBe(`400 MANIFEST_BLOB_UNKNOWN: manifest unknown: ${lost.digest}`)
  })

  test('a tag moves to what is pushed last, and what it leaves stays without', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const first = await pushImage(ask, 'latest', '{"n":1}')
    const second = await pushImage(ask, 'latest', '{"n":2}')
    await pushImage(ask, 'v2', '{"n":2}')
    expect(github.images.map(({ digest, tags }) => [digest, tags])).toEqual([
      [first.digest, []],
      [second.digest, ['latest', 'v2']],
    ])
    expect(github.manifestOf('site', 'v2')).toMatchObject({ schemaVersion: 2 })
  })

  test('are deleted elsewhere, and have no referrers here: as ghcr.io', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const { digest } = await pushImage(ask, 'v1', '{}')
    expect(await errorOf(await ask('DELETE', `manifests/${digest}`))).toBe(
      '405 UNSUPPORTED: The operation is unsupported.',
    )
    expect((await ask('GET', `referrers/${digest}`)).status).toBe(404)
  })

  test('an index keeps its images', async () => {
    await using github = await startWithHistory()
    const ask = await registryClient(github)
    const { digest, manifest } = await pushImage(ask, '', '{}')
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ mediaType: MANIFEST, digest, size: manifest.length }],
    })
    const answer = await ask('PUT', 'manifests/v1', { body: index, headers: { 'content-type': INDEX } })
    expect(answer.status).toBe(201)
    expect(github.images.map(({ mediaType, tags }) => [mediaType, tags])).toEqual([
      [MANIFEST, []],
      [INDEX, ['v1']],
    ])
  })
})

test('tags are listed in pages', async () => {
  await using github = await startWithHistory()
  for (const tag of ['b', 'a', 'c']) github.addPackageVersion({ name: 'site', tags: [tag] })
  const ask = await registryClient(github)
  const page = await ask('GET', 'tags/list?n=2')
  expect(page.headers.get('link')).toBe(`</v2/${NAME}/tags/list?last=b&n=2>; rel="next"`)
  expect(await page.json()).toEqual({ name: NAME, tags: ['a', 'b'] })
  const last = await ask('GET', 'tags/list?n=2&last=b')
  expect([last.headers.get('link'), await last.json()]).toEqual([null, { name: NAME, tags: ['c'] }])
  const other = await registryClient(github, { packages: 'write' }, 'octo-org/none')
  expect(await errorOf(await other('GET', 'tags/list'))).toContain('404 NAME_UNKNOWN')
})

test('names are in lower case', async () => {
  await using github = await startWithHistory()
  const headers = {
    authorization: `Bearer ${Buffer.from(github.issueToken('a', { packages: 'write' })).toString('base64')}`,
  }
  const answer = await fetch(`${github.registryUrl}/v2/Octo-Org/site/blobs/uploads/`, { method: 'POST', headers })
  expect(await errorOf(answer)).toBe('400 NAME_INVALID: invalid repository name: Octo-Org/site')
})

test('faults speak as a registry does', async () => {
  const faults = new FaultSet([
    parseFault('github:PUT /manifests/*:503*1'),
    parseFault('github:GET /v2/:429;retry-after=1*1'),
  ])
  await using github = await startWithHistory({ faults })
  const ask = await registryClient(github)
  const { answer } = await pushImage(ask, 'v1', '{}')
  expect(await errorOf(answer)).toBe('503 UNKNOWN: Error 503')
  expect((await pushImage(ask, 'v1', '{}')).answer.status).toBe(201)
  const limited = await fetch(`${github.registryUrl}/v2/`)
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1'])
})

test('a sender that goes away leaves nothing', async () => {
  await using github = await startWithHistory()
  const ask = await registryClient(github)
  const location = (await ask('POST', 'blobs/uploads/')).headers.get('location') ?? ''
  const gone = new AbortController()
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('half')),
  })
  const sending = ask('PATCH', location, { body, signal: gone.signal, ...{ duplex: 'half' } })
  await sleep(100)
  gone.abort()
  await expect(sending).rejects.toThrow()
  await sleep(100)
  const status = await ask('GET', location)
  expect(status.headers.get('range')).toBe('0-0')
})
