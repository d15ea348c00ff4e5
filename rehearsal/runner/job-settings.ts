/** Settings of a job that the rehearsal evaluates and shows, and otherwise leaves to GitHub. */

import type { Review } from './approvals.ts'
import { plain, type Scope, text, type Value } from './expressions.ts'
import { isMapping, type TemplateToken } from './library.ts'
import type { JobReport } from './report.ts'
import { find, type Job } from './workflow.ts'

export function runsOnOf(job: Job, scope: Scope): string {
  const value = job.runsOn === undefined ? '' : plain(job.runsOn, scope)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function environmentOf({ environment }: Job, scope: Scope): JobReport['environment'] {
  if (environment === undefined) return null
  if (!isMapping(environment)) return { name: text(environment, scope), deployment: true }
  const name = find(environment, 'name')
  const deployment = find(environment, 'deployment')
  return {
    name: name === undefined ? '' : text(name, scope),
    deployment: deployment === undefined || plain(deployment, scope) !== false,
  }
}

/** The group, with what else was asked of it: `deploy-main (queue: max)`. */
export function concurrencyOf(concurrency: TemplateToken | undefined, scope: Scope): string | null {
  if (concurrency === undefined) return null
  const value = plain(concurrency, scope)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return `${value}`
  const { group = '', ...rest } = Object.fromEntries(Object.entries(value)) as Record<string, Value>
  const settings = Object.entries(rest).map(([key, setting]) => `${key}: ${setting}`)
  return settings.length === 0 ? `${group}` : `${group} (${settings.join(', ')})`
}

/** @param review what the environment's reviewers said */
export function describeJob(job: Job, scope: Scope, review?: Review): string {
  const environment = environmentOf(job, scope)
  const concurrency = concurrencyOf(job.concurrency, scope)
  return [
    runsOnOf(job, scope),
    environment === null
      ? ''
      : `environment ${environment.name}${noted(environment.deployment ? undefined : 'no deployment by GitHub', review)}`,
    concurrency === null ? '' : `concurrency ${concurrency}`,
  ]
    .filter((part) => part !== '')
    .join(' · ')
}

function noted(...notes: readonly (string | undefined)[]): string {
  const said = notes.filter((note) => note !== undefined)
  return said.length === 0 ? '' : ` (${said.join(', ')})`
}
