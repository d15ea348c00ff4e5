/** Which event is rehearsed: what was asked for, the rest as the workflow and GitHub would have it. */
import { basename } from 'node:path'
import { RehearsalError } from './errors.ts'
import { fillInputs } from './fill.ts'
import type { EventChoice, RehearseOptions } from './options.ts'
import { checkFaultySteps, checkStepExists } from './preflight.ts'
import { checkApprovals } from './runner/approvals.ts'
import { activityOf, type EventName, eventNames, notTriggered } from './runner/triggers.ts'
import type { Workflow } from './runner/workflow.ts'

export const defaultBranch = 'main'

export interface Choice {
  readonly workflow: Workflow
  readonly event: EventName
  /** `opened`, `completed` */
  readonly activity: string
  readonly branch: string
  readonly tag: string | undefined
  readonly actor: string
  readonly fork: string | undefined
  /** Of a schedule; empty otherwise. */
  readonly cron: string
  /** Of the run that has led to this one. */
  readonly conclusion: NonNullable<RehearseOptions['conclusion']>
  /** GitHub gives neither secrets nor a writing token to what comes from a fork or from Dependabot. */
  readonly restricted: boolean
}

export const eventChoices: readonly EventChoice[] = [...eventNames, 'tag']

/** @throws RehearsalError when the workflow would not run, or an option does not belong to its event */
export function choose(workflow: Workflow, options: RehearseOptions): Choice {
  checkStepExists(workflow, options.cancelAfter)
  checkApprovals(workflow, options.approvals ?? {})
  checkFaultySteps(workflow, options.faults?.steps() ?? [])
  const asked = options.event ?? (options.schedule === undefined ? firstEvent(workflow) : 'schedule')
  checkOptions(asked, options)
  const event = asked === 'tag' ? 'push' : asked
  const tag = asked === 'tag' ? (options.tag ?? 'v1.0.0') : undefined
  const ofHead = event === 'pull_request' || event === 'workflow_run'
  const branch = options.branch ?? (ofHead ? 'feature' : defaultBranch)
  checkTrigger(workflow, event, event === 'pull_request' ? defaultBranch : branch, tag)
  const { actor = 'octocat', fork, conclusion = 'success' } = options
  const activity = activityOf(workflow.on, event)
  const restricted = isRestricted(event, actor, fork)
  const cron = event === 'schedule' ? cronOf(workflow, options.schedule) : ''
  return { workflow, event, activity, branch, tag, actor, fork, cron, conclusion, restricted }
}

function cronOf({ on, file }: Workflow, asked: string | undefined): string {
  const crons = (on.schedule ?? []).map(({ cron }) => cron)
  const [first = ''] = crons
  if (asked === undefined) return first
  const plain = (cron: string) => cron.trim().replaceAll(/\s+/g, ' ')
  const found = crons.find((cron) => plain(cron) === plain(asked))
  if (found !== undefined) return found
  throw new RehearsalError(`${basename(file)} has no schedule '${asked}'. It has: ${crons.join(', ')}.`)
}

/**
 * Not for `workflow_run`: it runs the default branch's workflow with the repository's own secrets and token, whoever
 * has caused the run before it (docs.github.com, "Secure use reference").
 */
function isRestricted(event: EventName, actor: string, fork: string | undefined): boolean {
  if (event === 'pull_request' && fork !== undefined) return true
  return actor === 'dependabot[bot]' && (event === 'pull_request' || event === 'push')
}

/** Only a manual run has inputs. */
export function manualInputs({ workflow, event }: Choice, given: Readonly<Record<string, string>>) {
  if (event === 'workflow_dispatch') return fillInputs(workflow.on, given)
  if (Object.keys(given).length === 0) return { inputs: {}, filled: [] }
  throw new RehearsalError(`Inputs belong to --event workflow_dispatch; this rehearsal is of ${event}.`)
}

function checkOptions(event: EventChoice, { fork, title, tag, branch, conclusion, schedule }: RehearseOptions): void {
  if (title !== undefined && event !== 'pull_request') {
    throw new RehearsalError('--title is about a pull request. Add --event pull_request.')
  }
  if (fork !== undefined && event !== 'pull_request' && event !== 'workflow_run') {
    throw new RehearsalError('--fork is about a pull request. Add --event pull_request or --event workflow_run.')
  }
  if (tag !== undefined && event !== 'tag') throw new RehearsalError('--tag is about its push. Add --event tag.')
  if (conclusion !== undefined && event !== 'workflow_run') {
    throw new RehearsalError('--conclusion is about the run before this one. Add --event workflow_run.')
  }
  if (schedule !== undefined && event !== 'schedule') {
    throw new RehearsalError('--schedule is about the time of a run. Add --event schedule.')
  }
  if (branch !== undefined && branch !== defaultBranch && (event === 'schedule' || event === 'tag')) {
    throw new RehearsalError(`--branch ${branch}: --event ${event} is about the default branch, ${defaultBranch}.`)
  }
}

function firstEvent(workflow: Workflow): EventChoice {
  const event = eventNames.find((name) => name in workflow.on)
  if (event === 'push' && notTriggered(workflow.on, event, { branch: defaultBranch })?.endsWith('tags only'))
    return 'tag'
  if (event !== undefined) return event
  const names = Object.keys(workflow.on).join(', ')
  throw new RehearsalError(`${basename(workflow.file)} runs on ${names}; rehearsed are ${eventNames.join(', ')}.`)
}

function checkTrigger(workflow: Workflow, event: EventName, branch: string, tag: string | undefined): void {
  const reason = notTriggered(workflow.on, event, { branch, tag })
  if (reason !== undefined) throw new RehearsalError(`${basename(workflow.file)} would not run: ${reason}.`)
}
