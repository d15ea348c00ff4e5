/** The section that a person reads in the job's summary: what was deployed where, and how it was proven. */
import { formatDuration } from '../../src/duration.ts'
import { code, escapeMarkdown, facts, formatBytes, link } from '../../src/summary.ts'
import type { Plan } from './preflight.ts'
import type { Progress } from './progress.ts'
import type { Proof } from './proof.ts'

export interface Live {
  readonly plan: Plan
  readonly proof: Proof
  readonly aliasUrl: string | undefined
  readonly wranglerVersion: string
}

export function summarizeSuccess({ plan, proof, aliasUrl, wranglerVersion }: Live, progress: Progress): string {
  const { deployment, evidence, doubts } = proof
  return section(`${plan.project.name} is live in ${deployment.environment}`, [
    ['URL', link(deployment.url)],
    ['Alias', aliasUrl && link(aliasUrl)],
    ...planRows(plan),
    ['Deployment', code(deployment.id)],
    ['Proven', list(evidence)],
    ['Not proven', doubts.length === 0 ? undefined : list(doubts)],
    ['Time', times(progress)],
    ['wrangler', escapeMarkdown(wranglerVersion)],
  ])
}

export function summarizeDryRun(plan: Plan): string {
  return section(`${plan.project.name} would be deployed to ${plan.environment}`, planRows(plan))
}

export function summarizeFailure(progress: Progress, reason: string): string {
  const { plan, step } = progress
  const title = plan === undefined ? 'nothing was deployed' : `${plan.project.name} is not proven live`
  return section(title, [
    ['Failed', step],
    ['Reason', list(reason.split('\n'))],
    ...(plan === undefined ? [] : planRows(plan)),
    ['Time', times(progress)],
  ])
}

type Row = readonly [name: string, value: string | undefined]

function planRows({ project, environment, target, site }: Plan): readonly Row[] {
  return [
    ['Project', escapeMarkdown(project.name)],
    ['Environment', environment],
    ['Branch', code(target.branch)],
    ['Commit', code(target.commitHash)],
    ['Files', `${site.files.length} (${formatBytes(site.bytes)})`],
  ]
}

function section(title: string, rows: readonly Row[]): string {
  return `### Cloudflare Pages: ${escapeMarkdown(title)}\n\n${facts(rows)}`
}

function list(lines: readonly string[]): string {
  return lines.map(escapeMarkdown).join('<br>')
}

function times({ durations }: Progress): string {
  return [...durations].map(([step, duration]) => `${step} ${formatDuration(duration)}`).join(', ')
}
