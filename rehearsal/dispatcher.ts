/**
 * Rehearses what a rehearsed run dispatches, at the same time, with the same doubles. Faults that are in force meet its
 * requests, too, but not its steps; what it says of its progress is not passed on.
 */
import { basename } from 'node:path'
import { type AttemptOptions, ofRepository, runAttempt } from './attempt.ts'
import { workflowFile } from './dispatches.ts'
import { messageOf, RehearsalError } from './errors.ts'
import { FaultSet } from './faults.ts'
import type { Dispatched } from './github/dispatch.ts'
import type { GitHub } from './github/server.ts'
import type { DispatchReport, Rehearsal, RehearseOptions } from './options.ts'
import { nextScene, type Scene } from './scene.ts'

export class Dispatcher {
  readonly #github: GitHub
  readonly #options: RehearseOptions
  #begun: Promise<DispatchReport>[] = []
  #from: { readonly scene: Scene; readonly attempt: AttemptOptions } | undefined

  constructor(github: GitHub, options: RehearseOptions) {
    this.#github = github
    this.#options = options
    github.onDispatch((run) => this.#begun.push(this.#rehearse(run)))
  }

  /** From now on it is this run that dispatches. */
  follow(scene: Scene, attempt: AttemptOptions): void {
    this.#from = { scene, attempt }
  }

  /** Of all since the last call, once they have ended. */
  async reports(): Promise<readonly DispatchReport[]> {
    const reports: DispatchReport[] = []
    for (let run = this.#begun.shift(); run !== undefined; run = this.#begun.shift()) reports.push(await run)
    return reports
  }

  async #rehearse(run: Dispatched): Promise<DispatchReport> {
    const { id, path, ref, inputs } = run
    const about = { workflow: basename(path), runId: id, ref, inputs }
    try {
      const { result, jobs } = await this.#run(run)
      return { ...about, result, jobs, problem: null }
    } catch (error) {
      this.#github.updateRun(id, { status: 'completed', conclusion: 'failure' })
      return { ...about, result: 'failure', jobs: [], problem: messageOf(error) }
    }
  }

  async #run({ id, path, ref, inputs }: Dispatched): Promise<Rehearsal> {
    if (this.#from === undefined) throw new RehearsalError('No run is rehearsed that could dispatch another.')
    const { scene, attempt } = this.#from
    const workflow = fileOf(path, scene)
    const branch = ref.replace(/^refs\/heads\//, '')
    const event = { event: 'workflow_dispatch', actor: 'github-actions[bot]', branch, inputs } as const
    const next = await nextScene(scene, { ...ofRepository(this.#options), workflow, ...event }, id)
    requireInputs(next)
    const { cancel, kill, clock, approvals } = attempt
    const ends = { ...(cancel && { cancel }), ...(kill && { kill }) }
    const options = { ...ends, ...(clock && { clock }), ...(approvals && { approvals }) }
    return runAttempt({ ...next, faults: new FaultSet() }, options, 1, async () => [])
  }
}

/** @throws RehearsalError when it is a run's that the rehearsal has made up */
function fileOf(path: string, { plan, files }: Scene): string {
  const name = basename(path)
  const found =
    files.findLast((file) => basename(file) === name) ?? workflowFile(name, plan.choice.workflow.file, plan.source)
  if (found === undefined) throw new RehearsalError(`The rehearsal has no file of the workflow ${name}.`)
  return found
}

/** What GitHub refuses, and a rehearsal of its own would make up. */
function requireInputs({ plan: { manual } }: Scene): void {
  const [missing] = manual.filled
  if (missing !== undefined) throw new RehearsalError(`Required input '${missing.name}' not provided`)
}
