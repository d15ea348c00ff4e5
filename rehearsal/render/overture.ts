/** The head of a rehearsal: what is rehearsed, where, and what was made up for it. */
import { relative } from 'node:path'
import type { Filled } from '../fill.ts'
import type { Overture } from '../options.ts'
import { columns, type Style } from './style.ts'

export function renderOverture(overture: Overture, style: Style): string {
  const { workflow, name, event, ref, sha, actor, repository, source } = overture
  if (overture.attempt > 1) return renderAgain(overture, style)
  const rows = [
    ['event', `${event} of ${ref} at ${sha.slice(0, 7)}, by ${actor}`],
    ['repository', `${repository}, private, from ${shown(source)}`],
    ['GitHub', overture.apiUrl],
    ['Cloudflare', `${overture.cloudflareApiBaseUrl}, project ${overture.projects.join(', ')}`],
    ...(overture.concurrency === null ? [] : [['concurrency', overture.concurrency]]),
    ...(overture.filled.length === 0 ? [] : [['filled in', listFilled(overture.filled)]]),
    ...overture.notes.map((note) => ['note', note]),
    ['network', 'the package registry only, for the installs of the workflow and the first one of wrangler'],
  ]
  const title = `Rehearsing ${shown(workflow)}`
  return [`${style.bold(title)} ${style.dim(`(${name})`)}`, ...columns(rows).map((row) => `  ${row}`), ''].join('\n')
}

/** Everything else is as it was. */
function renderAgain({ workflow, name, attempt }: Overture, style: Style): string {
  const title = `Rehearsing ${shown(workflow)} again, as attempt ${attempt} of the same run`
  return `${style.bold(title)} ${style.dim(`(${name})`)}\n`
}

function listFilled(filled: readonly Filled[]): string {
  const parts = filled.map(({ kind, name, value, advice }) => {
    const setting = kind === 'secret' ? `secret ${name}` : `${kind} ${name}=${value}`
    return advice === undefined ? setting : `${setting} (${advice})`
  })
  return parts.join(', ')
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') || short === '' ? path : short
}
