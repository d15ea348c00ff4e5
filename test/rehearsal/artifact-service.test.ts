/** The runner's artifact service and the storage behind it; test/second-opinion/artifact.ts has GitHub's own client use it. */
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { GitHub, GitHubOptions } from '../../rehearsal/github/server.ts'
import { runOf, send, startWithHistory } from './github-support.ts'

const RUN = 7001
const DAY = 24 * 3600 * 1000

async function start(options: Partial<GitHubOptions> = {}) {
  const github = await startWithHistory(options)
  github.addRun(runOf(RUN))
  return github
}

/** A job that speaks to the service as the official client does. */
function jobOf(github: GitHub, runId = RUN) {
  const token = github.issueRuntimeToken(runId, 'snapshot')
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  const [, run, job] = /Actions\.Results:([^:]+):([^: ]+)/.exec(claims.scp) ?? []
  const ids = { workflow_run_backend_id: run, workflow_job_run_backend_id: job }
  const call = async (name: string, body: object, headers: Record<string, string> = {}) => {
    const { status, body: answer } = await send(
      `${github.apiUrl}/twirp/github.actions.results.api.v1.ArtifactService/${name}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        body: { ...ids, ...body },
      },
    )
    return { status, ...Object(answer) }
  }
  const create = (name: string, more: object = {}) => call('CreateArtifact', { name, version: 7, ...more })
  const upload = async (name: string, content: Uint8Array<ArrayBuffer>, more: object = {}) => {
    const { signed_upload_url: url } = await create(name, more)
    expect((await put(url, content)).status).toBe(201)
    return call('FinalizeArtifact', { name, size: `${content.length}`, hash: hashOf(content) })
  }
  return { ids, call, create, upload }
}

function put(url: string, content: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) {
  return fetch(url, { method: 'PUT', body: content, headers: { 'x-ms-blob-type': 'BlockBlob', ...headers } })
}

function hashOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

describe('the artifact service', () => {
  test('takes an artifact in three steps, and shows it only after the last', async () => {
    await using github = await start()
    const job = jobOf(github)
    const content = randomBytes(1000)
    const { signed_upload_url: url, ...answer } = await job.create('site', { mime_type: 'text/plain' })
    expect(answer).toEqual({ status: 200, ok: true })
    await put(url, content)
    expect(await job.call('ListArtifacts', {})).toEqual({ status: 200, artifacts: [] })
    expect(github.artifacts).toEqual([])
    const done = await job.call('FinalizeArtifact', { name: 'site', size: '1000', hash: hashOf(content) })
    expect(done).toEqual({ status: 200, ok: true, artifact_id: expect.stringMatching(/^\d+$/) })
    expect(await job.call('ListArtifacts', {})).toEqual({
      status: 200,
      artifacts: [
        {
          ...job.ids,
          database_id: done.artifact_id,
          name: 'site',
          size: '1000',
          created_at: expect.stringMatching(/^20.*Z$/),
          digest: hashOf(content),
        },
      ],
    })
    expect(github.artifacts).toMatchObject([{ id: Number(done.artifact_id), name: 'site', workflow_run: { id: RUN } }])
    const { signed_url: signed } = await job.call('GetSignedArtifactURL', { name: 'site' })
    const download = await fetch(signed)
    expect(download.headers.get('content-type')).toBe('text/plain')
    expect(download.headers.get('content-disposition')).toContain('filename="site"')
    expect(Buffer.from(await download.arrayBuffer()).equals(content)).toBe(true)
  })

  test('reads both spellings of a field', async () => {
    await using github = await start()
    const { ids, call, create } = jobOf(github)
    await create('site')
    const camel = { workflowRunBackendId: ids.workflow_run_backend_id, nameFilter: 'site' }
    expect(await call('ListArtifacts', { ...camel, workflow_run_backend_id: undefined })).toEqual({
      status: 200,
      artifacts: [],
    })
  })

  test('keeps a name for an attempt, even where the upload never came to an end', async () => {
    await using github = await start()
    const conflict = {
      status: 409,
      code: 'already_exists',
      msg: 'an artifact with this name already exists on the workflow run',
    }
    await jobOf(github).create('site')
    expect(await jobOf(github).create('site')).toEqual(conflict)
    github.addRun(runOf(RUN, { attempt: 2 }))
    const again = jobOf(github)
    await again.upload('site', Buffer.from('content'))
    expect(await again.create('site')).toEqual(conflict)
    expect(await again.call('DeleteArtifact', { name: 'site' })).toMatchObject({ status: 200, ok: true })
    expect((await again.create('site')).status).toBe(200)
    expect(github.artifacts).toEqual([])
  })

  test('shortens what is kept to what the repository allows', async () => {
    await using github = await start({ retentionDays: 10 })
    const inDays = (days: number) => ({ expires_at: new Date(Date.now() + days * DAY).toISOString() })
    const job = jobOf(github)
    await job.upload('long', Buffer.from('1'), inDays(400))
    await job.upload('short', Buffer.from('2'), inDays(3))
    await job.upload('default', Buffer.from('3'))
    const days = github.artifacts.map(({ name, created_at, expires_at }) => [
      name,
      Math.round((Date.parse(expires_at) - Date.parse(created_at)) / DAY),
    ])
    expect(Object.fromEntries(days)).toEqual({ long: 10, short: 3, default: 10 })
  })

  test.each([
    ['a size that differs', { size: '8', hash: hashOf(Buffer.from('content')) }, 'size does not match'],
    ['a hash that differs', { size: '7', hash: hashOf(Buffer.from('other')) }, 'hash does not match'],
  ])('refuses %s', async (_, claim, message) => {
    await using github = await start()
    const job = jobOf(github)
    const { signed_upload_url: url } = await job.create('site')
    await put(url, 'content')
    const refused = await job.call('FinalizeArtifact', { name: 'site', ...claim })
    expect(refused).toMatchObject({ status: 400, code: 'invalid_argument' })
    expect(refused.msg).toContain(message)
    expect(github.artifacts).toEqual([])
  })

  test('refuses an artifact without content, a bad name, a second finish and what is not there', async () => {
    await using github = await start()
    const job = jobOf(github)
    await job.create('empty')
    expect(await job.call('FinalizeArtifact', { name: 'empty', size: '0' })).toMatchObject({
      code: 'failed_precondition',
    })
    for (const name of ['a/b', 'a:b', '']) expect(await job.create(name)).toMatchObject({ code: 'invalid_argument' })
    await job.upload('site', Buffer.from('x'))
    expect(await job.call('FinalizeArtifact', { name: 'site', size: '1' })).toMatchObject({ status: 409 })
    for (const call of ['FinalizeArtifact', 'GetSignedArtifactURL', 'DeleteArtifact']) {
      expect(await job.call(call, { name: 'none' })).toMatchObject({ status: 404, code: 'not_found' })
    }
    expect(await job.call('Migrate', {})).toMatchObject({ status: 404, code: 'bad_route' })
    expect(await job.call('CreateArtifact', { version: 7 })).toMatchObject({ status: 400, code: 'malformed' })
  })

  test('refuses everybody but the jobs of the run', async () => {
    await using github = await start()
    github.addRun(runOf(7002))
    const [one, other] = [jobOf(github), jobOf(github, 7002)]
    await one.upload('site', Buffer.from('x'))
    expect(await other.call('ListArtifacts', {})).toEqual({ status: 200, artifacts: [] })
    expect(await other.call('ListArtifacts', one.ids)).toMatchObject({ status: 403, code: 'permission_denied' })
    const stranger = { authorization: `Bearer ${github.issueToken('deploy', { actions: 'write' })}` }
    expect(await one.call('ListArtifacts', {}, stranger)).toMatchObject({ status: 401, code: 'unauthenticated' })
    const sibling = jobOf(github)
    expect((await sibling.call('ListArtifacts', {})).artifacts).toHaveLength(1)
    expect(await sibling.create('more', one.ids)).toMatchObject({ status: 403, code: 'permission_denied' })
  })

  test('takes 500 artifacts of a job, and none once the storage is full', async () => {
    await using github = await start()
    const job = jobOf(github)
    for (let index = 0; index < 500; index++) expect((await job.create(`a${index}`)).status).toBe(200)
    expect(await job.create('a500')).toMatchObject({ status: 400, code: 'invalid_argument' })
    expect((await jobOf(github).create('a500')).status).toBe(200)
    github.setStorageFull(true)
    expect(await jobOf(github).create('more')).toEqual({
      status: 403,
      code: 'permission_denied',
      msg: 'insufficient usage to create artifact',
    })
  })

  test('does not show what has expired', async () => {
    await using github = await start()
    const job = jobOf(github)
    await job.upload('site', Buffer.from('x'))
    github.passTime(91 * DAY)
    expect(await job.call('ListArtifacts', {})).toEqual({ status: 200, artifacts: [] })
    expect(await job.call('GetSignedArtifactURL', { name: 'site' })).toMatchObject({ status: 404 })
  })

  test('is recorded with its job, without signatures, and meets faults in its own words', async () => {
    const faults = new FaultSet(['github:POST /twirp/**:503*1', 'github:PUT /storage/**:500*1'].map(parseFault))
    await using github = await start({ faults })
    const job = jobOf(github)
    expect(await job.create('site')).toMatchObject({ status: 503, code: 'unavailable' })
    const { signed_upload_url: url } = await job.create('site')
    const broken = await put(url, 'content')
    expect([broken.status, broken.headers.get('x-ms-error-code')]).toEqual([500, 'InternalError'])
    await put(url, 'content')
    expect(github.requests.map(({ job: of, method, status, body }) => [of, method, status, body])).toEqual([
      [undefined, 'POST', 503, expect.objectContaining({ name: 'site' })],
      ['snapshot', 'POST', 200, expect.objectContaining({ name: 'site' })],
      [undefined, 'PUT', 500, { bytes: 7 }],
      [undefined, 'PUT', 201, { bytes: 7 }],
    ])
    expect(JSON.stringify(github.requests)).not.toContain(new URL(url).searchParams.get('sig'))
    expect(github.unsupported).toEqual([])
  })
})

describe('the storage', () => {
  const id = (text: string) => encodeURIComponent(Buffer.from(text).toString('base64'))
  const list = (...ids: readonly string[]) =>
    `<?xml version="1.0"?><BlockList>${ids.map((one) => `<Latest>${decodeURIComponent(one)}</Latest>`).join('')}</BlockList>`

  async function uploadUrl(github: GitHub): Promise<string> {
    return (await jobOf(github).create('site')).signed_upload_url
  }

  test('puts blocks together in the order of their list', async () => {
    await using github = await start()
    const job = jobOf(github)
    const { signed_upload_url: url } = await job.create('site')
    const version = { 'x-ms-version': '2025-01-05', 'x-ms-client-request-id': 'mine' }
    const block = await put(`${url}&comp=block&blockid=${id('0002')}`, 'world', version)
    expect([block.status, block.headers.get('x-ms-version'), block.headers.get('x-ms-client-request-id')]).toEqual([
      201,
      '2025-01-05',
      'mine',
    ])
    await put(`${url}&comp=block&blockid=${id('0001')}`, 'hello ')
    expect((await put(`${url}&comp=blocklist`, list(id('0001'), id('0002')))).status).toBe(201)
    await job.call('FinalizeArtifact', { name: 'site', size: '11', hash: hashOf(Buffer.from('hello world')) })
    const { signed_url: signed } = await job.call('GetSignedArtifactURL', { name: 'site' })
    expect(await (await fetch(signed)).text()).toBe('hello world')
    const part = await fetch(signed, { headers: { range: 'bytes=6-' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 6-10/11', 'world'])
    expect((await fetch(signed, { headers: { range: 'bytes=11-' } })).status).toBe(416)
    const head = await fetch(signed, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '11'])
  })

  test.each<readonly [string, string, (url: string) => Promise<Response>]>([
    ['InvalidBlockList', 'an unknown block', (url) => put(`${url}&comp=blocklist`, list(id('0001')))],
    ['InvalidBlockList', 'no list', (url) => put(`${url}&comp=blocklist`, 'nothing')],
    ['InvalidQueryParameterValue', 'a bad block id', (url) => put(`${url}&comp=block&blockid=%21`, 'x')],
    ['InvalidQueryParameterValue', 'another operation', (url) => put(`${url}&comp=lease`, 'x')],
    ['MissingRequiredHeader', 'no type of blob', (url) => fetch(url, { method: 'PUT', body: 'x' })],
    ['Md5Mismatch', 'a wrong MD5', (url) => put(url, 'x', { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })],
    ['AuthorizationPermissionMismatch', 'reading where one may write', (url) => fetch(url)],
    ['UnsupportedHttpVerb', 'deleting', (url) => fetch(url, { method: 'DELETE' })],
    ['AuthenticationFailed', 'another signature', (url) => put(url.replace(/sig=[^&]+/, 'sig=x'), 'x')],
    ['AuthenticationFailed', 'another path', (url) => put(url.replace('/artifacts/', '/artifacts/x'), 'x')],
  ])('answers %s to %s', async (code, _, ask) => {
    await using github = await start()
    const answer = await ask(await uploadUrl(github))
    expect(answer.headers.get('x-ms-error-code')).toBe(code)
    expect(await answer.text()).toContain(`<Code>${code}</Code>`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  test('keeps nothing of an upload that breaks off', async () => {
    await using github = await start()
    const job = jobOf(github)
    const { signed_upload_url: url } = await job.create('site')
    const headers = { 'content-length': 1000, 'x-ms-blob-type': 'BlockBlob' }
    const broken = request(url, { method: 'PUT', headers }).on('error', () => {})
    await new Promise((sent) => broken.write('part', sent))
    broken.destroy()
    await expect.poll(() => github.requests.filter(({ method }) => method === 'PUT').length).toBe(1)
    expect(await job.call('FinalizeArtifact', { name: 'site', size: '4' })).toMatchObject({
      code: 'failed_precondition',
    })
  })
})
