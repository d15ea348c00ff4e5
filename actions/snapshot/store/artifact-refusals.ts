/** Why GitHub keeps no artifact, in words: the account's quota, the maximal retention, a server of a company. */
import type { GitHubContext } from '../../../src/context.ts'
import { ActionError, messageOf } from '../../../src/errors.ts'
import { explain } from './github-explain.ts'
import { type Failure, Failure as FailureError } from './github-http.ts'

const MB = 1000 * 1000
const GB = 1000 * MB
/** What the plans include for artifacts and packages of private repositories, all of an account's together. */
const INCLUDED = [
  ['GitHub Free', 500 * MB],
  ['Pro', GB],
  ['Team', 2 * GB],
  ['Enterprise', 50 * GB],
] as const
/** Snapshots that a policy usually keeps: one a day for a month. */
const KEPT = 30

/**
 * A sentence about what snapshots of this size will come to, and undefined where that is no trouble: in public
 * repositories, whose artifacts are free, or within every plan. Which plan it is a workflow's token cannot read.
 *
 * @param size of one archive, in bytes
 */
export function quotaWarning(size: number, { isPrivate }: { readonly isPrivate: boolean }): string | undefined {
  const total = KEPT * size
  const passed = INCLUDED.filter(([, included]) => total > included)
  if (!isPrivate || passed.length === 0) return undefined
  const plans = INCLUDED.map(([plan, included]) => `${plan} ${formatSize(included)}`).join(', ')
  const most = passed.at(-1)?.[0]
  return `${KEPT} snapshots of ${formatSize(size)} come to ${formatSize(total)}, which is more than ${most} includes for all artifacts and packages of an account's private repositories (${plans}). Once that is used up, every upload of the account fails: keep fewer, or use another store.`
}

/** Decimal, as GitHub bills it. */
export function formatSize(bytes: number): string {
  if (bytes < MB) return `${Math.ceil(bytes / 1000)} kB`
  const [amount, unit] = bytes < GB ? [bytes / MB, 'MB'] : [bytes / GB, 'GB']
  return `${Number(amount.toFixed(amount < 10 ? 1 : 0))} ${unit}`
}

/** undefined where it was refused for another reason. */
export function quotaRefusal(refusal: Failure): ActionError | undefined {
  if (!/insufficient usage|storage quota/i.test(refusal.body)) return undefined
  return new ActionError(
    "GitHub refused to store the artifact: the account's quota for artifacts and packages is used up, or its payment has failed.",
    {
      hint: 'Prune this series, delete old artifacts (expired ones count for some days too), shorten retention-days of other uploads, or raise the spending limit under the account\'s "Billing and licensing". GitHub computes the usage anew every 6 to 12 hours: until then every upload fails. Or use another store.',
      cause: refusal,
    },
  )
}

/** Artifacts of this kind are a service of github.com; a company's own server has an older one. */
export function requireArtifacts({ serverUrl }: GitHubContext): void {
  const { hostname } = new URL(serverUrl)
  const isLoopback = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname)
  if (hostname === 'github.com' || hostname.endsWith('.ghe.com') || isLoopback) return
  throw new ActionError(
    `The artifact store cannot be used on ${hostname}: GitHub Enterprise Server lacks the artifact service that it needs.`,
    {
      hint: 'Use another store, as in "store: release", "store: s3://BUCKET/PREFIX" or "store: directory:PATH".',
    },
  )
}

/** What became of a retention: how long an artifact lives is limited by the repository, its organization and its enterprise. */
export function clampedRetention(wanted: number, given: number, context: GitHubContext): string {
  const { serverUrl, owner, repo } = context
  return `GitHub keeps these artifacts for ${given} ${given === 1 ? 'day' : 'days'} and not for the ${wanted} of retention-days: that is the limit under "Artifact and log retention" in ${serverUrl}/${owner}/${repo}/settings/actions, or in the organization's or enterprise's settings. Raise it there, or lower retention-days; snapshots that have to live longer belong in another store.`
}

/** An ActionError for whatever the artifact service, its storage or the way to them does. */
export function explainService(
  error: unknown,
  doing: string,
  { context, signal }: { readonly context: GitHubContext; readonly signal: AbortSignal },
): unknown {
  if (signal.aborted) return signal.reason
  if (!(error instanceof FailureError)) return error
  if (error.status === 401 || error.status === 403) {
    return new ActionError(`GitHub refused to ${doing}: ${reasonOf(error)} (${error.status}).`, {
      hint: 'What an upload needs is given to a job for its own time and to one upload for about an hour: let it take less, by a smaller snapshot or a faster connection, then run the job again.',
      cause: error,
    })
  }
  return explain(error, { doing, permission: 'actions: write', context, signal })
}

function reasonOf(error: Failure): string {
  const text = /"(?:msg|message)":"([^"]*)"/.exec(error.body)?.[1]
  return text ?? messageOf(error)
}
