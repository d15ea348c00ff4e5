/**
 * An embedded Cloudflare: the API that `wrangler pages deploy` and wrangler's commands for secrets call, and over HTTP
 * the sites that were deployed with it. Point wrangler at it with `CLOUDFLARE_API_BASE_URL`. Nothing outlives the process.
 */
import { FaultSet } from '../faults.ts'
import { listen, type RecordedRequest } from '../server.ts'
import { createApi } from './api.ts'
import { AssetStore, UploadTokens } from './assets.ts'
import type { Behaviour } from './behaviour.ts'
import { API_PATH } from './envelope.ts'
import { Hosts } from './hosts.ts'
import type { Project, ProjectOptions } from './project.ts'
import { Projects } from './projects.ts'
import type { Token, TokenScope } from './tokens.ts'
import { type WorkerOptions, type WorkerSecrets, Workers } from './workers.ts'

export type { Behaviour, Environment, FinalStage, Refused } from './behaviour.ts'
export type { Deployment } from './deployment.ts'
export type { Access } from './hosts.ts'
export type { Project, ProjectOptions } from './project.ts'
export type { Stage, StageName, StageStatus } from './stages.ts'
export type { TokenScope } from './tokens.ts'
export type { Variable, Variables } from './variables.ts'
export type { WorkerOptions } from './workers.ts'

export interface CloudflareOptions {
  /** 32 hexadecimal digits on Cloudflare; any text is taken here. */
  readonly accountId: string
  /** The one token that is accepted. */
  readonly apiToken: string
  /** Whose token it is: either can be verified at its own address only. Default: the user's. */
  readonly tokenOwner?: Token['owner']
  /** What it may edit. Default: everything. */
  readonly tokenScopes?: readonly TokenScope[]
  /** ISO 8601. The verification tells it, and the token is accepted after it, too. Default: it has no end. */
  readonly tokenExpiresOn?: string
  readonly projects: readonly ProjectOptions[]
  readonly workers?: readonly WorkerOptions[]
  readonly behaviour?: Behaviour
  /** The upload token's claim; 20,000 as on Cloudflare's free plan when not given. */
  readonly maxFileCount?: number
  /** Can be changed while it listens. Default: none. */
  readonly faults?: FaultSet
}

export interface Cloudflare extends AsyncDisposable {
  /** For `CLOUDFLARE_API_BASE_URL`; ends in `/client/v4`. */
  readonly apiBaseUrl: string
  /** Every API request in the order of its answer; visits of sites are not among them. */
  readonly requests: readonly RecordedRequest[]
  readonly projects: readonly Project[]
  /** The secrets of each Worker as they are now, values included. */
  readonly workers: WorkerSecrets
  /** Replaces the behaviour as a whole; `{}` is Cloudflare on a good day. */
  behave(behaviour: Behaviour): void
}

export async function startCloudflare(options: CloudflareOptions): Promise<Cloudflare> {
  const stack = new AsyncDisposableStack()
  try {
    return await open(options, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function open(options: CloudflareOptions, stack: AsyncDisposableStack): Promise<Cloudflare> {
  let behaviour = options.behaviour ?? {}
  const current = () => behaviour
  const requests: RecordedRequest[] = []
  const assets = new AssetStore()
  const { accountId, faults = new FaultSet() } = options
  const projects = new Projects(new Hosts(stack, current, faults), assets, current)
  for (const project of options.projects) await projects.create(project)
  const uploadTokens = new UploadTokens(options.maxFileCount ?? 20_000)
  const workers = new Workers(options.workers ?? [])
  const pages = { assets, uploadTokens, projects, behaviour: current }
  const api = createApi({ ...pages, accountId, token: tokenOf(options), workers, requests, faults })
  const { origin } = stack.use(await listen(api))
  return {
    apiBaseUrl: `${origin}${API_PATH}`,
    requests,
    projects: projects.all,
    get workers() {
      return workers.secrets
    },
    behave(next) {
      behaviour = next
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function tokenOf({ apiToken, tokenOwner = 'user', tokenScopes, tokenExpiresOn }: CloudflareOptions): Token {
  return { text: apiToken, owner: tokenOwner, scopes: tokenScopes ?? ['pages', 'workers'], expiresOn: tokenExpiresOn }
}
