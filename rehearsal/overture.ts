/** What is told before a run: what is rehearsed, what was made up for it, and what to know of it. */
import { basename } from 'node:path'
import type { Choice } from './choice.ts'
import { messageOf, RehearsalError } from './errors.ts'
import type { Unset } from './fill.ts'
import type { Overture } from './options.ts'
import { githubContext, type RunIdentity } from './runner/contexts.ts'
import { concurrencyOf } from './runner/job-settings.ts'
import type { RepositoryCopy } from './runner/repository.ts'
import { hasPathFilter } from './runner/triggers.ts'
import type { Workflow } from './runner/workflow.ts'
import type { Plan } from './scene.ts'

export function announce(
  plan: Plan,
  copy: RepositoryCopy,
  identity: RunIdentity,
  cloudflareApiBaseUrl: string,
): Overture {
  const { choice, settings, manual, facts, source, repository } = plan
  const { workflow, event, actor, restricted } = choice
  const filled = settings.filled.filter(({ kind }) => !(restricted && kind === 'secret'))
  return {
    workflow: workflow.file,
    name: workflow.name,
    repository,
    source,
    event,
    ref: identity.ref,
    sha: identity.sha,
    actor,
    runId: identity.runId,
    runNumber: identity.runNumber,
    attempt: identity.attempt,
    apiUrl: identity.apiUrl,
    cloudflareApiBaseUrl,
    projects: facts.projects,
    concurrency: groupOf(workflow, identity, settings.vars),
    filled: [...filled, ...manual.filled],
    notes: notesOf(choice, settings.unset, copy.leftOut),
  }
}

/** The workflow's own concurrency group. */
function groupOf({ concurrency, file }: Workflow, identity: RunIdentity, vars: Readonly<Record<string, string>>) {
  try {
    const contexts = { github: githubContext(identity), inputs: identity.inputs, vars }
    return concurrencyOf(concurrency, { contexts, functions: [] })
  } catch (error) {
    throw new RehearsalError(`${basename(file)}: concurrency: ${messageOf(error)}`)
  }
}

function notesOf(choice: Choice, unset: readonly Unset[], leftOut: readonly string[]): readonly string[] {
  const { workflow, event, restricted } = choice
  const reasons = [...new Set(unset.map(({ reason }) => reason))]
  const namesOf = (wanted: string) => unset.filter(({ reason }) => reason === wanted).map(({ name }) => name)
  return [
    ...(restricted ? ['From a fork or Dependabot: no secrets, and a token that cannot write.'] : []),
    ...(event === 'workflow_run' ? [noteOfRun(choice)] : []),
    ...(event === 'schedule' ? [`The schedule is '${choice.cron}'.`] : []),
    ...(hasPathFilter(workflow.on, event) ? [`The path filter of '${event}' is not evaluated.`] : []),
    ...reasons.map((reason) => `Left empty, since ${reason}: ${namesOf(reason).join(', ')}`),
    ...(leftOut.length > 0 ? [`Not copied: ${listOf(leftOut)}`] : []),
  ]
}

function noteOfRun({ activity, conclusion, branch, fork }: Choice): string {
  const how = activity === 'completed' ? conclusion : activity.replace('_', ' ')
  const whose = fork === undefined ? '' : ` of ${fork}'s fork`
  return `After a run (${how}) for ${branch}${whose}, with the repository's own secrets and token.`
}

/** The first few; a folder of somebody may have many. */
function listOf(items: readonly string[]): string {
  const more = items.length - 5
  return more > 0 ? `${items.slice(0, 5).join(', ')} and ${more} more` : items.join(', ')
}
