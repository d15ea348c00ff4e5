import type { GitHubContext } from '../../src/context.ts'
import { formatDuration } from '../../src/duration.ts'
import { code, escapeMarkdown, facts, link } from '../../src/summary.ts'

export interface Subject {
  readonly owner: string
  readonly repo: string
  readonly environment: string
  readonly logUrl: string
  readonly previousSha?: string | undefined
  readonly deployment?: { readonly id: number; readonly sha?: string } | undefined
}

export interface Result {
  readonly state: string
  readonly url: string | undefined
  /** Milliseconds from the creation to the final state. */
  readonly duration?: number
  readonly note?: string
}

/** One section for one deployment, read at a glance. */
export function summarize(subject: Subject, { state, url, duration, note }: Result, context: GitHubContext): string {
  const repository = `${context.serverUrl}/${subject.owner}/${subject.repo}`
  const { environment, deployment } = subject
  const rows = facts([
    ['State', code(state)],
    ['URL', url && link(url)],
    ['Environment', link(`${repository}/deployments/${encodeURIComponent(environment)}`, environment)],
    ['Commit', commit(repository, deployment?.sha)],
    ['Changes', changes(repository, subject.previousSha, deployment?.sha)],
    ['Deployment', deployment && code(String(deployment.id))],
    ['Log', link(subject.logUrl)],
    ['Took', duration === undefined ? undefined : formatDuration(duration)],
  ])
  const parts = [`### Deployment to ${escapeMarkdown(environment)}`, note && escapeMarkdown(note), rows]
  return parts.filter((part) => part !== undefined).join('\n\n')
}

function commit(repository: string, sha: string | undefined): string | undefined {
  return sha && link(`${repository}/commit/${sha}`, sha.slice(0, 7))
}

/** What is new since the deployment before. */
function changes(repository: string, previous: string | undefined, sha: string | undefined): string | undefined {
  if (previous === undefined || sha === undefined || previous === sha) return undefined
  return link(`${repository}/compare/${previous}...${sha}`, `since ${previous.slice(0, 7)}`)
}
