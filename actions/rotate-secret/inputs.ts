import { formatDuration, parseDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import { type Program, parseProgram } from '../../src/program.ts'
import { type AuditPlace, parseAudit } from './audit-place.ts'
import { type Generator, isKeyPair, parseGenerator } from './generator.ts'
import { type Names, parseName, parseNames } from './names.ts'
import { parseRedeploy, type Redeploy } from './redeploy-input.ts'

/** Milliseconds; as long as a run may wait for its approval and be executed. */
const LONGEST_COMMAND = 24 * 3_600_000

export interface Inputs {
  readonly names: Names
  /** Lines of the input; the run's repository completes them. */
  readonly targets: readonly string[]
  readonly generator: Generator
  /** Milliseconds; 0: always due. */
  readonly maxAge: number
  /** Milliseconds; 0: the old value is dropped at once. */
  readonly grace: number
  /** Exactly as GitHub keeps them, white space included. */
  readonly given: { readonly current?: string; readonly pending?: string; readonly previous?: string }
  readonly verify: Program | undefined
  readonly revoke: Program | undefined
  /** Milliseconds. */
  readonly commandTimeout: number
  /** Milliseconds; 0: never warned. */
  readonly warnExpiry: number
  readonly redeploy: Redeploy | undefined
  readonly force: boolean
  readonly publicVariable: string | undefined
  readonly dryRun: boolean
  readonly audit: AuditPlace | undefined
  readonly githubToken: string
  /** The job's own; undefined: github-token is used in its place. */
  readonly jobToken: string | undefined
  readonly apiToken: string | undefined
  readonly accountId: string | undefined
}

/** @throws ActionError for the first input that is wrong by itself, or with another */
export function parseInputs(read: InputReader): Inputs {
  const inputs: Inputs = {
    names: parseNames({
      name: read.required('name'),
      previousName: read.optional('previous-name') ?? '',
      pendingName: read.optional('pending-name') ?? '',
    }),
    targets: read.lines('targets'),
    generator: parseGenerator(read.required('generator')),
    maxAge: ageOf(read, 'max-age'),
    grace: ageOf(read, 'grace'),
    given: givenValues(read),
    verify: programOf(read, 'verify-command'),
    revoke: programOf(read, 'revoke-command'),
    commandTimeout: read.duration('command-timeout', { min: 1, max: LONGEST_COMMAND }),
    warnExpiry: ageOf(read, 'warn-expiry'),
    redeploy: parseRedeploy(read.lines('redeploy')),
    force: read.boolean('force'),
    publicVariable: variableOf(read),
    dryRun: read.boolean('dry-run'),
    audit: parseAudit(read.optional('audit')),
    githubToken: read.requiredSecret('github-token'),
    jobToken: read.secret('job-token'),
    apiToken: read.secret('api-token'),
    accountId: accountIdOf(read),
  }
  requireFitting(inputs)
  return inputs
}

/** `0` needs no unit. */
function ageOf(read: InputReader, name: string): number {
  const text = read.required(name)
  return text === '0' ? 0 : parseDuration(text, `Input ${name}`)
}

function givenValues(read: InputReader): Inputs['given'] {
  const [current, pending, previous] = ['current', 'pending', 'previous'].map((name) => read.exactSecret(name))
  return {
    ...(current !== undefined && { current }),
    ...(pending !== undefined && { pending }),
    ...(previous !== undefined && { previous }),
  }
}

function programOf(read: InputReader, name: string): Program | undefined {
  const line = read.optional(name)
  return line === undefined ? undefined : parseProgram(line, `Input ${name}`)
}

/** It becomes part of addresses. */
function accountIdOf(read: InputReader): string | undefined {
  const id = read.optional('account-id')
  if (id === undefined || /^[0-9a-f]{32}$/i.test(id)) return id
  throw new ActionError('Input account-id is not the id of a Cloudflare account.', {
    hint: 'It is the 32 hexadecimal digits in the address of the dashboard.',
  })
}

function variableOf(read: InputReader): string | undefined {
  const name = read.optional('public-variable')
  return name === undefined ? undefined : parseName(name, 'public-variable')
}

function requireFitting({ maxAge, grace, generator, publicVariable, names, revoke, given }: Inputs): void {
  if (maxAge > 0 && maxAge < grace && names.previous !== undefined) {
    throw new ActionError(
      `Input max-age (${formatDuration(maxAge)}) is shorter than grace (${formatDuration(grace)}): the next rotation would be due while the previous value is still to work.`,
      { hint: 'Rotate less often, or give the previous value less time.' },
    )
  }
  if (revoke !== undefined && names.previous === undefined) {
    throw new ActionError('Input revoke-command is given, and previous-name is empty.', {
      hint: 'A value is kept as the previous one until it is revoked: leave previous-name at its default.',
    })
  }
  if (given.pending !== undefined && names.pending === undefined) {
    throw new ActionError('Input pending is given, and pending-name is empty.', { hint: 'Leave one of them out.' })
  }
  if (publicVariable !== undefined && generator.kind !== 'command' && !isKeyPair(generator)) {
    throw new ActionError('Input public-variable is given, and the generator makes no key pair.', {
      hint: 'Use the generator ed25519, rsa:BITS or ssh-ed25519, or leave public-variable out.',
    })
  }
}
