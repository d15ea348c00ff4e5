/** What S3's refusals mean for a person. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { ActionError } from '../../../src/errors.ts'
import { fieldsOf } from './fields.ts'
import { codeIn, plainCause, wordsOf } from './words.ts'

interface S3Failure {
  /** As `NoSuchBucket`, or Node's, as `ECONNREFUSED`. */
  readonly code: string
  /** undefined when there was no answer. */
  readonly status: number | undefined
  /** How often it was tried. */
  readonly attempts: number
  /** What S3 says about the region that a bucket is in. */
  readonly region: string | undefined
}

/** Everything about where it happened that a remedy needs. */
interface S3Place {
  readonly bucket: string
  readonly region: string
  readonly endpoint: string | undefined
}

const CREDENTIALS =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, if there is one) as "env:" of the step'

type Remedy = (place: S3Place, failure: S3Failure, action: string) => readonly [why: string, hint: string]

const wrongRegion: Remedy = ({ bucket, region }, failure) => [
  failure.region === undefined
    ? `the bucket ${bucket} is not in the region ${region}`
    : `the bucket ${bucket} is in the region ${failure.region}, not in ${region}`,
  `Set AWS_REGION: ${failure.region ?? 'the region of the bucket'} as "env:" of the step; for other services than AWS check s3-endpoint.`,
]
const expired: Remedy = () => [
  'the session of these credentials has ended',
  'Let aws-actions/configure-aws-credentials run shortly before this step, with a longer role-duration-seconds if need be.',
]
const unknownKey: Remedy = ({ endpoint }) => [
  `${endpoint ?? 'AWS'} does not know the access key`,
  `${CREDENTIALS}; keys of another service than AWS need s3-endpoint, too.`,
]
const denied: Remedy = ({ bucket }, _, action) => [
  `the credentials are not allowed to do that`,
  `Allow ${action} on the bucket ${bucket}: the README has the whole policy. A bucket policy or a key of KMS can refuse it as well.`,
]

const REMEDIES: Readonly<Record<string, Remedy>> = {
  InvalidAccessKeyId: unknownKey,
  XAdminUserNotFound: unknownKey, // versitygw's
  InvalidToken: expired,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  SignatureDoesNotMatch: () => [
    'the secret access key is not that of the access key',
    `${CREDENTIALS}, without spaces or line ends around them.`,
  ],
  AccessDenied: denied,
  Forbidden: denied,
  AllAccessDisabled: denied,
  NoSuchBucket: ({ bucket, endpoint }) => [
    `there is no bucket ${bucket}`,
    `Create it, or correct the input store${endpoint === undefined ? '; for another service than AWS set s3-endpoint' : ''}.`,
  ],
  PermanentRedirect: wrongRegion,
  TemporaryRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  RequestTimeTooSkewed: () => ['the clock of this machine is wrong', "Set the runner's clock by a time server."],
  EntityTooLarge: () => ['it is too large for this service', 'Use another store, or a smaller snapshot.'],
  QuotaExceeded: () => ['the quota of the bucket is used up', 'Raise it, or shorten what prune keeps.'],
  XMinioStorageFull: () => ['the disk of the server is full', 'Free space there, or shorten what prune keeps.'],
  ENOTFOUND: ({ endpoint }) => [
    `no name server knows ${endpoint ?? 'its host'}`,
    'Check s3-endpoint and AWS_REGION, and that the runner reaches the network.',
  ],
  ERR_PROXY_TUNNEL: () => [
    'the proxy gave no connection to it',
    'Check that the proxy lets the runner reach this host.',
  ],
  ECONNREFUSED: ({ endpoint }) => [`nothing listens at ${endpoint ?? 'its host'}`, 'Check s3-endpoint and its port.'],
}

/**
 * @param what as `production-1.json could not be written to s3://backups/site/production`
 * @param action what IAM calls the permission, as `s3:PutObject`
 */
export function explain(error: unknown, what: string, action: string, place: S3Place): ActionError {
  if (error instanceof ActionError) return error
  const failure = failureOf(error)
  const remedy =
    REMEDIES[failure.code] ?? (failure.status === 403 ? denied : failure.status === 301 ? wrongRegion : other)
  const [why, hint] = remedy(place, failure, action)
  const tries = failure.attempts > 1 ? `, after ${failure.attempts} attempts` : ''
  const code = [failure.status, failure.code].filter(Boolean).join(' ')
  const message = why === '' ? wordsOf(error) : why
  return new ActionError(`${what}: ${message} (${code}${tries}).`, { hint, cause: plainCause(error, failure.code) })
}

const other: Remedy = (_, { status }) => [
  '',
  status === undefined || status >= 500
    ? 'Run the step again; if that stays, check whether the service has an outage.'
    : '',
]

export function failureOf(error: unknown): S3Failure {
  const { name, code, Code, $metadata, $response, cause } = fieldsOf(error)
  const { httpStatusCode, attempts } = fieldsOf($metadata)
  const { 'x-amz-bucket-region': region } = fieldsOf(fieldsOf($response)['headers'])
  return {
    code: codeIn([Code, code, fieldsOf(cause)['code'], name]),
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    attempts: typeof attempts === 'number' ? attempts : 1,
    region: typeof region === 'string' ? region : undefined,
  }
}

/** By its code, since buckets, users and uploads can be missing, too. A HEAD has no body that could tell them apart. */
export function isMissing(error: unknown): boolean {
  return ['NoSuchKey', 'NoSuchUpload', 'NotFound'].includes(failureOf(error).code)
}

export function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}

/** A broken connection, or a server in trouble. Without a status there was no answer. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ActionError) return false
  const { status } = failureOf(error)
  return status === undefined || status === 429 || status >= 500
}
