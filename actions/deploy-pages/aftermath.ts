/** What a person has to know after a failure: what became of the deployment, and what visitors see now. */
import type { Runner } from '../../src/action.ts'
import { ActionError, messageOf } from '../../src/errors.ts'
import { findUpload, isLive } from './history.ts'
import { dashboardUrl, type Pages } from './pages.ts'
import { pause } from './poll.ts'
import type { Plan } from './preflight.ts'
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
  const left = signal.aborted ? await lookOnce(progress, ports) : await leftAfter(progress, ports.pages)
  const failure = signal.aborted ? cancelled(signal.reason, progress, left.standing) : withProject(error, progress)
  const reason = messageOf(failure)
  const remedy = failure instanceof ActionError ? failure.hint : ''
  const dashboard = dashboardOf(progress, left.standing, ports)
  summarize(summarizeFailure({ reason, remedy, dashboard, ...left }, progress))
  return failure
}

/** What the step has left on Cloudflare. */
interface Left {
  readonly standing: Standing
  /** For production, where it may be the old site, the new one or a third; undefined for a preview. */
  readonly visitorsSee: string | undefined
}

async function leftAfter(progress: Progress, pages: Pages | undefined): Promise<Left> {
  const { plan, standing } = progress
  return { standing, visitorsSee: await whatVisitorsSee(plan, standing, pages) }
}

/** As far as the time allows that a cancelled step has. */
async function lookOnce(progress: Progress, { pagesWithin }: AftermathPorts): Promise<Left> {
  const { plan, standing } = progress
  const isUntouched = standing.kind === 'nothing uploaded' && standing.project !== 'asked'
  if (plan === undefined || isUntouched) return leftAfter(progress, undefined)
  const limit = AbortSignal.timeout(LOOK_TIMEOUT)
  const pages = pagesWithin(limit)
  let seen = standing
  try {
    seen = await search(plan.project.name, progress, pages, limit)
    const [now, visitorsSee] = await Promise.all([
      readBack(plan.project.name, seen, pages),
      whatVisitorsSee(plan, seen, pages),
    ])
    return { standing: now, visitorsSee }
  } catch (error) {
    if (!limit.aborted) throw error
    return { standing: seen, visitorsSee: await whatVisitorsSee(plan, seen, undefined) }
  }
}

async function search(project: string, progress: Progress, pages: Pages, signal: AbortSignal): Promise<Standing> {
  const { standing } = progress
  if (standing.kind === 'made') return standing
  if (standing.kind === 'nothing uploaded') return searchProject(project, pages, signal)
  return searchUpload(project, progress, pages, signal)
}

async function searchProject(project: string, pages: Pages, signal: AbortSignal): Promise<Standing> {
  for (const delay of LOOK_DELAYS) {
    await pause(delay, signal)
    const answer = await pages.readProject(project)
    if (answer.kind === 'ok') return { kind: 'nothing uploaded', project: 'created' }
  }
  return { kind: 'nothing uploaded', project: 'asked' }
}

async function searchUpload(
  project: string,
  { standing, mark }: Progress,
  pages: Pages,
  signal: AbortSignal,
): Promise<Standing> {
  if (mark === undefined) return standing
  let answered = false
  for (const delay of LOOK_DELAYS) {
    await pause(delay, signal)
    const answer = await pages.listDeployments(project, { page: 1 })
    if (answer.kind !== 'ok') continue
    const found = findUpload(answer.result, mark)
    if (found !== undefined) return { kind: 'made', id: found.id, url: found.url }
    answered = true
  }
  return answered && standing.kind === 'unknown' ? { kind: 'not seen' } : standing
}

async function readBack(project: string, standing: Standing, pages: Pages): Promise<Standing> {
  if (standing.kind !== 'made') return standing
  const answer = await pages.readDeployment(project, standing.id)
  return answer.kind === 'ok' && isLive(answer.result) ? { ...standing, isLive: true } : standing
}

function cancelled(reason: unknown, { step, plan }: Progress, standing: Standing): ActionError {
  const signal = /SIG[A-Z]+/.exec(messageOf(reason))?.[0]
  const what = `Cancelled during ${step}${signal === undefined ? '' : ` (${signal})`}.`
  return new ActionError(`${what} ${whatIsLeft(standing, plan?.project.name ?? '')}`, { cause: reason })
}

/** Nobody looks for a project that a failed step has made. */
function withProject(error: unknown, { plan, standing }: Progress): unknown {
  if (standing.kind !== 'nothing uploaded' || standing.project !== 'created') return error
  if (!(error instanceof ActionError) || plan === undefined) return error
  const hint = `${error.hint} ${isCreated(plan.project.name)}`.trimStart()
  return new ActionError(error.message, { hint, cause: error })
}

function isCreated(project: string): string {
  return `Project ${project} was created, and is empty.`
}

function whatIsLeft(standing: Standing, project: string): string {
  switch (standing.kind) {
    case 'nothing uploaded':
      if (standing.project === 'created') return `Nothing was uploaded. ${isCreated(project)}`
      if (standing.project === 'asked') return `Nothing was uploaded. Project ${project} may have been created.`
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
 * Only what has been read is said.
 *
 * @param pages undefined when there is no time to read
 */
async function whatVisitorsSee(
  plan: Plan | undefined,
  standing: Standing,
  pages: Pages | undefined,
): Promise<string | undefined> {
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

function dashboardOf({ plan }: Progress, standing: Standing, { accountId }: AftermathPorts): string | undefined {
  const isUntouched = standing.kind === 'nothing uploaded' && standing.project === undefined
  if (plan === undefined || isUntouched || standing.kind === 'not made') return undefined
  return dashboardUrl(accountId, plan.project.name, standing.kind === 'made' ? standing.id : undefined)
}
