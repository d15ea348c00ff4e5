/** GitHub's rate limits: the primary one on requests in an hour, the secondary ones on many at once. */
import type { GitHubContext } from '../../src/context.ts'
import { formatDuration } from '../../src/duration.ts'
import { isGitHubCom } from './urls.ts'

export interface Limited {
  readonly status: number
  /** GitHub's own; may be empty. */
  readonly message: string
  readonly headers: Readonly<Record<string, unknown>>
}

export function isRateLimit({ status, message, headers }: Limited): boolean {
  if (status === 429) return true
  return status === 403 && (isUsedUp(headers) || /rate limit/i.test(message))
}

/** When to come back, and which limit it is. @param now milliseconds since the epoch */
export function rateLimitHint({ message, headers }: Limited, context: GitHubContext, now: number): string {
  const primary = isUsedUp(headers) || /API rate limit/i.test(message)
  const wait = primary ? untilReset(headers, now) : seconds(headers['retry-after'])
  const when = wait === 0 ? 'now' : wait === undefined ? 'later' : `in ${formatDuration(wait)}`
  const again = `Run the job again ${when}`
  if (!primary) return `${again}: GitHub limits how much happens at once, whatever is left of the requests of an hour.`
  const shared = ' The tokens of all jobs of a repository share 1,000 requests an hour.'
  return `${again}.${isGitHubCom(context) ? shared : ''}`
}

function isUsedUp(headers: Limited['headers']): boolean {
  return headers['x-ratelimit-remaining'] === '0'
}

function untilReset(headers: Limited['headers'], now: number): number | undefined {
  const reset = seconds(headers['x-ratelimit-reset'])
  return reset === undefined ? undefined : Math.max(reset - now, 0)
}

/** Milliseconds. */
function seconds(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) * 1000 : undefined
}
