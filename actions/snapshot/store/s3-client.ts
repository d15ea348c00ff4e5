/** The connection to S3: who asks, where, and within which time. */
import http from 'node:http'
import https from 'node:https'
import { S3Client } from '@aws-sdk/client-s3'
import { ActionError } from '../../../src/errors.ts'
import { maskAll } from '../../../src/input.ts'
import { ANSWER_TIMEOUT } from './deadlines.ts'

/** AWS's own region of those who name none; other services ignore it, or want `auto`, which this one counts as. */
const REGION = 'us-east-1'
const CONNECT = 10_000
/** ms without a byte in either direction, where a request has no time of its own. */
const IDLE = 600_000
/** The client's pauses double from 0.1 s on: all of them together are a few seconds. */
const ATTEMPTS = 7

type Env = Readonly<Record<string, string | undefined>>

export interface S3Connection {
  readonly client: S3Client
  readonly region: string
  readonly endpoint: string | undefined
}

/**
 * @param given the input `s3-endpoint`
 * @throws ActionError when credentials are missing or an address is none
 */
export function connect(env: Env, given: string | undefined, mask: (secret: string) => void): S3Connection {
  const endpoint = given ?? pick(env, 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL')
  if (endpoint !== undefined) requireUrl(endpoint)
  const region = pick(env, 'AWS_REGION', 'AWS_DEFAULT_REGION') ?? REGION
  const client = new S3Client({
    region,
    credentials: readCredentials(env, mask),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // Newer checksums broke R2 (aws/aws-sdk-js-v3#6810). The archive's digest is read back from the store anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    retryMode: 'standard',
    maxAttempts: ATTEMPTS,
    requestHandler: {
      // The global agents are those that know the proxy (src/proxy.ts).
      httpAgent: http.globalAgent,
      httpsAgent: https.globalAgent,
      connectionTimeout: CONNECT,
      requestTimeout: ANSWER_TIMEOUT,
      socketTimeout: IDLE,
      throwOnRequestTimeout: true,
    },
  })
  return { client, region, endpoint }
}

function readCredentials(env: Env, mask: (secret: string) => void) {
  const accessKeyId = pick(env, 'AWS_ACCESS_KEY_ID')
  const secretAccessKey = pick(env, 'AWS_SECRET_ACCESS_KEY')
  const sessionToken = pick(env, 'AWS_SESSION_TOKEN')
  for (const secret of [secretAccessKey, sessionToken]) if (secret !== undefined) maskAll(secret, mask)
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) }
  }
  const missing = [accessKeyId ?? 'AWS_ACCESS_KEY_ID', secretAccessKey ?? 'AWS_SECRET_ACCESS_KEY']
  const names = missing.filter((name) => name.startsWith('AWS_') && pick(env, name) === undefined)
  throw new ActionError(`The store needs credentials for S3, and ${names.join(' and ')} is not set.`, {
    hint: 'Set it as "env:" of the step, from secrets, or let aws-actions/configure-aws-credentials set it in a step before this one.',
  })
}

function requireUrl(endpoint: string): void {
  const url = URL.parse(endpoint)
  const plain = url !== null && url.username === '' && url.password === '' && url.search === ''
  if (plain && /^https?:$/.test(url.protocol)) return
  throw new ActionError('The endpoint of S3 is no plain http:// or https:// address.', {
    hint: 'Give s3-endpoint an address without user, password and parameters, as in https://ACCOUNT.r2.cloudflarestorage.com.',
  })
}

function pick(env: Env, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '')
}
