/** What a rehearsal says about a missing permission: how the step that failed was refused, in words that stay the same each time. */
import type { Rehearsal } from '../options.ts'
import type { JobReport, StepReport } from '../runner/report.ts'
import type { RecordedRequest } from '../server.ts'
import type { Played } from './play.ts'
import { isRefusal, type Lacking, refusedInWords } from './refusal.ts'

export interface Finding {
  /** The step that failed, with the action that it uses. */
  readonly step: string
  /** What the embedded GitHub refused it, as `GET /repos/{owner}/{repo}/actions/artifacts`; empty where it was no request. */
  readonly request: string
  readonly error: string
}

/**
 * A step that fails for another reason, or after another one was refused, proves nothing.
 * @returns undefined unless the step that failed the job was refused for what is lacking
 */
export function findingOf(played: Played, id: string, lacking: Lacking): Finding | undefined {
  const { report } = played
  const failed = failedStep(report, id)
  if (failed === undefined) return undefined
  const request = requestsOf(played, id, failed).find((one) => isRefusal(one, lacking))
  const error = errorOf(failed)
  if (request === undefined && !refusedInWords(error, lacking)) return undefined
  return {
    step: nameOf(failed),
    request: request === undefined ? '' : describe(request, report),
    error: lasting(error, report),
  }
}

/** Why the job failed, whatever the reason; undefined when it did not. */
export function failureOf(report: Rehearsal, id: string): string | undefined {
  const job = report.jobs.find((candidate) => candidate.id === id)
  if (job === undefined || job.outcome !== 'failure') return undefined
  const step = failedStep(report, id)
  const error = step === undefined ? firstError(job.annotations) : `${nameOf(step)}: ${errorOf(step)}`
  return lasting(error, report)
}

function failedStep({ jobs }: Rehearsal, id: string): StepReport | undefined {
  const job = jobs.find((candidate) => candidate.id === id)
  return job?.outcome === 'failure' ? job.steps.find(({ conclusion }) => conclusion === 'failure') : undefined
}

/** Those that the job's token made while the step ran. */
function requestsOf({ report, times }: Played, id: string, { name, stage }: StepReport): readonly RecordedRequest[] {
  const time = times.find((one) => one.job === id && one.name === name && one.stage === stage)
  if (time === undefined) return []
  return report.requests.github.filter(({ job, at }) => {
    const asked = Date.parse(at)
    return job === id && asked >= time.from && asked <= time.to
  })
}

function nameOf({ name, uses }: StepReport): string {
  if (uses === null) return name
  const [action = ''] = uses.split('@')
  const [, own] = /\/actions\/([a-z-]+)$/.exec(action) ?? []
  return `${name} (\`${own ?? action}\`)`
}

/** What a script failed with says less than its last line. */
function errorOf({ annotations, log }: StepReport): string {
  const error = firstError(annotations)
  if (!/^Process completed with exit code/.test(error)) return error
  const last = log.findLast((line) => !/^##\[|A complete log of this run/.test(line) && line.trim() !== '')
  return last ?? error
}

function firstError(annotations: JobReport['annotations']): string {
  return annotations.find(({ level }) => level === 'error')?.message ?? ''
}

function describe({ method, path }: RecordedRequest, { repository }: Rehearsal): string {
  const [owner, name] = repository.split('/')
  const names: Readonly<Record<string, string>> = { [owner ?? '']: '{owner}', [name ?? '']: '{repo}' }
  return `${method} ${lastingPath(path, names)}`
}

/** Without what differs from run to run, or from build to build. @param names of segments, as `site` for `{repo}` */
export function lastingPath(path: string, names: Readonly<Record<string, string>>): string {
  return decodeURIComponent(path)
    .replaceAll(/[^/]+/g, (segment) => names[segment] ?? segment)
    .replaceAll(/\/\d+(?=\/|$)/g, '/{id}')
    .replaceAll(/\bsha256:[0-9a-f]{64}\b/g, '{digest}')
    .replaceAll(/\b[0-9a-f]{40}\b/g, '{sha}')
}

/** Without what differs from run to run: addresses, ids, commits, times. */
export function lasting(text: string, run: Pick<Rehearsal, 'apiUrl' | 'repository' | 'sha'>): string {
  const { apiUrl, repository, sha } = run
  return text
    .replaceAll(apiUrl, 'https://api.github.com')
    .replaceAll(/http:\/\/(127\.0\.0\.1|localhost):\d+/g, 'https://github.com')
    .replaceAll(repository, 'owner/repo')
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'SHA')
    .replaceAll(new RegExp(`\\b${sha.slice(0, 7)}[0-9a-f]*\\b`, 'g'), 'SHA')
    .replaceAll(/\bsha256:[0-9a-f]{64}\b/g, 'DIGEST')
    .replaceAll(/\b\d{8}T\d{9}Z-[0-9a-f]{7}\b/g, 'SNAPSHOT')
    .replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?/g, 'TIME')
    .replaceAll(/\b\d{6,}\b/g, 'ID')
    .replaceAll(/\b\d+(\.\d+)? m?s\b/g, 'a moment')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
