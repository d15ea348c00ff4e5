/** The event that starts a run: what the run is for, and a payload of the shape that GitHub sends. */
import type { Repository } from '../github/repository.ts'
import type { RunIdentity } from './contexts.ts'
import type { Value } from './expressions.ts'
import { dispatchBody, pushBody, scheduleBody, workflowRunBody } from './payloads.ts'
import { pullRequestBody } from './pull-request.ts'
import type { RepositoryCopy } from './repository.ts'
import type { EventName } from './triggers.ts'

export interface EventOptions {
  readonly event: EventName
  /** The activity of a pull request or of another workflow's run: `opened`, `completed`. */
  readonly action: string
  readonly repository: Repository
  readonly branch: string
  /** Of a push. */
  readonly tag: string | undefined
  readonly actor: string
  /** Owner of the fork that a pull request comes from. */
  readonly fork: string | undefined
  readonly inputs: Readonly<Record<string, Value>>
  /** Of a schedule. */
  readonly cron: string
  /** The run that has led to this one, as GitHub's API describes it. */
  readonly trigger: object | undefined
  /** `.github/workflows/NAME` */
  readonly workflowPath: string
  readonly copy: RepositoryCopy
  readonly pull: EventPull
}

/** The pull request that the event is about. */
export interface EventPull {
  readonly number: number
  /** Default: the head's own. */
  readonly title?: string
  readonly body?: string | null
}

export type EventIdentity = Pick<
  RunIdentity,
  'event' | 'payload' | 'inputs' | 'ref' | 'refName' | 'refType' | 'sha' | 'headRef' | 'baseRef'
>

export function makeEvent(options: EventOptions): EventIdentity {
  const { event, copy, repository, tag } = options
  const of = (body: object, inputs: EventOptions['inputs'] = {}) => ({
    event,
    payload: asValue(body),
    inputs,
    headRef: '',
    baseRef: '',
    sha: copy.sha,
  })
  switch (event) {
    case 'push':
      if (tag !== undefined) {
        return { ...of(pushBody(options)), ref: `refs/tags/${tag}`, refName: tag, refType: 'tag' }
      }
      return { ...of(pushBody(options)), ...branch(options.branch) }
    case 'workflow_dispatch':
      return { ...of(dispatchBody(options), options.inputs), ...branch(options.branch) }
    // Both belong to no branch of their own, so GitHub runs the default branch's newest commit.
    case 'schedule':
      return { ...of(scheduleBody(options)), ...branch(repository.defaultBranch) }
    case 'workflow_run':
      return { ...of(workflowRunBody(options)), ...branch(repository.defaultBranch) }
    case 'pull_request': {
      const merge = `${options.pull.number}/merge`
      return {
        ...of(pullRequestBody(options)),
        ref: `refs/pull/${merge}`,
        refName: merge,
        refType: 'branch',
        headRef: options.branch,
        baseRef: repository.defaultBranch,
      }
    }
  }
}

function branch(name: string): Pick<EventIdentity, 'ref' | 'refName' | 'refType'> {
  return { ref: `refs/heads/${name}`, refName: name, refType: 'branch' }
}

/** The payload as it stands in the event's file. */
function asValue(body: object): Value {
  return JSON.parse(JSON.stringify(body))
}
