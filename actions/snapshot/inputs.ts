import { parseDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import { type Program, parseProgram } from '../../src/program.ts'
import { parseIdentities, parseRecipients } from './archive/keys.ts'
import { type Command, parseCommands } from './content/command-line.ts'
import { parseId, REASONS, type Reason, SERIES } from './names.ts'
import { type Policy, parsePolicy } from './retention/policy.ts'
import { parseWanted, type Wanted } from './select.ts'
import { parseStore, type StoreSpec } from './store/spec.ts'

const HIGHEST_LEVEL = 19
/** GitHub's own limit, that of private repositories. */
const MOST_RETENTION_DAYS = 400
/** Milliseconds; hosted runners end a job after 6 h. */
const LONGEST_COMMAND = 24 * 3_600_000

/** What every operation has to know to find its series. */
export interface Shared {
  readonly series: string
  readonly store: StoreSpec
  readonly s3Endpoint: string | undefined
  /** Globs; empty stands for the default branch and the run's own. */
  readonly trustedBranches: readonly string[]
  readonly retentionDays: number
  readonly dryRun: boolean
  readonly githubToken: string
}

export interface CreateInputs extends Shared {
  readonly operation: 'create'
  readonly paths: readonly string[]
  readonly commands: readonly Command[]
  /** Milliseconds. */
  readonly commandTimeout: number
  readonly reason: Reason
  readonly deploymentId: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** The id of the snapshot that a rollback goes back to. */
  readonly needs: string | undefined
  readonly recipients: readonly string[]
  readonly identities: readonly string[]
  readonly allowPlaintext: boolean
  readonly compressionLevel: number
  /** undefined: nothing is pruned. */
  readonly prune: Policy | undefined
}

export interface ListInputs extends Shared {
  readonly operation: 'list'
  /** Milliseconds. */
  readonly failIfOlderThan: number | undefined
}

export interface VerifyInputs extends Shared {
  readonly operation: 'verify'
  readonly snapshot: Wanted
  readonly identities: readonly string[]
  readonly drill: Program | undefined
  /** Milliseconds. */
  readonly commandTimeout: number
  readonly failIfOlderThan: number | undefined
}

export interface RestoreInputs extends Shared {
  readonly operation: 'restore'
  readonly snapshot: Wanted
  readonly identities: readonly string[]
  readonly target: string
  readonly overwrite: boolean
}

export interface PruneInputs extends Shared {
  readonly operation: 'prune'
  readonly policy: Policy
}

export type Inputs = CreateInputs | ListInputs | VerifyInputs | RestoreInputs | PruneInputs

/** Every input is read, whatever the operation: a mistake in one shows before the night in which it would matter. */
export function parseInputs(input: InputReader): Inputs {
  const operation = input.oneOf('operation', ['create', 'list', 'verify', 'restore', 'prune'])
  const shared = readShared(input)
  const commandTimeout = input.duration('command-timeout', { min: 1, max: LONGEST_COMMAND })
  const snapshot = parseWanted(input.required('snapshot'))
  const identities = parseIdentities(input.secret('identity') ?? '')
  const policy = parsePolicy(input)
  const age = input.optional('fail-if-older-than')
  const failIfOlderThan = age === undefined ? undefined : parseDuration(age, 'Input fail-if-older-than', { min: 1 })
  const creation = readCreation(input, shared.series)
  const prune = input.boolean('prune') ? policy : undefined
  const line = input.optional('drill-command')
  const drill = line === undefined ? undefined : parseProgram(line, 'Input drill-command')
  const target = input.optional('target')
  const overwrite = input.boolean('overwrite')
  switch (operation) {
    case 'create':
      return { operation, ...shared, ...creation, commandTimeout, identities, prune }
    case 'list':
      return { operation, ...shared, failIfOlderThan }
    case 'verify':
      return { operation, ...shared, snapshot, identities, drill, commandTimeout, failIfOlderThan }
    case 'restore':
      return { operation, ...shared, snapshot, identities, target: requireTarget(target), overwrite }
    case 'prune':
      return { operation, ...shared, policy }
  }
}

function readShared(input: InputReader): Shared {
  return {
    series: parseSeries(input.required('series')),
    store: parseStore(input.required('store')),
    s3Endpoint: parseEndpoint(input.optional('s3-endpoint')),
    trustedBranches: input.lines('trusted-branches'),
    retentionDays: parseCount(input.required('retention-days'), 'retention-days', 1, MOST_RETENTION_DAYS),
    dryRun: input.boolean('dry-run'),
    githubToken: input.requiredSecret('github-token'),
  }
}

type Creation = Omit<CreateInputs, keyof Shared | 'operation' | 'commandTimeout' | 'identities' | 'prune'>

function readCreation(input: InputReader, series: string): Creation {
  const reason = input.oneOf('reason', REASONS)
  const metadata = parseMetadata(input.lines('metadata'))
  return {
    paths: withoutComments(input.lines('paths')),
    commands: parseCommands(withoutComments(input.lines('commands'))),
    reason,
    deploymentId: parseDeploymentId(input.optional('deployment-id')),
    metadata,
    needs: reason === 'pre-rollback' ? requireSeries(metadata['rollback-to'], series) : undefined,
    recipients: parseRecipients(input.lines('recipients')),
    allowPlaintext: input.boolean('allow-plaintext'),
    compressionLevel: parseCount(input.required('compression-level'), 'compression-level', 1, HIGHEST_LEVEL),
  }
}

function requireSeries(id: string | undefined, series: string): string | undefined {
  if (id === undefined || parseId(id)?.series === series) return id
  throw new ActionError(`Input metadata says rollback-to=${id}, which is no snapshot of the series ${series}.`, {
    hint: 'Give it the id of the snapshot that the rollback goes back to.',
  })
}

/** A template can show what else there is to take. */
function withoutComments(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.startsWith('#'))
}

function requireTarget(target: string | undefined): string {
  if (target !== undefined) return target
  throw new ActionError('Input target is empty, and a restore needs a folder.', {
    hint: 'Give target a new folder, as in "target: restored".',
  })
}

function parseSeries(text: string): string {
  if (SERIES.test(text)) return text
  throw new ActionError(`Input series is "${text}", which cannot be the name of a series.`, {
    hint: 'Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit; at most 64 characters.',
  })
}

function parseEndpoint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const isPlain = /^[!-~]+$/.test(text) // URL itself drops line breaks
  if (url !== null && isPlain && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return text
  throw new ActionError('Input s3-endpoint is no address of a service.', {
    hint: 'Write it with https:// and without a user name, as in https://ACCOUNT.r2.cloudflarestorage.com.',
  })
}

function parseCount(text: string, name: string, low: number, high: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= low && number <= high) return number
  throw new ActionError(`Input ${name} is "${text}".`, { hint: `Give a whole number from ${low} to ${high}.` })
}

function parseDeploymentId(text: string | undefined): string | undefined {
  if (text === undefined || /^[1-9]\d*$/.test(text)) return text
  throw new ActionError(`Input deployment-id is "${text}", which is not the id of a deployment.`, {
    hint: 'Give it the output deployment-id of the step that created the deployment.',
  })
}

/** What has no value is left out: an expression in a workflow may come to nothing. */
function parseMetadata(lines: readonly string[]): Readonly<Record<string, string>> {
  const pairs = lines.map((line): readonly [string, string] => {
    const [, key, value] = /^([A-Za-z0-9][\w.-]{0,63})\s*=\s*(.*)$/.exec(line) ?? []
    // Parsers of the manifest drop these two, since they are no names of plain data in JavaScript.
    const isPlain = key !== 'constructor' && key !== 'prototype'
    if (key !== undefined && value !== undefined && isPlain) return [key, value]
    throw new ActionError(`Input metadata has the line "${line}", which is no key=value.`, {
      hint: 'Write one pair a line, as in "ticket=OPS-17"; a key has letters, digits, dots, hyphens and underscores.',
    })
  })
  const twice = pairs.find(([key], index) => pairs.findIndex(([other]) => other === key) !== index)
  if (twice === undefined) return Object.fromEntries(pairs.filter(([, value]) => value !== ''))
  throw new ActionError(`Input metadata gives ${twice[0]} twice.`, { hint: 'Leave one of them out.' })
}
