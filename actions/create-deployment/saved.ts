/** What the main step leaves to the post step, which learns only the job's result and a late address from inputs. */
import * as v from 'valibot'
import type { Runner } from '../../src/action.ts'

const Saved = v.object({
  owner: v.string(),
  repo: v.string(),
  deploymentId: v.number(),
  environment: v.string(),
  /** The SHA that GitHub resolved the ref to. */
  sha: v.string(),
  logUrl: v.string(),
  description: v.optional(v.string()),
  environmentUrl: v.optional(v.string()),
  /** What DEPLOYMENT_URL_VARIABLE held before: an earlier deployment's address, and not this one's. */
  announcedBefore: v.optional(v.string()),
  initialState: v.picklist(['in_progress', 'queued', 'pending']),
  onCancel: v.picklist(['error', 'failure', 'inactive']),
  /** Milliseconds since the epoch. */
  startedAt: v.number(),
})

export type Saved = Readonly<v.InferOutput<typeof Saved>>

const STATE = 'deployment'

export function saveDeployment(runner: Runner, saved: Saved): void {
  runner.saveState(STATE, JSON.stringify(saved))
}

/** undefined when the main step has left nothing to finish. */
export function loadDeployment(runner: Runner): Saved | undefined {
  const text = runner.getState(STATE)
  return text === '' ? undefined : v.parse(Saved, JSON.parse(text))
}
