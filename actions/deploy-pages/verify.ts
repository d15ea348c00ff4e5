/** Visits the site: the same bytes at the deployment's own URL, and in production at the project's domains. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../src/action.ts'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { AccessToken } from './inputs.ts'
import type { Deployment, Project } from './pages.ts'
import { type Observation, type PollOptions, poll } from './poll.ts'
import { chooseProbe, type Probe } from './probe.ts'
import { type Content, contentOf, type Served, visit } from './served.ts'
import type { Site } from './site.ts'

/** The file that is looked for, with its content as it was when it was uploaded. */
export interface SiteCheck {
  readonly probe: Probe | undefined
  readonly content: Content
  readonly access: AccessToken | undefined
}

/** What a look at the site came to. A doubt is also a warning, and no failure. */
export type Finding = { readonly proven: string } | { readonly doubt: string }

export interface Visitor extends PollOptions {
  readonly fetch: typeof fetch
  readonly log: Log
  /** Milliseconds that the deadline stands for, for messages. */
  readonly timeout: number
}

/** A difference that may be legitimate is not waited for longer than this many milliseconds. */
const PATIENCE = 5000

const FETCH_ACCESS =
  'Create a service token, allow it in the Access policy (action "Service Auth"), and pass it as access-client-id and access-client-secret; or set verify-url: false.'

export async function prepareCheck(site: Site, workingDirectory: string, access: AccessToken | undefined) {
  const probe = await chooseProbe(site, workingDirectory)
  const bytes = probe === undefined ? new Uint8Array() : await readFile(join(site.directory, probe.file))
  return { probe, content: contentOf(bytes), access } satisfies SiteCheck
}

/** @throws an ActionError when the bytes are not there in time */
export async function verifyDeploymentUrl(base: URL, check: SiteCheck, visitor: Visitor): Promise<Finding> {
  const { probe } = check
  if (probe === undefined) return { doubt: 'there is no static file whose bytes could be compared' }
  const url = new URL(probe.urlPath, base)
  const observation = await poll(async () => settle(await look(url, check, visitor), url), paceFor(probe, visitor))
  if ('settled' in observation) return { proven: `${url.href} serves ${probe.file} byte for byte` }
  const { pending, served } = observation
  if (probe.mayDiffer !== undefined && isAnswer(served))
    return doubt(`${url.href} ${pending}; ${probe.mayDiffer}`, visitor)
  throw new ActionError(
    `The deployment does not serve what was uploaded: after ${formatDuration(visitor.timeout)}, ${url.href} ${pending}.`,
    { hint: remedyFor(served) },
  )
}

function doubt(text: string, { log }: Visitor): Finding {
  log.warning(`Not proven: ${text}.`)
  return { doubt: text }
}

/** A pending observation that keeps what was served. */
type Seen = { readonly pending: string; readonly served: Served }

function settle(served: Served, url: URL): { readonly settled: true } | Seen {
  if (served.kind === 'same') return { settled: true }
  if (served.kind === 'protected') throw new ActionError(`${url} ${served.text}.`, { hint: FETCH_ACCESS })
  return { pending: served.text, served }
}

function paceFor({ mayDiffer }: Probe, { deadline, signal }: Visitor): PollOptions {
  return { deadline: mayDiffer === undefined ? deadline : Math.min(deadline, performance.now() + PATIENCE), signal }
}

async function look(url: URL, { content, access }: SiteCheck, { fetch, signal }: Visitor): Promise<Served> {
  return visit(url, content, { fetch, access, signal })
}

/** Something that works answered, though not with the file. */
function isAnswer(served: Served): boolean {
  if (served.kind === 'status') return served.status < 500 && served.status !== 404
  return served.kind === 'different' || served.kind === 'redirect'
}

function remedyFor(served: Served): string {
  if (served.kind === 'status' && (served.status === 401 || served.status === 403)) return FETCH_ACCESS
  if (served.kind === 'lost') return 'If the runner reaches this address only later, raise live-timeout.'
  return 'Check for redirects or transformations on Cloudflare (Bulk Redirects, Snippets, Workers routes) that change this path; if it only needs longer, raise live-timeout; to leave this check out, set verify-url: false.'
}

/** One finding for each domain of the project. Domains lag and may be set up elsewhere: a difference is a doubt. */
export async function verifyDomains(
  deployment: Deployment,
  { domains }: Project,
  { probe, ...check }: SiteCheck,
  visitor: Visitor,
): Promise<readonly Finding[]> {
  if (probe === undefined) return []
  const { protocol } = new URL(deployment.url)
  const own = new Set(domains ?? [])
  return Promise.all([...own].map((host) => verifyDomain(`${protocol}//${host}`, own, { ...check, probe }, visitor)))
}

async function verifyDomain(
  origin: string,
  own: ReadonlySet<string>,
  check: SiteCheck & { readonly probe: Probe },
  visitor: Visitor,
): Promise<Finding> {
  const { urlPath, mayDiffer } = check.probe
  const url = new URL(urlPath, origin)
  const observation = await poll(async () => decide(await look(url, check, visitor)), paceFor(check.probe, visitor))
  if (!('settled' in observation)) {
    const reason = mayDiffer ?? 'the deployment itself is proven, so the domain may only lag'
    return doubt(`${url.host} does not show this deployment: ${url.href} ${observation.pending}; ${reason}`, visitor)
  }
  const served = observation.settled
  if (served.kind === 'same') return { proven: `${url.host} shows it` }
  if (served.kind === 'redirect' && own.has(served.to.host)) return { proven: `${url.host} leads to ${served.to.host}` }
  return doubt(`whether ${url.host} shows this deployment: ${url.href} ${served.text}`, visitor)
}

/** A redirect or a closed door is how a domain is set up, not a lag. */
function decide(served: Served): Observation<Served> {
  if (served.kind === 'same') return { settled: served }
  const closed = served.kind === 'status' && (served.status === 401 || served.status === 403)
  const setUp = closed || served.kind === 'redirect' || served.kind === 'protected'
  return setUp ? { settled: served } : { pending: served.text }
}
