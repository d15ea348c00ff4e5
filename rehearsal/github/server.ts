/** The embedded GitHub: the part of api.github.com that the pack calls, stateful, on a loopback port. */
import { randomBytes } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { type FaultEnv, FaultSet, injectFaults } from '../faults.ts'
import { listen, type RecordedRequest } from '../server.ts'
import { type Answer, badCredentials, notAccessible, notFound, REST_DOCS } from './answers.ts'
import { parseJson } from './body.ts'
import type { DeploymentStatus } from './deployment-statuses.ts'
import type { Deployment } from './deployments.ts'
import { type Check, CommitGraph } from './graph.ts'
import { allows, type Caller, type Level, PermissionLedger, type PermissionUse } from './permissions.ts'
import { RateLimit } from './rate-limit.ts'
import type { Repository } from './repository.ts'
import { ROUTES, type Route } from './routes.ts'
import { addJob, addRun, describeRun, type Job, type Progress, type Run, updateJob, updateRun } from './runs.ts'
import { type State, timestamp } from './state.ts'

export interface GitHubOptions {
  /** `owner/name` */
  readonly repository: string
  /** Default: true. A public repository can be read without any permission. */
  readonly private?: boolean
  /** Default: `main`. */
  readonly defaultBranch?: string
  /** Can be changed while it listens. Default: none. */
  readonly faults?: FaultSet
}

export interface NewCommit {
  /** 40 hexadecimal digits. */
  readonly sha: string
  readonly message?: string
  /** Full SHAs, the first parent first. Default: none. */
  readonly parents?: readonly string[]
}

export interface GitHub extends AsyncDisposable {
  /** For `GITHUB_API_URL`: `http://127.0.0.1:PORT`. */
  readonly apiUrl: string
  /** For `GITHUB_SERVER_URL`: the same origin. */
  readonly serverUrl: string
  readonly repository: Repository
  /** Every request that was answered, in the order of the answers. */
  readonly requests: readonly RecordedRequest[]
  /** Those of them that this double has no route for: GitHub may, so a rehearsal that made one proves nothing. */
  readonly unsupported: readonly RecordedRequest[]
  /** As they are now, oldest first; each with its statuses, oldest first. */
  readonly deployments: readonly (Deployment & { readonly statuses: readonly DeploymentStatus[] })[]
  /**
   * A token with exactly these permissions, and `metadata: read`, which every token has.
   * @param login of the account that creates what is created with it; without, it is the job's own token
   */
  issueToken(job: string, permissions: Readonly<Record<string, Level | 'none'>>, login?: string): string
  /** For each job and each permission it was granted, the highest use made of it. */
  permissionUse(): readonly PermissionUse[]
  /** Reports a use that does not come through this API: `git fetch` needs `contents: read`, for example. */
  notePermissionUse(job: string, permission: string, level: Level): void
  addCommit(commit: NewCommit): void
  /** Creates or moves a ref: `heads/main`, `tags/v1`, `pull/7/merge`. Its commit must be known. */
  addRef(name: string, sha: string): void
  /** Reports a commit status or check run; a later one of the same context replaces it. */
  addCheck(sha: string, check: Check): void
  /** From now on merging the default branch into this branch conflicts. */
  addConflict(branch: string): void
  addRun(run: Run): void
  /** The newest attempt of the run, as the API answers it. */
  describeRun(id: number): ReturnType<typeof describeRun>
  /** Changes the newest attempt of the run. */
  updateRun(id: number, progress: Progress): void
  /** The job belongs to the newest attempt of its run. */
  addJob(job: Job): void
  updateJob(id: number, progress: Progress): void
}

type Env = FaultEnv & { Variables: { job: string; login: string | undefined; unsupported: boolean } }
type GitHubContext = Context<Env>

/** Tests compare every exchange with GitHub's description; without a listener this costs nothing. */
const exchanges = channel('slipway:github-exchange')

/**
 * Starts an empty repository's GitHub on a free loopback port; it is taught commits, refs, runs and jobs afterwards.
 * @throws Error when `repository` is not `owner/name`
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const app = new Hono()
  const server = await listen(app)
  const state = newState(options, server.origin)
  const ledger = new PermissionLedger()
  const log = { requests: [] as RecordedRequest[], unsupported: [] as RecordedRequest[] }
  app.route('/', api(state, ledger, log, options.faults ?? new FaultSet()))
  return {
    apiUrl: server.origin,
    serverUrl: server.origin,
    repository: state.repository,
    ...log,
    get deployments() {
      return state.deployments.map(({ deployment, statuses }) => ({ ...deployment, statuses }))
    },
    issueToken: (job, permissions, login) => ledger.issue(job, permissions, login),
    permissionUse: () => ledger.uses(),
    notePermissionUse: (job, permission, level) => ledger.note(job, permission, level),
    ...teaching(state),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** What a rehearsal tells it about the repository and its runs. */
function teaching(state: State) {
  const { graph } = state
  return {
    addCommit: ({ sha, message = '', parents = [] }: NewCommit) =>
      graph.add({ sha, message, parents, date: timestamp() }),
    addRef: (name: string, sha: string) => graph.setRef(name, sha),
    addCheck: (sha: string, check: Check) => graph.addCheck(sha, check),
    addConflict: (branch: string) => graph.addConflict(branch),
    addRun: (run: Run) => addRun(state, run),
    describeRun: (id: number) => describeRun(state, id),
    updateRun: (id: number, progress: Progress) => updateRun(state, id, progress),
    addJob: (job: Job) => addJob(state, job),
    updateJob: (id: number, progress: Progress) => updateJob(state, id, progress),
  }
}

function newState(options: GitHubOptions, origin: string): State {
  const [owner, name, ...more] = options.repository.split('/')
  if (!owner || !name || more.length > 0) {
    throw new Error(`"${options.repository}" is not a repository. Give it as owner/name.`)
  }
  const { private: isPrivate = true, defaultBranch = 'main' } = options
  let id = 1_000_000
  return {
    repository: { id, owner, name, private: isPrivate, defaultBranch, origin, createdAt: timestamp() },
    graph: new CommitGraph(),
    rateLimit: new RateLimit(),
    deployments: [],
    runs: [],
    jobs: [],
    nextId: () => ++id,
  }
}

interface Log {
  readonly requests: RecordedRequest[]
  readonly unsupported: RecordedRequest[]
}

function api(state: State, ledger: PermissionLedger, log: Log, faults: FaultSet): Hono<Env> {
  const app = new Hono<Env>()
  app.use(recorder(log))
  app.use(injectFaults('github', faults))
  app.use(commonHeaders(state))
  for (const route of ROUTES) {
    app.on(route.method, route.path, async (c) => {
      const answer = refuse(c, route, state, ledger) ?? route.answer(await toCall(c, route, state))
      const needs: Record<string, string> = route.needs
        ? { 'x-accepted-github-permissions': `${route.needs.permission}=${route.needs.level}` }
        : {}
      return respond({ ...answer, headers: { ...needs, ...answer.headers } })
    })
  }
  app.all('*', (c) => {
    c.set('unsupported', true)
    return respond(authenticate(c, ledger) ? notFound(REST_DOCS) : badCredentials())
  })
  return app
}

/**
 * GitHub tells a request without a token for a private repository only that nothing is there. Here it is 401 like a
 * wrong token, so that a token which was lost on its way is not taken for a wrong path.
 */
function refuse(c: GitHubContext, route: Route, state: State, ledger: PermissionLedger): Answer | undefined {
  const caller = authenticate(c, ledger)
  if (!caller) return badCredentials()
  if (!route.needs) return undefined
  if (!isThisRepository(c, state)) return notFound(route.docs)
  const open = !state.repository.private && route.needs.level === 'read'
  if (!open && !allows(caller, route.needs)) return notAccessible(route.docs)
  ledger.note(caller.job, route.needs.permission, route.needs.level)
  return undefined
}

function authenticate(c: GitHubContext, ledger: PermissionLedger): Caller | undefined {
  const caller = ledger.caller(c.req.header('authorization'))
  if (caller) {
    c.set('job', caller.job)
    c.set('login', caller.login)
  }
  return caller
}

/** A job's token sees its own repository only; names are compared without case. */
function isThisRepository(c: GitHubContext, { repository }: State): boolean {
  const asked = `${c.req.param('owner')}/${c.req.param('repo')}`
  return asked.toLowerCase() === `${repository.owner}/${repository.name}`.toLowerCase()
}

async function toCall(c: GitHubContext, route: Route, state: State) {
  const { req } = c
  const asked = { params: req.param(), query: req.query(), url: req.url, text: await req.text() }
  return { state, ...asked, login: c.get('login'), docs: route.docs }
}

function respond({ status, body, headers = {} }: Answer): Response {
  if (status === 204) return new Response(null, { status, headers })
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Response(text, { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers } })
}

function commonHeaders(state: State): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (c.req.path !== '/rate_limit') state.rateLimit.count()
    await next()
    const all = {
      ...state.rateLimit.headers(),
      'x-github-request-id': randomBytes(16).toString('hex').toUpperCase(),
      'x-github-media-type': 'github.v3; format=json',
      'x-github-api-version-selected': '2022-11-28',
    }
    for (const [name, value] of Object.entries(all)) c.header(name, value)
  }
}

function recorder(log: Log): MiddlewareHandler<Env> {
  return async (c, next) => {
    const at = new Date().toISOString()
    const body = parseJson(await c.req.text()) ?? null
    await next()
    const job = c.get('job')
    const fault = c.get('fault')
    const recorded: RecordedRequest = {
      side: 'github',
      at,
      method: c.req.method,
      path: c.req.path,
      query: c.req.query(),
      body,
      status: fault?.status ?? c.res.status,
      // Not waited for where there is none: the client may ask again at once.
      response: fault?.status === undefined ? (parseJson(await c.res.clone().text()) ?? null) : null,
      ...(job && { job }),
      ...(fault && { fault: fault.spec }),
    }
    log.requests.push(recorded)
    exchanges.publish(recorded)
    if (c.get('unsupported')) log.unsupported.push(recorded)
  }
}
