/** What people read when a cloud refuses them: with real servers where they refuse like the real thing. */
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusingOrigin } from '../../support/server.ts'
import { type AzureServer, type S3Server, startAzurite, startS3rver } from '../../support/servers.ts'
import { type Fault, type Relay, startRelay } from './relay.ts'
import { openAt } from './setup.ts'

const S3_ENV = {
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'hunter2+secret/key',
  AWS_SESSION_TOKEN: 'session+hunter2',
}
const XML = 'application/xml'
const ACCOUNT = 'devstoreaccount1'
const KEY = Buffer.from('hunter2-hunter2-hunter2').toString('base64')

let s3: S3Server
let azure: AzureServer
let relay: Relay
beforeAll(async () => {
  s3 = await startS3rver()
  azure = await startAzurite()
  relay = await startRelay(() => s3.endpoint)
})
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]()
  await azure?.stop()
  await s3?.stop()
})

/** Neither what people read nor what debug logs show has the signature that was sent. */
async function expectUnsigned(work: Promise<unknown>, sent: () => string): Promise<void> {
  const error: unknown = await work.catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'ActionError' })
  const signature = /[0-9a-f]{64}$|[^:]+=$/.exec(sent())?.[0]
  expect(signature).toMatch(/.{40}/)
  const shown: string[] = []
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    shown.push(each.stack ?? '', inspect(each, { depth: 9 }))
  }
  expect(shown.join('\n')).not.toContain(signature)
  expect(shown.join('\n')).not.toContain('Credential=')
}

async function failure(work: Promise<unknown>): Promise<{ readonly message: string; readonly hint: string }> {
  const error: unknown = await work.then(
    () => expect.fail('It should have failed.'),
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ name: 'ActionError', message: expect.stringMatching(/^\S[^\n]*\.$/) })
  const { message, hint } = error as { readonly message: string; readonly hint: string }
  expect(`${message} ${hint} ${inspect(error, { depth: 0 })}`).not.toMatch(/hunter2/)
  return { message, hint }
}

describe('S3', () => {
  const at = (endpoint: string | undefined, env: Record<string, string> = S3_ENV, address = 's3://snapshots/site') =>
    openAt(address, { endpoint, env })

  test.each([
    [{}, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is not set/],
    [{ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' }, /credentials for S3, and AWS_SECRET_ACCESS_KEY is not set/],
    [
      { AWS_ACCESS_KEY_ID: '  ', AWS_SECRET_ACCESS_KEY: 'hunter2' },
      /credentials for S3, and AWS_ACCESS_KEY_ID is not set/,
    ],
  ])('without credentials', async (env, message) => {
    const refusal = await failure(at(s3.endpoint, env))
    expect(refusal).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/configure-aws/),
    })
  })

  test.each(['localhost:9000', 'ftp://localhost', 'http://user:hunter2@localhost', 'http://localhost/?key=hunter2'])(
    'with an endpoint that is none: %s',
    async (endpoint) => {
      expect((await failure(at(endpoint))).message).toBe('The endpoint of S3 is no plain http:// or https:// address.')
    },
  )

  test('masks the secrets, and not the key id', async () => {
    const masked: string[] = []
    await openAt('s3://snapshots', { env: S3_ENV, mask: (secret) => masked.push(secret) })
    expect(masked).toEqual(expect.arrayContaining(['hunter2+secret/key', 'session+hunter2']))
    expect(masked).not.toContain('AKIAEXAMPLE')
  })

  test('with a bucket that is not there', async () => {
    const objects = await at(s3.endpoint, { ...s3.env }, 's3://nowhere/site')
    const refusal = await failure(objects.list())
    expect(refusal.message).toBe(
      's3://nowhere/site/production could not be listed: there is no bucket nowhere (404 NoSuchBucket).',
    )
    expect(refusal.hint).toMatch(/Create it, or correct the input store/)
    expect((await failure(objects.get('a'))).message).toMatch(/there is no bucket nowhere/)
    expect((await failure(objects.put('a', Buffer.from('x')))).message).toMatch(/there is no bucket nowhere/)
  })

  test('with nothing at its address', async () => {
    const refusal = await failure((await at(await refusingOrigin())).list())
    expect(refusal.message).toMatch(/nothing listens at http:\S+ \(ECONNREFUSED, after 7 attempts\)/)
    expect(refusal.hint).toMatch(/s3-endpoint/)
  })

  test.each<readonly [string, number, string, RegExp, RegExp]>([
    [
      'AccessDenied',
      403,
      '',
      /not allowed to do that \(403 AccessDenied\)/,
      /Allow s3:ListBucket on the bucket snapshots/,
    ],
    ['InvalidAccessKeyId', 403, '', /does not know the access key \(403 InvalidAccessKeyId\)/, /AWS_ACCESS_KEY_ID/],
    ['SignatureDoesNotMatch', 403, '', /secret access key is not that of the access key/, /AWS_SECRET_ACCESS_KEY/],
    ['ExpiredToken', 400, '', /session of these credentials has ended \(400 ExpiredToken\)/, /role-duration-seconds/],
    ['RequestTimeTooSkewed', 403, '', /clock of this machine/, /time server/],
    [
      'PermanentRedirect',
      301,
      'eu-central-1',
      /in the region eu-central-1, not in us-east-1/,
      /AWS_REGION: eu-central-1/,
    ],
    ['AuthorizationHeaderMalformed', 400, 'eu-north-1', /in the region eu-north-1/, /AWS_REGION: eu-north-1/],
    ['MethodNotAllowed', 405, '', /\(405 MethodNotAllowed\)/, /^$/],
  ])('that says %s', async (code, status, region, message, hint) => {
    const body = `<Error><Code>${code}</Code><Message>Words of the server</Message></Error>`
    const fault: Fault = { answer: status, body, headers: region === '' ? {} : { 'x-amz-bucket-region': region } }
    relay.fault = () => fault
    expect(await failure((await at(relay.endpoint)).list())).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  test.each<readonly [what: string, body: (echo: string) => string, type: string]>([
    ['as its words', (echo) => `<Error><Code>AccessDenied</Code><Message>${echo}</Message></Error>`, XML],
    ['as words that are shown', (echo) => `<Error><Code>Odd</Code><Message>You sent ${echo}</Message></Error>`, XML],
    ['as its code', (echo) => `<Error><Code>${echo}</Code><Message>No.</Message></Error>`, XML],
    ['in what is no answer of S3', (echo) => `<html><body>You sent:\n${echo}</body></html>`, 'text/html'],
    ['in plain text', (echo) => echo, 'text/plain'],
  ])('that echoes what it was sent, %s, has no signature shown', async (_, body, type) => {
    let sent = ''
    relay.fault = ({ headers }) => {
      sent = headers.authorization ?? ''
      return { answer: 403, body: body(sent), headers: { 'content-type': type } }
    }
    const objects = await at(relay.endpoint)
    for (const work of [() => objects.list(), () => objects.get('a'), () => objects.put('a', Buffer.from('x'))]) {
      await expectUnsigned(work(), () => sent)
    }
  })

  test('that knows no conditional writes is written to after a look', async () => {
    const body = '<Error><Code>NotImplemented</Code><Message>A header you provided</Message></Error>'
    relay.fault = ({ headers }) => (headers['if-none-match'] === undefined ? undefined : { answer: 501, body })
    const objects = await openAt('s3://snapshots/refusing', { endpoint: relay.endpoint, env: s3.env })
    await objects.put('a', Buffer.from('x'))
    await expect(objects.put('a', Buffer.from('y'))).rejects.toMatchObject({
      message: expect.stringMatching(/already/),
    })
  })

  test('that knows no unfinished uploads, or does not show them, has none', async () => {
    relay.fault = ({ url }) =>
      url.includes('uploads') ? { answer: 403, body: '<Error><Code>AccessDenied</Code></Error>' } : undefined
    const objects = await openAt('s3://snapshots/silent', { endpoint: relay.endpoint, env: s3.env })
    expect(await objects.unfinished()).toEqual([])
  })
})

describe('Azure', () => {
  const connection = (endpoint: string, key = KEY) =>
    `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${key};BlobEndpoint=${endpoint}/${ACCOUNT};`
  const at = (text: string) => openAt('azure://snapshots/site', { env: { AZURE_STORAGE_CONNECTION_STRING: text } })
  const origin = () => azure.endpoint.replace(`/${ACCOUNT}`, '')

  test.each([
    [{}, /AZURE_STORAGE_ACCOUNT is not set/],
    [{ AZURE_STORAGE_ACCOUNT: 'backups' }, /neither AZURE_STORAGE_KEY nor AZURE_STORAGE_SAS_TOKEN is set/],
    [{ AZURE_STORAGE_ACCOUNT: 'Back-Ups', AZURE_STORAGE_KEY: KEY }, /is "Back-Ups", which can be no account/],
    [{ AZURE_STORAGE_CONNECTION_STRING: 'hunter2' }, /is no connection string/],
  ])('without credentials', async (env, message) => {
    const refusal = await failure(openAt('azure://snapshots', { env }))
    expect(refusal).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/Set AZURE_STORAGE_CONNECTION_STRING/),
    })
  })

  test('masks key, token and signature, from wherever they come', async () => {
    const masked: string[] = []
    const mask = (secret: string) => masked.push(secret)
    await openAt('azure://snapshots', { env: { AZURE_STORAGE_CONNECTION_STRING: connection(origin()) }, mask })
    expect(masked).toContain(KEY)
    const env = { AZURE_STORAGE_ACCOUNT: 'backups', AZURE_STORAGE_SAS_TOKEN: '?sv=2025&sig=hunter2%2Bx%3D' }
    await openAt('azure://snapshots', { env, mask })
    expect(masked).toEqual(expect.arrayContaining(['sv=2025&sig=hunter2%2Bx%3D', 'hunter2+x=']))
  })

  test('with a container that is not there', async () => {
    const objects = await at(connection(origin(), azure.key))
    const refusal = await failure(objects.list())
    expect(refusal.message).toBe(
      `azure://snapshots/site/production could not be listed: the account ${ACCOUNT} has no container snapshots (404 ContainerNotFound).`,
    )
    expect((await failure(objects.get('a'))).message).toMatch(/has no container snapshots/)
    expect((await failure(objects.put('a', Buffer.from('x')))).message).toMatch(/has no container snapshots/)
  })

  test('with a key that is wrong', async () => {
    const refusal = await failure((await at(connection(origin()))).list())
    expect(refusal.message).toMatch(
      /the key is not one of the account devstoreaccount1.*\(403 (AuthenticationFailed|AuthorizationFailure)\)|lets nobody in/,
    )
  })

  test('with nothing at its address', async () => {
    const refusal = await failure((await at(connection(await refusingOrigin()))).list())
    expect(refusal.message).toMatch(/nothing listens at the address of the account devstoreaccount1 \(ECONNREFUSED\)/)
  })

  test.each<readonly [string, number, RegExp, RegExp]>([
    ['AuthenticationFailed', 403, /SAS token is wrong or has expired/, /clock/],
    ['AuthorizationFailure', 403, /lets nobody in from here/, /firewall/],
    ['AuthorizationPermissionMismatch', 403, /do not allow that/, /here it was listing/],
    ['AccountIsDisabled', 403, /is disabled/, /Enable it/],
    ['KeyBasedAuthenticationNotPermitted', 403, /takes no keys/, /user delegation SAS/],
    ['InvalidQueryParameterValue', 400, /Words of the server \(400 InvalidQueryParameterValue\)/, /^$/],
  ])('that says %s', async (code, status, message, hint) => {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Words of the server\nRequestId:1\nTime:2</Message></Error>`
    relay.fault = () => ({ answer: status, body, headers: { 'x-ms-error-code': code } })
    const refusal = await failure((await at(connection(relay.endpoint))).list())
    expect(refusal).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) })
  })

  test.each<readonly [what: string, body: (echo: string) => string, type: string]>([
    ['as its words', (echo) => `<?xml version="1.0"?><Error><Code>Odd</Code><Message>${echo}</Message></Error>`, XML],
    ['in what is no answer of Azure', (echo) => `<html><body>You sent: ${echo}</body></html>`, 'text/html'],
    ['in plain text', (echo) => echo, 'text/plain'],
  ])('that echoes what it was sent, %s, has no signature shown', async (_, body, type) => {
    let sent = ''
    relay.fault = ({ headers }) => {
      sent = headers.authorization ?? ''
      return { answer: 400, body: body(sent), headers: { 'content-type': type } }
    }
    const objects = await at(connection(relay.endpoint))
    for (const work of [() => objects.list(), () => objects.get('a'), () => objects.put('a', Buffer.from('x'))]) {
      await expectUnsigned(work(), () => sent)
    }
  })
})
