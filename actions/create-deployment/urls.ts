/** The addresses that a deployment status carries. GitHub and its consumers accept nothing but HTTP(S). */

import type { GitHubContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'

/**
 * @param what names the value in the error, as in `Input log-url`
 * @throws ActionError unless it is an absolute HTTP(S) address
 */
export function requireHttpUrl(what: string, value: string): string {
  if (isHttpUrl(value)) return value
  throw new ActionError(`${what} is not an HTTP address: "${value}".`, {
    hint: 'Write it in full, as in https://example.com.',
  })
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value)
}

/**
 * The log that people are sent to. Its default in action.yml ends in the job's id, which is empty on GitHub
 * Enterprise Server and in local runners: the address of the run is what is left then.
 */
export function resolveLogUrl(given: string | undefined, context: GitHubContext): string {
  const run = runUrl(context, context.runId)
  if (given === undefined || given === `${run}/job/`) return run
  return requireHttpUrl('Input log-url', given)
}

/** Not GitHub Enterprise Server, nor anything else that stands elsewhere. */
export function isGitHubCom({ serverUrl }: GitHubContext): boolean {
  return serverUrl === 'https://github.com'
}

export function runUrl({ serverUrl, owner, repo }: GitHubContext, runId: number): string {
  return `${serverUrl}/${owner}/${repo}/actions/runs/${runId}`
}

/** One place that an environment URL may come from. */
export interface UrlSource {
  readonly name: string
  readonly url: string | undefined
}

/** The first source that has an address; those before it that have something else are reported. */
export function chooseUrl(sources: readonly UrlSource[], report: (problem: string) => void): string | undefined {
  for (const { name, url } of sources) {
    if (url === undefined || url === '') continue
    if (isHttpUrl(url)) return url
    report(`${name} is not an HTTP address and is left out of the deployment status: "${url}".`)
  }
  return undefined
}
