import { createPublicKey, createVerify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { client, REPO, runOf, SHA, startWithHistory } from './github-support.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const PATH = `${REPO}/attestations`
const DOCS = 'https://docs.github.com/rest/repos/attestations'

function bundle(predicateType = 'https://slsa.dev/provenance/v1') {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'ghcr.io/octo-org/site', digest: { sha256: 'ab'.repeat(32) } }],
    predicateType,
    predicate: {},
  }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {},
    dsseEnvelope: { payload, payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: '' }] },
  }
}

describe('attestations', () => {
  test('are kept with attestations: write, oldest first', async () => {
    await using github = await startWithHistory()
    const write = client(github, { attestations: 'write' })
    const { status, body } = await write(PATH, { method: 'POST', body: { bundle: bundle() } })
    expect([status, body]).toEqual([201, { id: expect.any(Number) }])
    await write(PATH, { method: 'POST', body: { bundle: bundle('https://spdx.dev/Document/v2.3') } })
    expect(github.attestations).toEqual([
      expect.objectContaining({ bundle: bundle(), subjects: [DIGEST] }),
      expect.objectContaining({ predicateType: 'https://spdx.dev/Document/v2.3', subjects: [DIGEST] }),
    ])
  })

  test('need their permission, a statement, and a plan that has them', async () => {
    await using github = await startWithHistory()
    const post = (level: 'read' | 'write', sent: object) =>
      client(github, { attestations: level })(PATH, { method: 'POST', body: { bundle: sent } })
    expect(await post('read', bundle())).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration', documentation_url: `${DOCS}#create-an-attestation` },
    })
    expect((await post('write', { mediaType: 'x' })).status).toBe(422)
    github.setAttestations(false)
    expect(await post('write', bundle())).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('Feature not available for user-owned private repositories') },
    })
  })
})

describe('storage records', () => {
  const record = { name: 'ghcr.io/octo-org/site', digest: DIGEST, registry_url: 'https://ghcr.io' }
  const path = '/orgs/octo-org/artifacts/metadata/storage-record'

  test('are of an organization, with artifact-metadata: write', async () => {
    await using github = await startWithHistory({ ownerType: 'Organization' })
    const refused = await client(github, { 'artifact-metadata': 'read' })(path, { method: 'POST', body: record })
    expect(refused.status).toBe(403)
    const ask = client(github, { 'artifact-metadata': 'write' })
    const made = await ask(path, { method: 'POST', body: record })
    expect(made).toMatchObject({
      status: 200,
      body: { total_count: 1, storage_records: [{ ...record, status: 'active' }] },
    })
    expect(github.permissionUse().map(({ used }) => used)).toEqual(['write'])
  })

  test('are not of a user', async () => {
    await using github = await startWithHistory()
    const ask = client(github, { 'artifact-metadata': 'write' })
    expect((await ask(path, { method: 'POST', body: record })).status).toBe(404)
  })
})

describe('OpenID Connect tokens', () => {
  test('are signed for the audience that is asked for, and asking is a use of id-token', async () => {
    await using github = await startWithHistory()
    github.addRun(runOf(7, { event: 'push', actor: 'octocat' }))
    github.issueToken('attest', { 'id-token': 'write' })
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = github.issueIdToken(
      7,
      'attest',
    )
    const answer = await fetch(`${url}&audience=sigstore`, { headers: { authorization: `Bearer ${secret}` } })
    const { value }: { value: string } = JSON.parse(await answer.text())
    const [header = '', payload = '', signature = ''] = value.split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: `${github.apiUrl}/idtoken`,
      aud: 'sigstore',
      sub: 'repo:octo-org/site:ref:refs/heads/main',
      sha: SHA.main,
      run_id: '7',
      actor: 'octocat',
    })
    const keys: { keys: readonly Readonly<Record<string, string>>[] } = JSON.parse(
      await (await fetch(`${github.apiUrl}/idtoken/.well-known/jwks`)).text(),
    )
    const [key = {}] = keys.keys
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`)
    expect(verify.verify(createPublicKey({ key, format: 'jwk' }), signature, 'base64url')).toBe(true)
    expect(github.permissionUse()).toEqual([{ job: 'attest', permission: 'id-token', granted: 'write', used: 'write' }])
    expect(JSON.stringify(github.requests)).not.toContain(value)
  })

  test('are refused to everybody else', async () => {
    await using github = await startWithHistory()
    github.addRun(runOf(7))
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url } = github.issueIdToken(7, 'attest')
    expect((await fetch(url, { headers: { authorization: 'Bearer other' } })).status).toBe(401)
  })
})
