/**
 * Finds what an earlier attempt of the same run has deployed, so that a re-run finishes it instead of making another.
 * GitHub does not say which deployment belongs to a run: it is one of the same commit and branch, the newest of that
 * branch, and it serves the very files that are to be deployed now.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isLive, newestOf } from './history.ts'
import type { AccessToken } from './inputs.ts'
import { commitOf, type Listed, type Pages } from './pages.ts'
import { type Observation, poll } from './poll.ts'
import type { Plan } from './preflight.ts'
import { type Served, visit } from './served.ts'
import type { SiteFile } from './site.ts'
import { takeSample } from './verify.ts'

/** Files that are compared, and bytes of the largest: more would cost more than another upload. */
const MOST_FILES = 200
const LARGEST = 1024 * 1024
const AT_ONCE = 10
/** Milliseconds for a deployment that has just ended to be served everywhere. */
const SERVING_LAG = 5000

export interface EarlierPorts {
  readonly pages: Pages
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

export interface EarlierOptions {
  readonly workingDirectory: string
  readonly access: AccessToken | undefined
  /** Milliseconds for one that is not live yet. */
  readonly liveTimeout: number
}

/** A deployment to take up, or why there is none, as a whole sentence. */
export type Earlier =
  | { readonly kind: 'found'; readonly id: string; readonly url: string; readonly files: number }
  | { readonly kind: 'none'; readonly why: string }

export async function findEarlier(plan: Plan, options: EarlierOptions, ports: EarlierPorts): Promise<Earlier> {
  const candidate = candidateOf(plan)
  if (candidate === undefined)
    return { kind: 'none', why: 'No earlier attempt has left a deployment that still counts.' }
  const { id, url } = candidate
  if (!(await becomesLive(candidate, plan, options, ports))) {
    return { kind: 'none', why: `Deployment ${id} of the same commit is not live.` }
  }
  const compared = await compareFiles(plan, url, options, ports)
  return compared.kind === 'same'
    ? { kind: 'found', id, url, files: compared.files }
    : { kind: 'none', why: `Deployment ${id} is of the same commit, but ${compared.why}.` }
}

/** In production one that is live without being canonical was rolled back, and is no longer what counts. */
function candidateOf({ project, environment, target, history }: Plan): Listed | undefined {
  const newest = newestOf(target.branch, history)
  if (newest === undefined || commitOf(newest).hash !== target.commitHash) return undefined
  const isRolledBack = environment === 'production' && isLive(newest) && project.canonical_deployment?.id !== newest.id
  return isRolledBack ? undefined : newest
}

async function becomesLive(
  candidate: Listed,
  { project }: Plan,
  { liveTimeout }: EarlierOptions,
  { pages, signal }: EarlierPorts,
): Promise<boolean> {
  const look = async (): Promise<Observation<boolean>> => {
    const answer = await pages.readDeployment(project.name, candidate.id)
    if (answer.kind === 'unavailable') return { pending: answer.message, retryAfter: answer.retryAfter }
    if (answer.kind === 'refused') return { settled: false }
    const { latest_stage: stage, stages } = answer.result
    const isLost = [...(stages ?? []), ...(stage ? [stage] : [])].some(({ status }) =>
      /^(failure|canceled)$/.test(status),
    )
    if (isLost) return { settled: false }
    return isLive(answer.result) ? { settled: true } : { pending: 'not live yet' }
  }
  const observation = await poll(look, { deadline: performance.now() + liveTimeout, signal })
  return 'settled' in observation && observation.settled
}

type Compared = { readonly kind: 'same'; readonly files: number } | { readonly kind: 'different'; readonly why: string }

/** HTML counts too: where Cloudflare rewrites it, another deployment is made, which does no harm. */
async function compareFiles(
  { site }: Plan,
  origin: string,
  { workingDirectory, access }: EarlierOptions,
  { fetch, signal }: EarlierPorts,
): Promise<Compared> {
  const deadline = performance.now() + SERVING_LAG
  const files = spread(site.files.filter(({ size }) => size <= LARGEST))
  let count = 0
  const compare = async (file: SiteFile): Promise<string | undefined> => {
    const { probe, content } = await takeSample({ ...site, files: [file] }, workingDirectory, access)
    if (probe === undefined || probe.mayDiffer?.startsWith('Functions')) return undefined
    const url = new URL(probe.urlPath, origin)
    for (;;) {
      const served = await visit(url, content, { fetch, access, signal, deadline })
      if (served.kind === 'same') {
        count += 1
        return undefined
      }
      if (!mayLag(served) || performance.now() > deadline) return `${url.href} ${served.text}`
      await sleep(500, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const results = await Promise.all(files.slice(start, start + AT_ONCE).map(compare))
    const why = results.find((result) => result !== undefined)
    if (why !== undefined) return { kind: 'different', why }
  }
  return count > 0 ? { kind: 'same', files: count } : { kind: 'different', why: 'none of its files could be compared' }
}

/** Evenly over the whole list. */
function spread(files: readonly SiteFile[]): readonly SiteFile[] {
  const step = Math.max(1, files.length / MOST_FILES)
  return Array.from(
    { length: Math.min(files.length, MOST_FILES) },
    (_, index) => files[Math.floor(index * step)],
  ).flatMap((file) => file ?? [])
}

function mayLag({ kind }: Served): boolean {
  return kind === 'lost' || kind === 'status'
}
