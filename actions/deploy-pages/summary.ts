/** The section that a person reads in the job's summary: what was deployed where, and how it was proven. */
import { formatDuration } from '../../src/duration.ts'
import { code, escapeMarkdown, facts, formatBytes, link } from '../../src/summary.ts'
import { originOf } from './pages.ts'
import type { Plan } from './preflight.ts'
import type { Progress, Standing } from './progress.ts'
import type { Proof } from './proof.ts'

export interface Live {
  readonly plan: Plan
  readonly proof: Proof
  readonly aliasUrl: string | undefined
  /** undefined when it did not run. */
  readonly wranglerVersion: string | undefined
}

export function summarizeSuccess({ plan, proof, aliasUrl, wranglerVersion }: Live, progress: Progress): string {
  const { deployment, evidence, doubts } = proof
  return section(`Cloudflare Pages: ${plan.project.name} is live in ${deployment.environment}`, [
    ['Site', deployment.environment === 'production' ? siteLinks(plan) : undefined],
    ['URL', link(deployment.url)],
    ['Alias', aliasUrl && link(aliasUrl)],
    ...planRows(plan),
    ['Deployment', code(deployment.id)],
    ['Proven', list(evidence)],
    ['Not proven', doubts.length === 0 ? undefined : list(doubts)],
    ['Taken up', progress.attempts.length === 0 ? 'from an earlier attempt of this run' : undefined],
    ...attemptRows(progress),
    ['Time', times(progress)],
    ['wrangler', wranglerVersion && escapeMarkdown(wranglerVersion)],
  ])
}

export function summarizeDryRun(plan: Plan): string {
  return section(`Cloudflare Pages: ${plan.project.name} would be deployed to ${plan.environment}`, planRows(plan))
}

export interface Unproven {
  /** What failed, where and why. */
  readonly reason: string
  /** What to change; empty when the reason says it all. */
  readonly remedy: string
  readonly standing: Standing
  /** What production shows now, for one who is worried; undefined for a preview. */
  readonly visitorsSee: string | undefined
  readonly dashboard: string | undefined
}

export function summarizeFailure(unproven: Unproven, progress: Progress): string {
  const { reason, remedy, standing, visitorsSee, dashboard } = unproven
  const { plan, step } = progress
  const made = standing.kind === 'made' ? standing : undefined
  return section(`${plan?.project.name ?? 'Cloudflare Pages'}: ${outcome(standing)}`, [
    ['Failed', step],
    ['Reason', list(reason.split('\n'))],
    ['What to do', remedy === '' ? undefined : list(remedy.split('\n'))],
    ['Visitors see', visitorsSee && escapeMarkdown(visitorsSee)],
    ['Deployment', made && code(made.id)],
    ['URL', made && link(made.url)],
    ['Dashboard', dashboard && link(dashboard)],
    ...(plan === undefined ? [] : planRows(plan, standing)),
    ...attemptRows(progress),
    ['Time', times(progress)],
  ])
}

function outcome(standing: Standing): string {
  switch (standing.kind) {
    case 'nothing uploaded':
      return 'nothing was uploaded'
    case 'not made':
      return 'no deployment was made'
    case 'not seen':
      return 'no deployment was to be seen'
    case 'unknown':
      return 'it is not known whether a deployment was made'
    case 'taken':
      return 'a deployment was made, and is not proven live'
    case 'made':
      return `deployment ${standing.id.slice(0, 8)} is not proven live`
  }
}

type Row = readonly [name: string, value: string | undefined]

function planRows({ project, isNew, environment, target, site }: Plan, standing?: Standing): readonly Row[] {
  const isMissing = standing?.kind === 'nothing uploaded' && standing.project !== 'created'
  const state = isMissing ? 'not there when the step began' : 'new'
  const created = isNew ? `, ${state}, with the production branch ${code(project.production_branch)}` : ''
  return [
    ['Project', `${escapeMarkdown(project.name)}${created}`],
    ['Environment', environment],
    ['Branch', code(target.branch)],
    ['Commit', code(target.commitHash)],
    ['Files', `${site.files.length} (${formatBytes(site.bytes)})`],
  ]
}

function attemptRows({ attempts }: Progress): readonly Row[] {
  return attempts.map(({ result, duration }, index) => [
    `Attempt ${index + 1}`,
    `${escapeMarkdown(result)}, ${formatDuration(duration)}`,
  ])
}

function section(title: string, rows: readonly Row[]): string {
  return `### ${escapeMarkdown(title)}\n\n${facts(rows)}`
}

/** The addresses that visitors know. */
function siteLinks({ project }: Plan): string {
  const hosts = new Set([...(project.domains ?? []), project.subdomain])
  return [...hosts].map((host) => link(originOf(host))).join('<br>')
}

function list(lines: readonly string[]): string {
  return lines.map(escapeMarkdown).join('<br>')
}

function times({ durations }: Progress): string | undefined {
  return [...durations].map(([step, duration]) => `${step} ${formatDuration(duration)}`).join(', ') || undefined
}
