import { parseDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import { parsePayload } from './payload.ts'
import { parseRequiredContexts, STATES, type State } from './request.ts'

/** What only the end of the job knows; everything else is settled when the deployment is created. */
export interface LateInputs {
  readonly environmentUrl: string | undefined
  /** `success`, `failure` or `cancelled`; the result so far while the job runs. */
  readonly jobStatus: string | undefined
  /** The token that the runner gives to every job. */
  readonly jobToken: string | undefined
}

interface Shared extends LateInputs {
  readonly description: string | undefined
  readonly logUrl: string | undefined
  readonly dryRun: boolean
  readonly githubToken: string
}

/** A deployment is created, or taken up again by a re-run. */
export interface NewDeployment extends Shared {
  readonly kind: 'deployment'
  readonly environment: string
  readonly ref: string | undefined
  readonly task: string
  readonly payload: Readonly<Record<string, unknown>>
  /** undefined stands for all of them, as it does in GitHub's API. */
  readonly requiredContexts: readonly string[] | undefined
  readonly autoMerge: boolean
  readonly transientEnvironment: boolean | undefined
  readonly productionEnvironment: boolean | undefined
  readonly initialState: 'in_progress' | 'queued' | 'pending'
  readonly onCancel: 'error' | 'failure' | 'inactive'
  readonly finish: boolean
  readonly inactivate: 'auto' | 'all' | 'none'
  /** Milliseconds. */
  readonly reapAfter: number | undefined
  /** The position in the matrix, 0 without one. */
  readonly jobIndex: number
  /** Tells jobs apart that are the same to GitHub: callers of one reusable workflow. */
  readonly key: string | undefined
}

/** An existing deployment is given one status. */
export interface NewStatus extends Shared {
  readonly kind: 'status'
  readonly deploymentId: number
  readonly state: State
  /** Where the deployment must be; undefined: anywhere. */
  readonly environment: string | undefined
  readonly inactivate: 'auto' | 'none'
}

export type Inputs = NewDeployment | NewStatus

export function parseInputs(input: InputReader): Inputs {
  const shared: Shared = {
    ...parseLateInputs(input),
    description: input.optional('description'),
    logUrl: input.optional('log-url'),
    dryRun: input.boolean('dry-run'),
    githubToken: input.requiredSecret('github-token'),
  }
  const existing = parseExisting(input)
  const inactivate = input.oneOf('inactivate', ['auto', 'all', 'none'])
  const reapAfter = parseReapAfter(input)
  const environment = existing === undefined ? input.required('environment') : ''
  const deployment: NewDeployment = {
    kind: 'deployment',
    ...shared,
    environment,
    ref: input.optional('ref'),
    task: input.required('task'),
    payload: parsePayload(input.optional('payload')),
    requiredContexts: parseRequiredContexts(input.lines('required-contexts')),
    autoMerge: input.boolean('auto-merge'),
    transientEnvironment: input.optionalBoolean('transient-environment'),
    productionEnvironment: input.optionalBoolean('production-environment'),
    initialState: input.oneOf('initial-state', ['in_progress', 'queued', 'pending']),
    onCancel: input.oneOf('on-cancel', ['error', 'failure', 'inactive']),
    finish: input.boolean('finish'),
    inactivate,
    reapAfter,
    jobIndex: parseJobIndex(input.optional('job-index')),
    key: input.optional('key'),
  }
  if (existing === undefined) return deployment
  if (inactivate === 'all') throw meaningless('inactivate is "all"')
  if (reapAfter !== undefined) throw meaningless('reap-after is given')
  return { kind: 'status', ...shared, ...existing, environment: input.optional('environment'), inactivate }
}

export function parseLateInputs(input: InputReader): LateInputs {
  return {
    environmentUrl: input.optional('environment-url'),
    jobStatus: input.optional('job-status'),
    jobToken: input.secret('job-token'),
  }
}

function parseExisting(input: InputReader): Pick<NewStatus, 'deploymentId' | 'state'> | undefined {
  const id = input.optional('deployment-id')
  const state = input.optionalOneOf('state', STATES)
  if (id === undefined && state === undefined) return undefined
  if (id !== undefined && state !== undefined) return { deploymentId: parseId(id), state }
  const [given, missing] = id === undefined ? ['state', 'deployment-id'] : ['deployment-id', 'state']
  throw new ActionError(`Input ${given} is given without ${missing}.`, {
    hint: 'Give both to write one status to an existing deployment, or neither to create one.',
  })
}

function parseId(text: string): number {
  const id = Number(text)
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(id)) return id
  throw new ActionError(`Input deployment-id is "${text}", which is not the id of a deployment.`, {
    hint: 'Give it the output deployment-id of the step that created the deployment.',
  })
}

function meaningless(fact: string): ActionError {
  return new ActionError(`Input ${fact}, which has no meaning together with deployment-id.`, {
    hint: 'Leave it out: an existing deployment is given one status and nothing else is done.',
  })
}

function parseReapAfter(input: InputReader): number | undefined {
  const text = input.optional('reap-after')
  return text === undefined ? undefined : parseDuration(text, 'Input reap-after', { min: 1 })
}

/** Some local runners have no `strategy.job-index`: every job is the first of its matrix then. */
function parseJobIndex(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0
}
