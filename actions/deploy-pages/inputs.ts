import { parseDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import type { Environment } from './pages.ts'
import { parseVariableNames } from './variables.ts'
import { parseWranglerVersion } from './wrangler-version.ts'

export interface AccessToken {
  readonly clientId: string
  readonly clientSecret: string
}

export interface Inputs {
  readonly apiToken: string
  readonly accountId: string
  readonly projectName: string | undefined
  readonly directory: string | undefined
  /** Relative to the workspace. */
  readonly workingDirectory: string
  readonly branch: string | undefined
  readonly commitHash: string | undefined
  readonly commitMessage: string | undefined
  readonly expectEnvironment: Environment | undefined
  /** How often wrangler may run, at least once. */
  readonly attempts: number
  /** Milliseconds between attempts, at least one; the last repeats. */
  readonly retryDelays: readonly number[]
  /** Milliseconds. */
  readonly attemptTimeout: number
  /** Milliseconds. */
  readonly liveTimeout: number
  readonly verifyUrl: boolean
  readonly access: AccessToken | undefined
  readonly allowOlder: boolean
  /** Undefined when the comparison of commits has to do without. */
  readonly githubToken: string | undefined
  /** Names of variables that the project must have in the environment. */
  readonly requireVariables: readonly string[]
  readonly createProject: boolean
  /** Of a project that is created. */
  readonly productionBranch: string
  /** `project` for the one in `working-directory`; undefined stands for the pinned one. */
  readonly wranglerVersion: string | undefined
  readonly dryRun: boolean
}

const DAY = 86_400_000
/** Longer than any job; and what takes no time would have failed before it began. */
const PATIENCE = { min: 1, max: DAY }

export function parseInputs(input: InputReader): Inputs {
  return {
    apiToken: checkToken('api-token', input.requiredSecret('api-token')),
    accountId: input.required('account-id'),
    projectName: input.optional('project-name'),
    directory: input.optional('directory'),
    workingDirectory: input.required('working-directory'),
    branch: input.optional('branch'),
    commitHash: parseCommitHash(input.optional('commit-hash')),
    commitMessage: input.optional('commit-message'),
    expectEnvironment: input.optionalOneOf('expect-environment', ['production', 'preview']),
    attempts: parseAttempts(input.required('attempts')),
    retryDelays: parseDelays(input.required('retry-delays')),
    attemptTimeout: input.duration('attempt-timeout', PATIENCE),
    liveTimeout: input.duration('live-timeout', PATIENCE),
    verifyUrl: input.boolean('verify-url'),
    access: parseAccess(input.secret('access-client-id'), input.secret('access-client-secret')),
    allowOlder: input.boolean('allow-older'),
    githubToken: input.secret('github-token'),
    requireVariables: parseVariableNames(input.lines('require-variables')),
    createProject: input.boolean('create-project'),
    productionBranch: input.required('production-branch'),
    wranglerVersion: parseWranglerVersion(input.optional('wrangler-version')),
    dryRun: input.boolean('dry-run'),
  }
}

/** Whatever else than visible ASCII makes a header that cannot be sent, and an error that names neither input nor cause. */
function checkToken(name: string, value: string): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value
  throw new ActionError(
    `Input ${name} holds a character that no token has (a line break, a space or a typographic quote).`,
    { hint: 'Store the token alone in the secret, without quotes.' },
  )
}

function parseCommitHash(hash: string | undefined): string | undefined {
  if (hash === undefined || /^[0-9a-f]{7,64}$/i.test(hash)) return hash
  throw new ActionError(`Input commit-hash is "${hash}", which is not a commit.`, {
    hint: 'Give 7 to 64 hexadecimal digits, or leave the input out.',
  })
}

const MOST_ATTEMPTS = 10

function parseAttempts(text: string): number {
  const attempts = Number(text)
  if (/^\d+$/.test(text) && attempts >= 1 && attempts <= MOST_ATTEMPTS) return attempts
  throw new ActionError(`Input attempts is "${text}", which is not a number from 1 to ${MOST_ATTEMPTS}.`, {
    hint: 'Write 1 for no second attempt, or leave the input out for 3.',
  })
}

/** Commas, spaces or line breaks stand between them. */
function parseDelays(text: string): readonly number[] {
  const delays = text.split(/[\s,]+/).filter((delay) => delay !== '')
  if (delays.length > 0) return delays.map((delay) => parseDuration(delay, 'Input retry-delays', { max: DAY }))
  throw new ActionError('Input retry-delays has no duration in it.', { hint: 'Write a list such as 5s, 10s.' })
}

function parseAccess(clientId: string | undefined, clientSecret: string | undefined): AccessToken | undefined {
  if (clientId === undefined && clientSecret === undefined) return undefined
  if (clientId !== undefined && clientSecret !== undefined) {
    return {
      clientId: checkToken('access-client-id', clientId),
      clientSecret: checkToken('access-client-secret', clientSecret),
    }
  }
  const missing = clientId === undefined ? 'access-client-id' : 'access-client-secret'
  throw new ActionError(`Input ${missing} is empty, but the other half of the Access service token was given.`, {
    hint: 'Give both access-client-id and access-client-secret, or neither.',
  })
}
