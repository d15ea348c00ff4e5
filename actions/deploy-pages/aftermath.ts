/** What a person has to know after a failure: what became of the deployment, and what visitors see now. */
import type { Runner } from '../../src/action.ts'
import { ActionError, messageOf } from '../../src/errors.ts'
import { isLive } from './history.ts'
import { dashboardUrl, type Pages } from './pages.ts'
import { pause } from './poll.ts'
import type { Progress, Standing } from './progress.ts'
import { summarizeFailure } from './summary.ts'

export interface AftermathPorts {
  readonly accountId: string
  readonly pages: Pages
  pagesWithin(signal: AbortSignal): Pages
  readonly runner: Runner
}

/**
 * Milliseconds for what is read after a cancellation. The runner leaves 10 s until it kills, of which wrangler's own end
 * may take one.
 */
const LOOK_TIMEOUT = 4000
/** A request that wrangler had sent when it was killed may be applied a moment later. */
const LOOK_DELAYS = [0, 800, 1200]

/** Writes the summary, and returns the error that the step ends with. */
export async function reportFailure(error: unknown, progress: Progress, ports: AftermathPorts): Promise<unknown> {
  const { signal, summarize } = ports.runner
  const visitorsSee = signal.aborted ? await lookOnce(progress, ports) : await whatVisitorsSee(progress, ports.pages)
  const failure = signal.aborted ? cancelled(signal.reason, progress) : error
  const reason = messageOf(failure)
  const remedy = failure instanceof ActionError ? failure.hint : ''
  summarize(summarizeFailure({ reason, remedy, visitorsSee, dashboard: dashboardOf(progress, ports) }, progress))
  return failure
}

/** Finds out what a cancelled step leaves on Cloudflare, as far as the time allows. @returns what visitors see */
async function lookOnce(progress: Progress, { pagesWithin }: AftermathPorts): Promise<string | undefined> {
  const { plan, standing } = progress
  if (plan === undefined || standing.kind === 'nothing uploaded') return whatVisitorsSee(progress, undefined)
  const limit = AbortSignal.timeout(LOOK_TIMEOUT)
  const pages = pagesWithin(limit)
  try {
    if (standing.kind !== 'made') progress.standing = await search(plan.project.name, progress, pages, limit)
    const [made, visitorsSee] = await Promise.all([
      readBack(plan.project.name, progress.standing, pages),
      whatVisitorsSee(progress, pages),
    ])
    progress.standing = made
    return visitorsSee
  } catch (error) {
    if (!limit.aborted) throw error
    return whatVisitorsSee(progress, undefined)
  }
}

async function search(
  project: string,
  { origin, standing }: Progress,
  pages: Pages,
  signal: AbortSignal,
): Promise<Standing> {
  if (origin === undefined) return standing
  let answered = false
  for (const delay of LOOK_DELAYS) {
    await pause(delay, signal)
    const answer = await pages.findDeployment(project, origin)
    if (answer.kind !== 'ok') continue
    if (answer.result !== undefined) return { kind: 'made', id: answer.result.id, url: answer.result.url }
    answered = true
  }
  return answered && standing.kind === 'unknown' ? { kind: 'not seen' } : standing
}

async function readBack(project: string, standing: Standing, pages: Pages): Promise<Standing> {
  if (standing.kind !== 'made') return standing
  const answer = await pages.readDeployment(project, standing.id)
  return answer.kind === 'ok' && isLive(answer.result) ? { ...standing, isLive: true } : standing
}

function cancelled(reason: unknown, { step, standing }: Progress): ActionError {
  const signal = /SIG[A-Z]+/.exec(messageOf(reason))?.[0]
  const what = `Cancelled during ${step}${signal === undefined ? '' : ` (${signal})`}.`
  return new ActionError(`${what} ${whatIsLeft(standing)}`, { cause: reason })
}

function whatIsLeft(standing: Standing): string {
  switch (standing.kind) {
    case 'nothing uploaded':
      return 'Nothing was uploaded.'
    case 'not made':
      return 'No deployment was made.'
    case 'not seen':
      return 'No deployment of this commit was to be seen on Cloudflare afterwards.'
    case 'made':
      return standing.isLive
        ? `Deployment ${standing.id} has succeeded on Cloudflare, and is not proven.`
        : `Deployment ${standing.id} exists on Cloudflare and may still go live.`
    case 'taken':
    case 'unknown':
      return "Cloudflare may have taken the deployment already: look at the project's deployments."
  }
}

/**
 * For production, where it may be the old site, the new one or a third. Only what has been read is said.
 *
 * @param pages undefined when there is no time to read
 */
async function whatVisitorsSee({ plan, standing }: Progress, pages: Pages | undefined): Promise<string | undefined> {
  if (plan?.environment !== 'production') return undefined
  const before = plan.project.canonical_deployment?.id
  const isUntouched = standing.kind === 'nothing uploaded' || standing.kind === 'not made'
  const answer = isUntouched ? undefined : await pages?.readProject(plan.project.name)
  if (!isUntouched && answer?.kind !== 'ok') return 'unknown'
  const now = answer?.kind === 'ok' ? answer.result.canonical_deployment?.id : before
  if (now === undefined) return 'no deployment yet'
  if (now === before) return `deployment ${now}, unchanged`
  return standing.kind === 'made' && now === standing.id ? `deployment ${now}, this one` : `deployment ${now}`
}

function dashboardOf({ plan, standing }: Progress, { accountId }: AftermathPorts): string | undefined {
  if (plan === undefined || standing.kind === 'nothing uploaded' || standing.kind === 'not made') return undefined
  return dashboardUrl(accountId, plan.project.name, standing.kind === 'made' ? standing.id : undefined)
}
