/** What a rehearsal says about a missing permission: the first error of the job, in words that stay the same each time. */
import type { Rehearsal } from '../options.ts'
import type { JobReport, StepReport } from '../runner/report.ts'

export interface Finding {
  /** The step that failed, with the action that it uses. */
  readonly step: string
  /** What the embedded GitHub refused it, as `GET /repos/{owner}/{repo}/actions/artifacts`; empty where it was no request. */
  readonly request: string
  readonly error: string
}

/** @returns undefined when the job did not fail */
export function findingOf(report: Rehearsal, id: string): Finding | undefined {
  const job = report.jobs.find((candidate) => candidate.id === id)
  if (job === undefined || job.outcome !== 'failure') return undefined
  const step = job.steps.find(({ conclusion }) => conclusion === 'failure')
  const error = step === undefined ? firstError(job.annotations) : errorOf(step)
  return { step: step === undefined ? '' : nameOf(step), request: refused(report, job), error: lasting(error, report) }
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

function refused({ requests, repository }: Rehearsal, { id }: JobReport): string {
  const first = requests.github.find(({ job, status }) => job === id && status === 403)
  if (first === undefined) return ''
  const [owner, name] = repository.split('/')
  const names: Readonly<Record<string, string>> = { [owner ?? '']: '{owner}', [name ?? '']: '{repo}' }
  const path = decodeURIComponent(first.path)
    .replaceAll(/[^/]+/g, (segment) => names[segment] ?? segment)
    .replaceAll(/\/\d+(?=\/|$)/g, '/{id}')
    .replaceAll(/\b[0-9a-f]{40}\b/g, '{sha}')
  return `${first.method} ${path}`
}

/** Without what differs from run to run: addresses, ids, commits, times. */
export function lasting(text: string, run: Pick<Rehearsal, 'apiUrl' | 'repository' | 'sha'>): string {
  const { apiUrl, repository, sha } = run
  return text
    .replaceAll(apiUrl, 'https://api.github.com')
    .replaceAll(/http:\/\/(127\.0\.0\.1|localhost):\d+/g, 'https://github.com')
    .replaceAll(repository, 'owner/repo')
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'SHA')
    .replaceAll(sha.slice(0, 7), 'SHA')
    .replaceAll(/\bsha256:[0-9a-f]{64}\b/g, 'DIGEST')
    .replaceAll(/\b\d{8}T\d{9}Z-[0-9a-f]{7}\b/g, 'SNAPSHOT')
    .replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?/g, 'TIME')
    .replaceAll(/\b\d{6,}\b/g, 'ID')
    .replaceAll(/\b\d+(\.\d+)? m?s\b/g, 'a moment')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
