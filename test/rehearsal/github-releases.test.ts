/** Releases and their assets. */
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { client, octokit, owner, REPO, repo, SHA, startWithHistory } from './github-support.ts'

const WRITE = { contents: 'write' } as const
const READ = { contents: 'read' } as const
const mib = 1024 * 1024

async function draft(github: GitHub, tag = 'snapshots') {
  const { data } = await octokit(github, WRITE).repos.createRelease({ owner, repo, tag_name: tag, draft: true })
  return data
}

/** At the address that the release names, as octokit's users do it. */
async function upload(github: GitHub, release: { readonly upload_url: string }, name: string, data = bytes('content')) {
  const headers = { 'content-type': 'application/zstd' }
  const { status, data: answer } = await octokit(github, WRITE).request({
    method: 'POST',
    url: release.upload_url,
    headers,
    name,
    data,
  })
  return { status, data: v.parse(Asset, answer) }
}

const Asset = v.looseObject({ id: v.number(), name: v.string(), url: v.string() })

function bytes(text: string): Uint8Array {
  return Buffer.from(text)
}

describe('a release', () => {
  test('that is a draft is there for those only who may write', async () => {
    await using github = await startWithHistory()
    const release = await draft(github)
    expect(release).toMatchObject({
      tag_name: 'snapshots',
      draft: true,
      immutable: false,
      published_at: null,
      target_commitish: 'main',
      upload_url: `${github.apiUrl}${REPO}/releases/${release.id}/assets{?name,label}`,
    })
    expect(release.html_url).toMatch(/\/releases\/tag\/untagged-[0-9a-f]{20}$/)
    const [writer, reader] = [client(github, WRITE), client(github, READ)]
    expect((await writer(`${REPO}/releases`)).body).toMatchObject([{ id: release.id }])
    expect((await reader(`${REPO}/releases`)).body).toEqual([])
    expect((await writer(`${REPO}/releases/${release.id}`)).status).toBe(200)
    expect((await reader(`${REPO}/releases/${release.id}`)).status).toBe(404)
    expect((await reader(`${REPO}/releases/${release.id}/assets`)).status).toBe(404)
    expect((await writer(`${REPO}/releases/tags/snapshots`)).status).toBe(404)
    expect(github.permissionUse()).toContainEqual({
      job: 'deploy',
      permission: 'contents',
      granted: 'write',
      used: 'write',
    })
  })

  test('that only a look at drafts needs to write for is noted as such', async () => {
    await using github = await startWithHistory()
    const token = github.issueToken('prune', WRITE)
    const list = () => fetch(`${github.apiUrl}${REPO}/releases`, { headers: { authorization: `Bearer ${token}` } })
    const used = () => github.permissionUse().find(({ job }) => job === 'prune')?.used
    await list()
    expect(used()).toBe('read')
    await draft(github)
    await list()
    expect(used()).toBe('write')
  })

  test('is published, changed and deleted; its tag is made and stays', async () => {
    await using github = await startWithHistory()
    const call = client(github, WRITE)
    const { id } = await draft(github, 'v2')
    expect((await call(`${REPO}/git/ref/tags/v2`)).status).toBe(404)
    const change = { draft: false, name: 'Two', body: 'Twice', target_commitish: 'topic' }
    const published = await call(`${REPO}/releases/${id}`, { method: 'PATCH', body: change })
    expect(published.body).toMatchObject({ draft: false, name: 'Two', html_url: expect.stringMatching(/tag\/v2$/) })
    expect((await call(`${REPO}/git/ref/tags/v2`)).body).toMatchObject({ object: { sha: SHA.topic } })
    expect((await call(`${REPO}/releases/tags/v2`)).body).toMatchObject({ id })
    expect((await call(`${REPO}/releases/${id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(`${REPO}/releases/${id}`)).status).toBe(404)
    expect((await call(`${REPO}/git/ref/tags/v2`)).status).toBe(200)
  })

  test.each([
    ['a tag that has one', { tag_name: 'v1' }, { code: 'already_exists', field: 'tag_name' }],
    ['nothing to tag', { tag_name: 'v9', target_commitish: 'nowhere' }, { code: 'invalid', field: 'target_commitish' }],
    ['an empty tag', { tag_name: '' }, { code: 'missing_field', field: 'tag_name' }],
  ])('cannot be published with %s', async (_, body, error) => {
    await using github = await startWithHistory()
    const call = client(github, WRITE)
    await call(`${REPO}/releases`, { method: 'POST', body: { tag_name: 'v1' } })
    const refused = await call(`${REPO}/releases`, { method: 'POST', body })
    expect(refused).toMatchObject({
      status: 422,
      body: { message: 'Validation Failed', errors: [{ resource: 'Release', ...error }] },
    })
    expect(github.releases).toHaveLength(1)
  })

  test('comes page by page, newest first', async () => {
    await using github = await startWithHistory()
    for (const tag of ['a', 'b', 'c']) await draft(github, tag)
    const { body } = await client(github, WRITE)(`${REPO}/releases?per_page=2`)
    expect(body).toMatchObject([{ tag_name: 'c' }, { tag_name: 'b' }])
  })
})

describe('an asset', () => {
  test('is uploaded, described, listed and downloaded byte for byte', async () => {
    await using github = await startWithHistory()
    const release = await draft(github)
    const { id } = release
    const content = randomBytes(3 * mib)
    const { data: asset, status } = await upload(github, release, 'site.tar.zst', content)
    expect(status).toBe(201)
    expect(asset).toMatchObject({
      name: 'site.tar.zst',
      state: 'uploaded',
      content_type: 'application/zstd',
      size: content.length,
      digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    })
    const kit = octokit(github, WRITE)
    const of = { owner, repo, asset_id: asset.id }
    expect((await kit.repos.getReleaseAsset(of)).data).toEqual(asset)
    expect((await kit.repos.listReleaseAssets({ owner, repo, release_id: id })).data).toEqual([asset])
    const { data } = await kit.repos.getReleaseAsset({ ...of, headers: { accept: 'application/octet-stream' } })
    expect(Buffer.from(data as unknown as ArrayBuffer).equals(content)).toBe(true)
    expect(github.releases[0]?.assets).toMatchObject([{ name: 'site.tar.zst', download_count: 1 }])
    const sent = github.requests.find(({ method, path }) => method === 'POST' && path.endsWith('/assets'))
    expect(sent?.body).toEqual({ bytes: content.length })
  })

  test('needs no token where its content is, and an address that is not old', async () => {
    await using github = await startWithHistory()
    const release = await draft(github)
    const { data: asset } = await upload(github, release, 'a')
    const authorization = `Bearer ${github.issueToken('deploy', WRITE)}`
    const headers = { authorization, accept: 'application/octet-stream' }
    const { headers: answer } = await fetch(asset.url, { headers, redirect: 'manual' })
    const location = answer.get('location') ?? ''
    expect(await (await fetch(location)).text()).toBe('content')
    github.passTime(10 * 60_000)
    expect((await fetch(location)).status).toBe(403)
  })

  test('has a name of its own in its release', async () => {
    await using github = await startWithHistory()
    const [one, two] = [await draft(github), await draft(github)]
    await upload(github, one, 'a')
    await expect(upload(github, one, 'a')).rejects.toMatchObject({
      status: 422,
      response: { data: { errors: [{ resource: 'ReleaseAsset', code: 'already_exists', field: 'name' }] } },
    })
    expect((await upload(github, two, 'a')).status).toBe(201)
    expect((await upload(github, two, '.a b')).data.name).toBe('default.a.b')
  })

  test('is gone once it is deleted, and with its release', async () => {
    await using github = await startWithHistory()
    const release = await draft(github)
    const { id } = release
    const call = client(github, WRITE)
    const [first, second] = [await upload(github, release, 'a'), await upload(github, release, 'b')]
    expect((await call(`${REPO}/releases/assets/${first.data.id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await call(`${REPO}/releases/assets/${first.data.id}`, { method: 'DELETE' })).status).toBe(404)
    expect((await call(`${REPO}/releases/${id}/assets`)).body).toMatchObject([{ name: 'b' }])
    await call(`${REPO}/releases/${id}`, { method: 'DELETE' })
    expect((await call(`${REPO}/releases/assets/${second.data.id}`)).status).toBe(404)
  })

  test.each([
    ['of 2 GiB', { 'content-length': 2 * 1024 * mib, 'content-type': 'x/y' }, 422, 'size'],
    ['of no bytes', { 'content-length': 0, 'content-type': 'x/y' }, 422, 'size'],
    ['of unknown length', { 'transfer-encoding': 'chunked', 'content-type': 'x/y' }, 400, 'Bad Content-Length'],
    ['of no type', { 'content-length': 1 }, 400, 'Bad Content-Type'],
  ])('%s is refused before its content is read', async (_, headers, status, why) => {
    await using github = await startWithHistory()
    const { id } = await draft(github)
    const answer = await announce(github, `${REPO}/releases/${id}/assets?name=a`, headers)
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(why)])
    expect(github.releases[0]?.assets).toEqual([])
  })

  test('is the last one after 1,000', async () => {
    await using github = await startWithHistory()
    const { id } = await draft(github)
    const token = github.issueToken('deploy', WRITE)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'x/y' }
    const post = (name: string) =>
      fetch(`${github.apiUrl}${REPO}/releases/${id}/assets?name=${name}`, { method: 'POST', headers, body: 'x' })
    for (let at = 0; at < 1000; at += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => post(`a${at + index}`)))
    }
    expect((await post('more')).status).toBe(422)
    expect(github.releases[0]?.assets).toHaveLength(1000)
  })

  test('whose upload breaks stays as a starter, which can be deleted', async () => {
    await using github = await startWithHistory()
    const release = await draft(github)
    const { id } = release
    const call = client(github, WRITE)
    github.breakNextUpload()
    await expect(upload(github, release, 'a')).rejects.toMatchObject({ status: 502 })
    const { body } = await call(`${REPO}/releases/${id}/assets`)
    expect(body).toMatchObject([{ name: 'a', state: 'starter', size: 0, digest: null }])
    await expect(upload(github, release, 'a')).rejects.toMatchObject({ status: 422 })
    expect((await call(`${REPO}/releases/assets/${Object(body)[0].id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await upload(github, release, 'a')).status).toBe(201)
  })

  test('whose sender goes away stays as a starter too', async () => {
    await using github = await startWithHistory()
    const { id } = await draft(github)
    const headers = {
      authorization: `Bearer ${github.issueToken('deploy', WRITE)}`,
      'content-length': 1000,
      'content-type': 'x/y',
    }
    const url = `${github.apiUrl}${REPO}/releases/${id}/assets?name=a`
    const broken = request(url, { method: 'POST', headers }).on('error', () => {})
    await new Promise((sent) => broken.write('part', sent))
    broken.destroy()
    await expect.poll(() => github.requests.filter(({ path }) => path.endsWith('/assets')).length).toBe(1)
    expect(github.releases[0]?.assets).toMatchObject([{ name: 'a', state: 'starter' }])
  })
})

describe('an immutable release', () => {
  test('keeps its assets from the day it is published, and may be deleted whole', async () => {
    await using github = await startWithHistory()
    github.setImmutableReleases(true)
    const release = await draft(github, 'v2')
    const { id } = release
    const { data: asset } = await upload(github, release, 'a')
    const call = client(github, WRITE)
    await call(`${REPO}/releases/assets/${asset.id}`, { method: 'DELETE' })
    const { data: again } = await upload(github, release, 'a')
    const published = await call(`${REPO}/releases/${id}`, { method: 'PATCH', body: { draft: false } })
    expect(published.body).toMatchObject({ immutable: true })
    await expect(upload(github, release, 'b')).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'Cannot upload assets to an immutable release.' } },
    })
    expect((await call(`${REPO}/releases/assets/${again.id}`, { method: 'DELETE' })).status).toBe(422)
    expect((await call(`${REPO}/releases/${id}`, { method: 'DELETE' })).status).toBe(204)
  })

  test('is none that was published before', async () => {
    await using github = await startWithHistory()
    const release = await draft(github, 'v2')
    const { id } = release
    const call = client(github, WRITE)
    await call(`${REPO}/releases/${id}`, { method: 'PATCH', body: { draft: false } })
    github.setImmutableReleases(true)
    expect((await upload(github, release, 'a')).status).toBe(201)
  })
})

/** Sends the head of a request, and its body only where it is empty. */
function announce(github: GitHub, path: string, headers: Readonly<Record<string, string | number>>) {
  const authorization = `Bearer ${github.issueToken('deploy', WRITE)}`
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asked = request(`${github.apiUrl}${path}`, { method: 'POST', headers: { ...headers, authorization } })
    asked.on('error', reject).on('response', async (answer) => {
      const chunks = await answer.toArray()
      resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() })
      asked.destroy()
    })
    if (headers['content-length'] === 0) asked.end()
    else asked.flushHeaders()
  })
}
