import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import type { Environment } from './pages.ts'

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
  /** Milliseconds. */
  readonly attemptTimeout: number
  /** Milliseconds. */
  readonly liveTimeout: number
  readonly verifyUrl: boolean
  readonly access: AccessToken | undefined
  /** undefined stands for the pinned one. */
  readonly wranglerVersion: string | undefined
  readonly dryRun: boolean
}

export function parseInputs(input: InputReader): Inputs {
  return {
    apiToken: input.requiredSecret('api-token'),
    accountId: input.required('account-id'),
    projectName: input.optional('project-name'),
    directory: input.optional('directory'),
    workingDirectory: input.required('working-directory'),
    branch: input.optional('branch'),
    commitHash: input.optional('commit-hash'),
    commitMessage: input.optional('commit-message'),
    expectEnvironment: input.optionalOneOf('expect-environment', ['production', 'preview']),
    attemptTimeout: input.duration('attempt-timeout'),
    liveTimeout: input.duration('live-timeout'),
    verifyUrl: input.boolean('verify-url'),
    access: parseAccess(input.secret('access-client-id'), input.secret('access-client-secret')),
    wranglerVersion: parseWranglerVersion(input.optional('wrangler-version')),
    dryRun: input.boolean('dry-run'),
  }
}

function parseAccess(clientId: string | undefined, clientSecret: string | undefined): AccessToken | undefined {
  if (clientId === undefined && clientSecret === undefined) return undefined
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret }
  const missing = clientId === undefined ? 'access-client-id' : 'access-client-secret'
  throw new ActionError(`Input ${missing} is empty, but the other half of the Access service token was given.`, {
    hint: 'Give both access-client-id and access-client-secret, or neither.',
  })
}

/** The first wrangler that records why a command failed (the `command-failed` entry of its output file). */
const OLDEST_WRANGLER = '4.44.0'

/** A range or a tag would deploy with another program tomorrow than today, and could not be kept in the tool cache. */
function parseWranglerVersion(version: string | undefined): string | undefined {
  if (version === undefined) return undefined
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    throw new ActionError(`Input wrangler-version is "${version}", which is not an exact version.`, {
      hint: 'Write a whole version such as 4.164.0, without a range, a tag or a leading v.',
    })
  }
  if (version.localeCompare(OLDEST_WRANGLER, 'en', { numeric: true }) < 0) {
    throw new ActionError(`Input wrangler-version is ${version}, which does not record why a deployment failed.`, {
      hint: `Use ${OLDEST_WRANGLER} or newer, or leave the input out to use the pinned version.`,
    })
  }
  return version
}
