/** Which step of which run has made a deployment: kept in its payload, so that a re-run knows its own again. */
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { GitHubContext } from '../../src/context.ts'

/** As GitHub gives it back. */
export const Maker = v.object({
  run_id: v.number(),
  run_attempt: v.number(),
  job: v.string(),
  job_index: v.number(),
  step: v.string(),
  environment: v.string(),
  task: v.string(),
  /** The input of that name, where it was given. */
  key: v.optional(v.string()),
  /** Of one execution of the step alone: by it the deployment of a lost answer is known. */
  nonce: v.optional(v.string()),
  /** false: left unfinished on purpose when its job ends. */
  finish: v.optional(v.literal(false)),
})

/** The member `slipway` of a deployment's payload. */
export type Maker = Readonly<v.InferOutput<typeof Maker>>

interface Work {
  readonly environment: string
  readonly task: string
  readonly jobIndex: number
  readonly key: string | undefined
  readonly finish: boolean
}

/** @param step GITHUB_ACTION: the step's id, or the name that the runner gives to a step without one */
export function makerOf(
  { environment, task, jobIndex, key, finish }: Work,
  { runId, runAttempt, job }: GitHubContext,
  step = '',
): Maker {
  return {
    run_id: runId,
    run_attempt: runAttempt,
    job,
    job_index: jobIndex,
    step,
    environment,
    task,
    ...(key !== undefined && { key }),
    nonce: randomUUID(),
    ...(!finish && { finish }),
  }
}

const KEY = ['run_id', 'job', 'job_index', 'step', 'environment', 'task', 'key'] as const

/** Whether both are of one step of one run, in whichever of its attempts. */
export function sameStep(one: Maker, other: Maker): boolean {
  return KEY.every((name) => one[name] === other[name])
}

/** Whether both are of one execution of one step: two of one attempt can be of one step used twice, or of two callers. */
export function sameExecution(one: Maker, other: Maker): boolean {
  return one.nonce !== undefined && one.nonce === other.nonce && sameStep(one, other)
}

/** GitHub's names of environments are not case sensitive (its documentation, "Managing environments for deployment"). */
export function sameEnvironment(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

const Payload = v.object({ slipway: Maker })

/** undefined for a deployment that something else has made. GitHub keeps a payload as the object or text it was. */
export function readMaker(payload: unknown): Maker | undefined {
  const parsed = v.safeParse(Payload, typeof payload === 'string' ? parseText(payload) : payload)
  return parsed.success ? parsed.output.slipway : undefined
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
