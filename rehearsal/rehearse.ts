/** Rehearses a workflow on this machine, against an embedded GitHub and an embedded Cloudflare Pages. */
import { type AttemptOptions, inherited, ofRepository, runAttempt } from './attempt.ts'
import { type ByHand, byHand } from './by-hand.ts'
import type { Cloudflare } from './cloudflare/server.ts'
import { Dispatcher } from './dispatcher.ts'
import type { Fault, FaultSet } from './faults.ts'
import type { GitHub } from './github/server.ts'
import type { Host } from './host/server.ts'
import type { NextOptions, Rehearsal, RehearseOptions, RerunOptions } from './options.ts'
import { nextScene, setScene } from './scene.ts'

export type { MergeOptions, OpenedPullRequest, PushedCommit } from './by-hand.ts'
export type { DispatchReport, NextOptions, Overture, Rehearsal, RehearseOptions, RerunOptions } from './options.ts'

/** A rehearsal with the doubles still listening, so that what was deployed can be looked at. */
export interface OpenRehearsal extends ByHand, AsyncDisposable {
  /** Of the first attempt. */
  readonly report: Rehearsal
  readonly folder: string
  readonly github: GitHub
  readonly cloudflare: Cloudflare
  readonly host: Host
  readonly faults: FaultSet
  /**
   * Another run in the same repository, of the same workflow or another: a new run id and the next run number, with the
   * same doubles, which keep what they have, artifacts included. Its secrets are those that the embedded GitHub has at
   * that moment, variables stay as they are; of faults and cancellations only what is given here is in force. The
   * repository is what the runs before and {@link ByHand} have made of it.
   */
  run(options?: NextOptions): Promise<Rehearsal>
  /**
   * Runs all jobs of the newest run again, as its next attempt: on fresh runners, with new tokens and new job ids, while
   * the doubles keep what they have, artifacts included. Unless faults are given none are in force any more, and the
   * attempt is neither cancelled nor killed by what was given for the first one.
   */
  rerun(options?: RerunOptions): Promise<Rehearsal>
}

/** @throws RehearsalError (usage, a workflow that does not parse or cannot be rehearsed) before anything has run */
export async function rehearse(options: RehearseOptions): Promise<Rehearsal> {
  await using open = await openRehearsal(options)
  return open.report
}

/**
 * The same, with the doubles left listening until the result is disposed of.
 * @throws RehearsalError as {@link rehearse} does
 */
export async function openRehearsal(options: RehearseOptions): Promise<OpenRehearsal> {
  const stack = new AsyncDisposableStack()
  try {
    const scene = await setScene(options, stack)
    const { github, cloudflare, host, faults, folders } = scene
    let current = scene
    let attempts = 1
    const dispatcher = new Dispatcher(github, options)
    const { approvals = {} } = options
    const attempt = (of: AttemptOptions) => {
      dispatcher.follow(current, of)
      return runAttempt(current, of, attempts, () => dispatcher.reports())
    }
    const report = await attempt(options)
    return {
      report,
      folder: folders.root,
      github,
      cloudflare,
      host,
      faults,
      ...byHand(scene.stage),
      async run({ faults: wanted = [], ...next } = {}) {
        replaceFaults(faults, wanted)
        current = await nextScene(current, { ...ofRepository(options), ...inherited(options), ...next, faults })
        attempts = 1
        return attempt({ ...inherited(options), approvals, ...next })
      },
      rerun({ faults: wanted = [], ...again } = {}) {
        replaceFaults(faults, wanted)
        attempts += 1
        return attempt({ ...inherited(options), approvals, ...again })
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

function replaceFaults(faults: FaultSet, wanted: readonly Fault[]): void {
  faults.clear()
  for (const fault of wanted) faults.add(fault)
}
