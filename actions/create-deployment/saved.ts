/** What the main step leaves to the post step, which learns only the job's result and a late address from inputs. */
import * as v from 'valibot'
import type { Runner } from '../../src/action.ts'
import { Maker } from './maker.ts'

const Saved = v.object({
  owner: v.string(),
  repo: v.string(),
  environment: v.string(),
  logUrl: v.string(),
  description: v.optional(v.string()),
  environmentUrl: v.optional(v.string()),
  /** What DEPLOYMENT_URL_VARIABLE held before: an earlier deployment's address, and not this one's. */
  announcedBefore: v.optional(v.string()),
  initialState: v.picklist(['in_progress', 'queued', 'pending']),
  onCancel: v.picklist(['error', 'failure', 'inactive']),
  inactivate: v.picklist(['auto', 'all', 'none']),
  /** Milliseconds since the epoch. */
  startedAt: v.number(),
  /** Only one that is not the job's own: that one the runner gives to the post step by itself. */
  token: v.optional(v.string()),
  previousSha: v.optional(v.string()),
  maker: Maker,
  /** Missing when the main step ended while it waited for GitHub's answer: the deployment may exist. */
  deployment: v.optional(
    v.object({
      id: v.number(),
      /** What GitHub resolved the ref to. */
      sha: v.string(),
      reused: v.boolean(),
      /** Of the first status that this attempt has written, once it has. */
      statusId: v.optional(v.number()),
    }),
  ),
})

export type Saved = Readonly<v.InferOutput<typeof Saved>>
export type SavedDeployment = NonNullable<Saved['deployment']>

const STATE = 'deployment'

export function saveDeployment(runner: Runner, saved: Saved): void {
  runner.saveState(STATE, JSON.stringify(saved))
}

/** The last word counts: GitHub has refused the deployment, so there is nothing to finish. */
export function forgetDeployment(runner: Runner): void {
  runner.saveState(STATE, '')
}

/** undefined when the main step has left nothing to finish. */
export function loadDeployment(runner: Runner): Saved | undefined {
  const text = runner.getState(STATE)
  return text === '' ? undefined : v.parse(Saved, JSON.parse(text))
}
