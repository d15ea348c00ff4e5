/** The part of Cloudflare's API that `wrangler pages deploy` and this pack's actions call. */
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { type FaultEnv, type FaultSet, injectFaults } from '../faults.ts'
import type { RecordedRequest } from '../server.ts'
import { type AssetStore, HashesBody, UploadBody, type UploadTokens } from './assets.ts'
import type { Behaviour } from './behaviour.ts'
import type { Deployment } from './deployment.ts'
import { API_PATH, bearer, paginate, readJson, refuse, succeed } from './envelope.ts'
import {
  authenticationError,
  deploymentNotFound,
  invalidListOptions,
  invalidToken,
  noRoute,
  projectExists,
  projectNotFound,
  Refusal,
  unauthorizedResource,
} from './errors.ts'
import type { Project, Projects } from './projects.ts'
import { recordRequests } from './record.ts'
import { readUpload } from './upload.ts'
import { viewDeployment, viewProject } from './views.ts'

export interface ApiOptions {
  readonly accountId: string
  readonly apiToken: string
  readonly assets: AssetStore
  readonly uploadTokens: UploadTokens
  readonly projects: Projects
  readonly requests: RecordedRequest[]
  readonly faults: FaultSet
  behaviour(): Behaviour
}

const DEPLOYMENT = '/accounts/:account/pages/projects/:project/deployments/:deployment'
const PROJECT = '/accounts/:account/pages/projects/:project'

/** Every request passes the recorder and the faults before anything looks at it. */
export function createApi(options: ApiOptions): Hono<FaultEnv> {
  const api = new Hono<FaultEnv>()
  api.use(recordRequests(options.requests))
  api.use(injectFaults('cloudflare', options.faults))
  api.notFound((c) => refuse(c, noRoute(c.req.path)))
  api.onError((error, c) => {
    if (error instanceof Refusal) return refuse(c, error)
    throw error
  })
  api.route(API_PATH, userRoutes(options))
  api.route(API_PATH, assetRoutes(options))
  api.route(API_PATH, projectRoutes(options))
  return api
}

/** What wrangler's whoami asks after a refusal, and how it finds the account when none is given. */
function userRoutes({ accountId, apiToken }: ApiOptions): Hono {
  const routes = new Hono()
  const account = { id: accountId, name: 'Rehearsal', type: 'standard' }
  const authenticate = (c: Context) => {
    if (bearer(c) !== apiToken) throw authenticationError()
  }
  routes.get('/user/tokens/verify', (c) => {
    if (bearer(c) !== apiToken) throw invalidToken()
    return succeed(c, { id: 'f267e341f3dd4697bd3b9f71dd96247f', status: 'active' })
  })
  // A token with "Account > Cloudflare Pages > Edit" and nothing more may not read its user.
  routes.get('/user', (c) => {
    bearer(c)
    throw unauthorizedResource()
  })
  routes.get('/accounts', (c) => {
    authenticate(c)
    return listed(c, [account])
  })
  routes.get('/memberships', (c) => {
    authenticate(c)
    return listed(c, [{ id: accountId, status: 'accepted', account, roles: ['Administrator'] }])
  })
  return routes
}

/** The asset calls know no account: the upload token alone says who is asking. */
function assetRoutes({ assets, uploadTokens, behaviour }: ApiOptions): Hono {
  const routes = new Hono()
  routes.use('/pages/assets/*', async (c, next) => {
    await uploadTokens.check(bearer(c))
    await next()
  })
  routes.post('/pages/assets/check-missing', async (c) => {
    const { hashes } = await readJson(c, HashesBody)
    return succeed(c, assets.missing(hashes))
  })
  routes.post('/pages/assets/upload', async (c) => {
    refuseUpload(behaviour(), 'assets')
    assets.put(await readJson(c, UploadBody))
    return succeed(c, null)
  })
  routes.post('/pages/assets/upsert-hashes', async (c) => {
    await readJson(c, HashesBody)
    return succeed(c, null)
  })
  return routes
}

const CreateProjectBody = v.object({
  name: v.pipe(v.string(), v.nonEmpty()),
  production_branch: v.optional(v.string(), 'main'),
})

function projectRoutes({ accountId, apiToken, projects, uploadTokens, behaviour }: ApiOptions): Hono {
  const routes = new Hono()
  routes.use('/accounts/:account/*', async (c, next) => {
    checkAccount(c, accountId, apiToken)
    await next()
  })
  routes.post('/accounts/:account/pages/projects', async (c) => {
    const body = await readJson(c, CreateProjectBody)
    if (projects.find(body.name)) throw projectExists()
    const project = await projects.create({ name: body.name, productionBranch: body.production_branch })
    return succeed(c, viewProject(project))
  })
  routes.get(PROJECT, (c) => succeed(c, viewProject(findProject(c, projects))))
  routes.get(`${PROJECT}/upload-token`, async (c) => {
    findProject(c, projects)
    return succeed(c, { jwt: await uploadTokens.issue() })
  })
  routes.get(`${PROJECT}/deployments`, (c) => listDeployments(c, findProject(c, projects)))
  routes.post(`${PROJECT}/deployments`, async (c) => {
    const project = findProject(c, projects)
    refuseUpload(behaviour(), 'deployments')
    const deployment = await projects.deploy(project, await readUpload(c))
    return succeed(c, viewDeployment(deployment, project))
  })
  routes.get(DEPLOYMENT, (c) => {
    const { project, deployment } = findDeployment(c, projects)
    project.readBack(deployment, behaviour().staleDomains ?? false)
    return succeed(c, viewDeployment(deployment, project))
  })
  routes.get(`${DEPLOYMENT}/history/logs`, (c) => {
    const { log } = findDeployment(c, projects).deployment
    return succeed(c, { total: log.length, includes_container_logs: true, data: log })
  })
  return routes
}

const ListQuery = v.object({
  page: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1)), '1'),
  per_page: v.optional(v.pipe(v.string(), v.toNumber(), v.integer(), v.minValue(1), v.maxValue(25)), '25'),
  env: v.optional(v.picklist(['production', 'preview'])),
})

function listDeployments(c: Context, project: Project): Response {
  const query = v.safeParse(ListQuery, c.req.query())
  if (!query.success) throw invalidListOptions()
  const { page, per_page, env } = query.output
  const asked = project.deployments.filter(({ environment }) => env === undefined || environment === env)
  const { shown, info } = paginate(asked, page, per_page)
  const result = shown.map((deployment) => viewDeployment(deployment, project))
  return succeed(c, result, { result_info: info })
}

function listed(c: Context, items: readonly unknown[]): Response {
  const { shown, info } = paginate(items, Number(c.req.query('page') ?? 1), 20)
  return succeed(c, shown, { result_info: info })
}

/** An id that is none is not routed; one of another account is refused like a bad token. */
function checkAccount(c: Context, accountId: string, apiToken: string): void {
  const token = bearer(c)
  const account = c.req.param('account')
  if (account !== accountId && !/^[0-9a-f]{32}$/.test(account ?? '')) throw noRoute(c.req.path)
  if (token !== apiToken || account !== accountId) throw authenticationError()
}

function refuseUpload({ upload }: Behaviour, at: 'assets' | 'deployments'): void {
  if (!upload || (upload.at ?? 'deployments') !== at) return
  throw new Refusal(upload.status ?? 500, { code: upload.code, message: upload.message })
}

function findProject(c: Context, projects: Projects): Project {
  const project = projects.find(c.req.param('project') ?? '')
  if (!project) throw projectNotFound()
  return project
}

function findDeployment(c: Context, projects: Projects): { project: Project; deployment: Deployment } {
  const project = findProject(c, projects)
  const deployment = project.deployments.find(({ id }) => id === c.req.param('deployment'))
  if (!deployment) throw deploymentNotFound()
  return { project, deployment }
}
