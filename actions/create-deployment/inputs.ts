import type { InputReader } from '../../src/input.ts'
import { parsePayload } from './payload.ts'
import { parseRequiredContexts } from './request.ts'

/** The inputs that only the end of the job knows; every other one is settled when the deployment is created. */
export interface LateInputs {
  readonly environmentUrl: string | undefined
  readonly githubToken: string
  /** `success`, `failure` or `cancelled`; the result so far while the job runs. */
  readonly jobStatus: string | undefined
}

export interface Inputs extends LateInputs {
  readonly environment: string
  readonly ref: string | undefined
  readonly task: string
  readonly description: string | undefined
  readonly logUrl: string | undefined
  readonly payload: Readonly<Record<string, unknown>>
  /** undefined stands for all of them, as it does in GitHub's API. */
  readonly requiredContexts: readonly string[] | undefined
  readonly autoMerge: boolean
  readonly transientEnvironment: boolean | undefined
  readonly productionEnvironment: boolean | undefined
  readonly initialState: 'in_progress' | 'queued' | 'pending'
  readonly onCancel: 'error' | 'failure' | 'inactive'
  readonly finish: boolean
}

export function parseInputs(input: InputReader): Inputs {
  return {
    ...parseLateInputs(input),
    environment: input.required('environment'),
    ref: input.optional('ref'),
    task: input.required('task'),
    description: input.optional('description'),
    logUrl: input.optional('log-url'),
    payload: parsePayload(input.optional('payload')),
    requiredContexts: parseRequiredContexts(input.lines('required-contexts')),
    autoMerge: input.boolean('auto-merge'),
    transientEnvironment: input.optionalBoolean('transient-environment'),
    productionEnvironment: input.optionalBoolean('production-environment'),
    initialState: input.oneOf('initial-state', ['in_progress', 'queued', 'pending']),
    onCancel: input.oneOf('on-cancel', ['error', 'failure', 'inactive']),
    finish: input.boolean('finish'),
  }
}

export function parseLateInputs(input: InputReader): LateInputs {
  return {
    environmentUrl: input.optional('environment-url'),
    githubToken: input.requiredSecret('github-token'),
    jobStatus: input.optional('job-status'),
  }
}
