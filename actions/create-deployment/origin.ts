/** Which step of which run has made a deployment: kept in its payload, so that a re-run knows its own again. */
import * as v from 'valibot'
import type { GitHubContext } from '../../src/context.ts'

/** As GitHub gives it back. */
export const Origin = v.object({
  run_id: v.number(),
  run_attempt: v.number(),
  job: v.string(),
  job_index: v.number(),
  step: v.string(),
  environment: v.string(),
  task: v.string(),
})

/** The member `slipway` of a deployment's payload. */
export type Origin = Readonly<v.InferOutput<typeof Origin>>

interface Work {
  readonly environment: string
  readonly task: string
  readonly jobIndex: number
}

/** @param step GITHUB_ACTION: the step's id, or the name that the runner gives to a step without one */
export function originOf(
  { environment, task, jobIndex }: Work,
  { runId, runAttempt, job }: GitHubContext,
  step = '',
): Origin {
  return { run_id: runId, run_attempt: runAttempt, job, job_index: jobIndex, step, environment, task }
}

const KEY = ['run_id', 'job', 'job_index', 'step', 'environment', 'task'] as const

/** Whether both are of one step of one run, in whichever of its attempts. */
export function sameStep(one: Origin, other: Origin): boolean {
  return KEY.every((name) => one[name] === other[name])
}

const Payload = v.object({ slipway: Origin })

/** undefined for a deployment that something else has made. GitHub keeps a payload as the object or text it was. */
export function readOrigin(payload: unknown): Origin | undefined {
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
