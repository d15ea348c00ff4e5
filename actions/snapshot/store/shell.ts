/** Lines that a person can run in a POSIX shell. */
import type { GitHubContext } from '../../../src/context.ts'

/** One word, as the shell reads it. */
export function quote(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * What `gh` gets from GitHub's API, into a file.
 *
 * @param path below `/repos/OWNER/REPO/`
 * @param accept what the answer is to be
 */
export function ghDownload(path: string, name: string, { serverUrl, owner, repo }: GitHubContext, accept?: string) {
  const { host } = new URL(serverUrl)
  const words = [
    'gh api',
    ...(host === 'github.com' ? [] : [`--hostname ${quote(host)}`]),
    ...(accept === undefined ? [] : [`--header ${quote(`Accept: ${accept}`)}`]),
    quote(`repos/${owner}/${repo}/${path}`),
  ]
  return `${words.join(' ')} > ${quote(name)}`
}
