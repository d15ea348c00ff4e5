/** The end of a rehearsal: jobs, deployments, permissions and the verdict. */
import type { ImageReport } from '../github/packages/teaching.ts'
import type { ServiceReport } from '../host/server.ts'
import type {
  DeploymentReport,
  DispatchReport,
  PagesDeploymentReport,
  PermissionReport,
  Rehearsal,
} from '../options.ts'
import { columns, indent, type Style, seconds } from './style.ts'

export function renderFinale(rehearsal: Rehearsal, style: Style): string {
  return [
    section('Jobs', jobs(rehearsal), style),
    section('Workflows that were dispatched, and rehearsed with it', rehearsal.dispatched.map(dispatched), style),
    section('Deployments on GitHub', rehearsal.deployments.flatMap(deployment), style),
    section('Deployments on Cloudflare Pages', rehearsal.pages.flatMap(pagesDeployment), style),
    section('Images in the registry', rehearsal.images.flatMap(image), style),
    section('Services of the container host', rehearsal.services.flatMap(service), style),
    section('Permissions', permissions(rehearsal.permissionUse), style),
    unsupported(rehearsal, style),
    section('Faults', faults(rehearsal, style), style),
    verdict(rehearsal, style),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function section(title: string, lines: readonly string[], style: Style): string {
  return lines.length === 0 ? '' : [style.bold(title), ...lines.map((line) => indent(line, 2))].join('\n')
}

function jobs({ jobs: list }: Rehearsal): readonly string[] {
  return columns(list.map((job) => [job.name, job.outcome, job.outcome === 'skipped' ? '' : seconds(job.durationMs)]))
}

function dispatched({ workflow, runId, result, problem, jobs: list }: DispatchReport): string {
  const failed = list.filter((job) => job.result === 'failure').map(({ name }) => name)
  const why = problem ?? failed.join(', ')
  return `${workflow}, run ${runId}: ${result}${why === '' ? '' : ` (${why})`}`
}

function deployment({ environment, sha, transient, statuses }: DeploymentReport): readonly string[] {
  const last = statuses.at(-1)
  const history = statuses.map(({ state }) => state).join(' → ') || 'no status'
  const kind = transient ? ', transient' : ''
  return [
    `${environment} at ${sha.slice(0, 7)}${kind}: ${history}`,
    ...(last?.environmentUrl ? [`  environment  ${last.environmentUrl}`] : []),
    ...(last?.logUrl ? [`  log          ${last.logUrl}`] : []),
  ]
}

function pagesDeployment(item: PagesDeploymentReport): readonly string[] {
  const live = item.canonical ? ", live on the project's domains" : ''
  return [
    `${item.project} ${item.environment}, ${item.branch} at ${item.commit.slice(0, 7)}: ${item.stage}${live}`,
    `  deployment   ${item.url}`,
    ...item.aliases.map((alias) => `  alias        ${alias}`),
  ]
}

function image({ package: name, digest, tags }: ImageReport): string {
  return `${name}@${digest.slice(0, 19)}: ${tags.length === 0 ? 'no tag' : tags.join(', ')}`
}

function service({ name, url, commit, image: running, deploys }: ServiceReport): readonly string[] {
  const runs = running ?? 'built by the host'
  return [
    `${name}: runs ${commit.slice(0, 7)} (${runs}) at ${url}`,
    ...deploys.map((deploy) => `  deploy       ${deploy.image ?? 'the newest'}: ${deploy.outcome}`),
  ]
}

function permissions(uses: readonly PermissionReport[]): readonly string[] {
  const rows = uses.map(({ job, permission, granted, used }) => [
    job,
    `${permission}: ${granted}`,
    judge(granted, used),
  ])
  return columns(rows)
}

function judge(granted: PermissionReport['granted'], used: PermissionReport['used']): string {
  if (used === 'none') return 'GRANTED BUT NOT USED: this run did without it'
  return used === granted ? 'used' : `ONLY ${used.toUpperCase()} USED: ${used} would have been enough`
}

function unsupported({ unsupportedRequests }: Rehearsal, style: Style): string {
  const lines = unsupportedRequests.map(({ method, path }) => `${method} ${path}`)
  return section('Requests that the embedded GitHub does not know', lines.map(style.yellow), style)
}

/** One that was never met has proved nothing. */
function faults({ faults: list }: Rehearsal, style: Style): readonly string[] {
  const lines = columns(list.map(({ spec, met }) => [spec, met === 0 ? 'NEVER MET' : `met ${times(met)}`]))
  return lines.map((line, at) => (list[at]?.met === 0 ? style.yellow(line) : line))
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

function verdict(rehearsal: Rehearsal, style: Style): string {
  const time = `in ${seconds(rehearsal.durationMs)}`
  if (rehearsal.result === 'success') return style.green(`The workflow succeeded ${time}.`)
  if (rehearsal.result === 'cancelled') return style.yellow(`The workflow was cancelled after ${time.slice(3)}.`)
  const failed = rehearsal.jobs.flatMap((job) => {
    if (job.result !== 'failure' && job.result !== 'cancelled') return []
    const step = job.steps.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'cancelled')
    return [step === undefined ? job.name : `${job.name} at "${step.name}"`]
  })
  return style.red(`The workflow failed ${time}: ${failed.join('; ')}.`)
}
