import { ActionError } from '../../src/errors.ts'
import type { InputReader } from '../../src/input.ts'
import type { FailOn } from './result.ts'

export interface Inputs {
  /** Lines of the quick form. */
  readonly urls: readonly string[]
  readonly checks: string | undefined
  /** Milliseconds, as are all times here. */
  readonly deadline: number
  readonly interval: number
  readonly successes: number
  readonly timeout: number
  readonly connectTimeout: number
  readonly expectVersion: string | undefined
  readonly concurrency: number
  readonly failOn: FailOn
  readonly junit: string | undefined
  readonly metrics: string | undefined
  readonly json: string | undefined
  readonly ip: 'auto' | '4' | '6' | 'both'
  readonly dryRun: boolean
}

export function parseInputs(input: InputReader): Inputs {
  const inputs: Inputs = {
    urls: input.lines('urls'),
    checks: input.optional('checks'),
    deadline: positive('deadline', input),
    interval: input.duration('interval'),
    successes: count('successes', input, 100),
    timeout: positive('timeout', input),
    connectTimeout: positive('connect-timeout', input),
    expectVersion: input.optional('expect-version'),
    concurrency: count('concurrency', input, 1000),
    failOn: input.oneOf('fail-on', ['fail', 'warn', 'never']),
    junit: input.optional('junit'),
    metrics: input.optional('metrics'),
    json: input.optional('json'),
    ip: input.oneOf('ip', ['auto', '4', '6', 'both']),
    dryRun: input.boolean('dry-run'),
  }
  refuseImpossiblePace(inputs)
  refuseSameFile(inputs)
  return inputs
}

/** The longest that a timer of Node waits; beyond it, it would not wait at all. */
const LONGEST = 2 ** 31 - 1

function positive(name: string, input: InputReader): number {
  const duration = input.duration(name)
  if (duration > 0 && duration <= LONGEST) return duration
  throw new ActionError(`Input ${name} is "${input.required(name)}", which is no time that can be waited for.`, {
    hint: 'Write a duration longer than 0s and shorter than 24d.',
  })
}

function count(name: string, input: InputReader, most: number): number {
  const text = input.required(name)
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value
  throw new ActionError(`Input ${name} is "${text}", which is not a whole number from 1 to ${most}.`, {
    hint: `Write a number, as in ${name}: 2.`,
  })
}

function refuseImpossiblePace({ successes, interval, deadline }: Inputs): void {
  if ((successes - 1) * interval < deadline) return
  throw new ActionError(`${successes} healthy rounds can never follow one another within the deadline.`, {
    hint: 'The waits between them (interval) alone take that long. Give a longer deadline, a shorter interval, or fewer successes.',
  })
}

function refuseSameFile({ junit, metrics, json, checks }: Inputs): void {
  const files = [junit, metrics, json, checks].filter((file) => file !== undefined)
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice === undefined) return
  throw new ActionError(`${twice} is given as two of the files checks, junit, metrics and json.`, {
    hint: 'Give each report a file of its own.',
  })
}
