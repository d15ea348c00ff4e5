/** The head and the end of a job in the printed run. */
import type { JobReport } from '../runner/report.ts'
import { mark } from './step.ts'
import { indent, type Style, seconds } from './style.ts'
import { renderSummary } from './summary.ts'

export function renderJobStart(name: string, detail: string, style: Style): string {
  return `${style.bold(name)}${detail === '' ? '' : ` ${style.dim(detail)}`}`
}

export function renderJobEnd(job: JobReport, style: Style): string {
  const summaries = job.steps.filter((step) => step.summary.trim() !== '')
  return [
    ...job.annotations.map(({ level, message }) => `  ${level}: ${message}`),
    ...summaries.flatMap((step) => [style.dim(`  Summary of ${step.name}`), indent(renderSummary(step.summary), 4)]),
    `  ${mark(job.outcome, style)} ${job.name}: ${job.outcome}${job.steps.length > 0 ? ` ${style.dim(`in ${seconds(job.durationMs)}`)}` : ''}`,
    '',
  ].join('\n')
}
