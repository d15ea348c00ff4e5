/** Visits the site: the same bytes at the deployment's own URL, and in production at the project's domains. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { AccessToken } from './inputs.ts'
import { type Deployment, originOf, type Project } from './pages.ts'
import { type Observation, type PollOptions, poll } from './poll.ts'
import { chooseProbe, type Probe } from './probe.ts'
import { type Content, contentOf, type Served, visit } from './served.ts'
import type { Site } from './site.ts'

/** The file that is looked for, with its content as it was when it was uploaded. */
export interface Sample {
  readonly probe: Probe | undefined
  readonly content: Content
  readonly access: AccessToken | undefined
}

/** What a look at the site came to, as the beginning of a sentence. A doubt is no failure. */
export type Finding = { readonly proven: string } | { readonly doubt: string }

export interface VerifyPorts extends PollOptions {
  readonly fetch: typeof fetch
  /** Milliseconds that the deadline stands for, for messages. */
  readonly timeout: number
}

/** A difference that may be legitimate is not waited for longer than this many milliseconds. */
const PATIENCE = 5000

export async function takeSample(site: Site, workingDirectory: string, access: AccessToken | undefined) {
  const probe = await chooseProbe(site, workingDirectory)
  const bytes = probe === undefined ? new Uint8Array() : await readFile(join(site.directory, probe.file))
  return { probe, content: contentOf(bytes), access } satisfies Sample
}

/** @throws an ActionError when the bytes are not there in time */
export async function verifyDeploymentUrl(
  deployment: Pick<Deployment, 'id' | 'url'>,
  sample: Sample,
  ports: VerifyPorts,
): Promise<Finding> {
  const { probe } = sample
  if (probe === undefined) return { doubt: 'There is no static file whose bytes could be compared' }
  const url = new URL(probe.urlPath, deployment.url)
  const observation = await poll(
    async () => {
      const served = await look(url, sample, ports)
      if (served.kind === 'protected') throw accessRefused(deployment.id, `${url} ${served.text}`, sample)
      return settle(served)
    },
    paceFor(probe, ports),
  )
  if ('settled' in observation) return { proven: `${url.href} serves ${probe.file} byte for byte` }
  const { pending, served } = observation
  if (probe.mayDiffer !== undefined && isAnswer(served)) return { doubt: `${url.href} ${pending}; ${probe.mayDiffer}` }
  throw new ActionError(
    `The deployment does not serve what was uploaded: after ${formatDuration(ports.timeout)}, ${url.href} ${pending}.`,
    { hint: remedyFor(served, sample) },
  )
}

/** A pending observation that keeps what was served. */
type Seen = { readonly pending: string; readonly served: Served }

function settle(served: Served): { readonly settled: true } | Seen {
  return served.kind === 'same' ? { settled: true } : { pending: served.text, served }
}

function paceFor({ mayDiffer }: Probe, { deadline, signal }: VerifyPorts): PollOptions {
  return { deadline: mayDiffer === undefined ? deadline : Math.min(deadline, performance.now() + PATIENCE), signal }
}

async function look(url: URL, { content, access }: Sample, { fetch, deadline, signal }: VerifyPorts): Promise<Served> {
  return visit(url, content, { fetch, access, deadline, signal })
}

/** Something that works answered, though not with the file. */
function isAnswer(served: Served): boolean {
  if (served.kind === 'status') return served.status < 500 && served.status !== 404
  return served.kind === 'different' || served.kind === 'redirect'
}

function accessRefused(id: string, seen: string, { access }: Sample): ActionError {
  const message =
    access === undefined
      ? `Deployment ${id} is deployed, but its bytes could not be compared: ${seen}.`
      : `Access did not accept the service token: ${seen}. Deployment ${id} is deployed, but its bytes could not be compared.`
  return new ActionError(message, { hint: accessRemedy(access) })
}

function accessRemedy(access: AccessToken | undefined): string {
  return access === undefined
    ? 'Create a service token, allow it in the Access policy (action "Service Auth"), and pass it as access-client-id and access-client-secret; or set verify-url: false.'
    : 'Check access-client-id and access-client-secret, that the token has not expired, and that a policy with the action "Service Auth" allows it for this host.'
}

function remedyFor(served: Served, { access }: Sample): string {
  if (served.kind === 'lost') return 'If the runner reaches this address only later, raise live-timeout.'
  if (served.kind === 'status' && isClosed(served.status)) return accessRemedy(access)
  if (served.kind === 'status' && served.status >= 500) {
    return 'Cloudflare, or a Function of the site, fails to answer: see www.cloudflarestatus.com and the logs of the Function, and run the job again.'
  }
  return 'Check for redirects or transformations on Cloudflare (Bulk Redirects, Snippets, Workers routes) that change this path; if it only needs longer, raise live-timeout; to leave this check out, set verify-url: false.'
}

function isClosed(status: number): boolean {
  return status === 401 || status === 403
}

/**
 * One finding for each domain of the project. Domains lag and may be set up elsewhere: a difference is a doubt. Only the
 * project's own address under pages.dev gets the service token: a custom domain whose DNS was forgotten may be in other
 * hands, and a redirect to a login of Access is easily made.
 */
export async function verifyDomains(
  { domains, subdomain }: Pick<Project, 'domains' | 'subdomain'>,
  sample: Sample,
  ports: VerifyPorts,
): Promise<readonly Finding[]> {
  const { probe } = sample
  if (probe === undefined) return []
  const own = new Set(domains ?? [])
  const known = { ...sample, probe }
  return Promise.all([...own].map((host) => verifyDomain(host, own, host === subdomain ? known : untold(known), ports)))
}

/** Without the service token. */
function untold(sample: Found): Found {
  return { ...sample, access: undefined }
}

type Found = Sample & { readonly probe: Probe }

async function verifyDomain(
  host: string,
  own: ReadonlySet<string>,
  sample: Found,
  ports: VerifyPorts,
): Promise<Finding> {
  const { urlPath, mayDiffer } = sample.probe
  const url = new URL(urlPath, originOf(host))
  const observation = await poll(async () => decide(await look(url, sample, ports)), paceFor(sample.probe, ports))
  const unknown = `Whether ${host} shows this deployment is not known: ${url.href}`
  if (!('settled' in observation)) {
    const { pending } = observation
    if (mayDiffer !== undefined) return { doubt: `${unknown} ${pending}; ${mayDiffer}` }
    return { doubt: `${host} does not show this deployment yet: ${url.href} ${pending}` }
  }
  const served = observation.settled
  if (served.kind === 'same') return { proven: `${host} serves the same file` }
  if (served.kind === 'redirect' && own.has(served.to.host)) return { proven: `${host} leads to ${served.to.host}` }
  if (served.kind === 'protected' && sample.access === undefined) {
    return { doubt: `${unknown} ${served.text}; the service token is sent to addresses under pages.dev only` }
  }
  return { doubt: `${unknown} ${served.text}` }
}

/** A redirect or a closed door is how a domain is set up, not a lag. */
function decide(served: Served): Observation<Served> {
  if (served.kind === 'same') return { settled: served }
  const closed = served.kind === 'status' && isClosed(served.status)
  const setUp = closed || served.kind === 'redirect' || served.kind === 'protected'
  return setUp ? { settled: served } : { pending: served.text }
}
