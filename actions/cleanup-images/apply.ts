/** Deletes what a plan says, one after the other, and proves that it is gone. */
import { ActionError, CancelledError } from '../../src/errors.ts'
import { accessHint, isRateLimited, isUnanswered } from './explain.ts'
import { pathOf } from './names.ts'
import type { Deletion } from './packages.ts'
import type { Plan } from './plan.ts'
import type { Ports } from './ports.ts'
import { sameTags } from './survey.ts'
import { label, type Version } from './version.ts'

/** In one run: a look and a deletion each, of the 1,000 requests that the jobs of a repository have in an hour. */
export const MOST_DELETIONS = 300
/** Milliseconds before the list is read once more, where it still has what was deleted. */
const PATIENCE = [2000, 5000] as const

export interface Applied {
  readonly deleted: readonly Version[]
  /** In the plan, and still there. */
  readonly remaining: readonly Version[]
  /** Why there are remaining ones, each as a whole sentence. */
  readonly notes: readonly string[]
  /** What has ended it early, and fails the step. */
  readonly error?: ActionError
}

export async function applyPlan(plan: Plan, ports: Ports): Promise<Applied> {
  const work = new Application(plan, ports)
  try {
    await work.run()
    await proveAbsence(work.deleted, ports)
  } catch (error) {
    const ended = ports.runner.signal.aborted ? ports.runner.signal.reason : error
    if (!(ended instanceof ActionError)) throw ended
    return { ...work.result(), error: ended instanceof CancelledError ? cancelled(ended, work) : ended }
  }
  return work.result()
}

function cancelled(error: CancelledError, { deleted }: Application): ActionError {
  return new ActionError(`${error.message} Of the plan ${deleted.length} versions are deleted.`, {
    hint: 'Run the job again: it goes on where this one stopped.',
    cause: error,
  })
}

class Application {
  readonly deleted: Version[] = []
  readonly #plan: Plan
  readonly #ports: Ports
  readonly #notes: string[] = []
  /** What a version that GitHub refuses to delete refers to, over any number of steps. */
  readonly #held = new Set<Version>()

  constructor(plan: Plan, ports: Ports) {
    this.#plan = plan
    this.#ports = ports
  }

  result(): Applied {
    const gone = new Set(this.deleted)
    return {
      deleted: this.deleted,
      remaining: this.#plan.deletions.filter((version) => !gone.has(version)),
      notes: this.#notes,
    }
  }

  async run(): Promise<void> {
    const { log, signal } = this.#ports.runner
    for (const version of this.#plan.deletions) {
      signal.throwIfAborted()
      if (this.#held.has(version)) continue
      if (this.deleted.length >= MOST_DELETIONS) {
        this.#notes.push(`One run deletes at most ${MOST_DELETIONS} versions. The next one goes on.`)
        return
      }
      const outcome = await this.#delete(version).catch(limitOf)
      if (outcome.kind === 'limited') {
        this.#notes.push(`${outcome.error.message} ${outcome.error.hint}`.trim())
        return
      }
      if (outcome.kind === 'refused') this.#hold(version, outcome.reason)
      else {
        this.deleted.push(version)
        log.info(`Deleted ${version.digest} (${label(version)}).`)
      }
    }
  }

  async #delete(version: Version): Promise<Deletion> {
    const current = await this.#ports.packages.find(version.id)
    if (current === undefined) return { kind: 'absent' }
    if (!sameTags(version, current)) throw this.#moved(version, current)
    const outcome = await this.#deleteSurely(version)
    if (outcome.kind === 'absent' && (await this.#isThere(version))) throw this.#notAllowed(version)
    return outcome
  }

  /** A lost answer does not mean a lost deletion: it is asked again only where a look finds the version. */
  async #deleteSurely(version: Version): Promise<Deletion> {
    const { packages, runner } = this.#ports
    try {
      return await packages.delete(version)
    } catch (error) {
      if (!(error instanceof ActionError) || !isUnanswered(error.cause)) throw error
      if (!(await this.#isThere(version))) return { kind: 'deleted' }
      runner.log.info(`${error.message} It is still there and is deleted again.`)
      return packages.delete(version)
    }
  }

  async #isThere({ id }: Version): Promise<boolean> {
    return (await this.#ports.packages.find(id)) !== undefined
  }

  #hold(version: Version, reason: string): void {
    const doomed = new Set(this.#plan.deletions)
    const waiting = [version]
    for (const one of waiting) {
      for (const target of this.#plan.targetsOf(one)) {
        if (!doomed.has(target) || this.#held.has(target)) continue
        this.#held.add(target)
        waiting.push(target)
      }
    }
    const parts = this.#held.size === 0 ? '' : ' What it refers to stays, too.'
    this.#notes.push(`GitHub refuses to delete ${label(version)} (${version.digest}): ${reason}${parts}`)
  }

  #moved(version: Version, { tags }: Version): ActionError {
    const now = tags.length === 0 ? 'none' : tags.join(', ')
    return new ActionError(
      `The tags of ${version.digest} have changed since the plan was made (now ${now}). It and the rest of the plan were left alone.`,
      {
        hint: 'Something pushes or tags at the same time. Give both jobs the same concurrency group, then run this one again.',
      },
    )
  }

  #notAllowed(version: Version): ActionError {
    const { name, context } = this.#ports
    return new ActionError(
      `GitHub answers that there is no version ${version.id} (${version.digest}) of ${pathOf(name)} to delete (404), and shows it all the same: the token may not delete it.`,
      { hint: accessHint(name, context) },
    )
  }
}

/** A limit ends the run without failing it: the next one has a plan of its own. */
function limitOf(error: unknown): Deletion {
  if (error instanceof ActionError && isRateLimited(error.cause)) return { kind: 'limited', error }
  throw error
}

async function proveAbsence(deleted: readonly Version[], { packages, sleep, runner, name }: Ports): Promise<void> {
  if (deleted.length === 0) return
  for (const wait of [0, ...PATIENCE]) {
    if (wait > 0) await sleep(wait, runner.signal)
    const listed = new Set((await packages.list()).map(({ id }) => id))
    const left = deleted.filter(({ id }) => listed.has(id))
    if (left.length === 0) return
    runner.log.debug(`Still listed: ${left.map(({ id }) => id).join(', ')}`)
    if (wait === PATIENCE.at(-1)) throw stillListed(left, pathOf(name))
  }
}

function stillListed(left: readonly Version[], path: string): ActionError {
  const digests = left.map(({ digest }) => digest).join(', ')
  return new ActionError(`GitHub has confirmed deletions in ${path} and still lists what was deleted: ${digests}.`, {
    hint: 'See https://www.githubstatus.com, then run the job again.',
  })
}
