import type { GitHubContext } from '../../src/context.ts'
import { formatDuration } from '../../src/duration.ts'
import { code, escapeMarkdown, facts, link } from '../../src/summary.ts'
import type { Saved } from './saved.ts'

export interface Result {
  readonly state: string
  readonly url: string | undefined
  /** Milliseconds from the creation to the final state. */
  readonly duration?: number
  readonly note?: string
}

/** One section for one deployment, read at a glance. */
export function summarize(saved: Saved, { state, url, duration, note }: Result, context: GitHubContext): string {
  const repository = `${context.serverUrl}/${saved.owner}/${saved.repo}`
  const { environment, sha } = saved
  const rows = facts([
    ['State', code(state)],
    ['URL', url && link(url)],
    ['Environment', link(`${repository}/deployments/${encodeURIComponent(environment)}`, environment)],
    ['Commit', link(`${repository}/commit/${sha}`, sha.slice(0, 7))],
    ['Deployment', link(saved.logUrl, String(saved.deploymentId))],
    ['Took', duration === undefined ? undefined : formatDuration(duration)],
  ])
  const parts = [`### Deployment to ${escapeMarkdown(environment)}`, note && escapeMarkdown(note), rows]
  return parts.filter((part) => part !== undefined).join('\n\n')
}
