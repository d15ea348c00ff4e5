/** The part of Pages' API that `wrangler pages` and this pack's actions call. */
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { type AssetStore, HashesBody, UploadBody, type UploadTokens } from './assets.ts'
import type { Behaviour } from './behaviour.ts'
import type { Deployment } from './deployment.ts'
import { bearer, paginate, readJson, succeed } from './envelope.ts'
import { deploymentNotFound, invalidListOptions, projectExists, projectNotFound, Refusal } from './errors.ts'
import type { Project } from './project.ts'
import type { Projects } from './projects.ts'
import { readUpload } from './upload.ts'
import { ProjectPatch } from './variables.ts'
import { viewDeployment, viewProject } from './views.ts'

export interface PagesOptions {
  readonly assets: AssetStore
  readonly uploadTokens: UploadTokens
  readonly projects: Projects
  behaviour(): Behaviour
}

const PROJECT = '/accounts/:account/pages/projects/:project'
const DEPLOYMENT = `${PROJECT}/deployments/:deployment`

/** The asset calls know no account: the upload token alone says who is asking. */
export function assetRoutes({ assets, uploadTokens, behaviour }: PagesOptions): Hono {
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

/** Behind the check of the account. */
export function projectRoutes({ projects, uploadTokens, behaviour }: PagesOptions): Hono {
  const routes = new Hono()
  routes.post('/accounts/:account/pages/projects', async (c) => {
    const body = await readJson(c, CreateProjectBody)
    if (projects.find(body.name)) throw projectExists()
    const project = await projects.create({ name: body.name, productionBranch: body.production_branch })
    return succeed(c, viewProject(project))
  })
  routes.get(PROJECT, (c) => succeed(c, viewProject(findProject(c, projects))))
  routes.patch(PROJECT, async (c) => {
    const project = findProject(c, projects)
    const { production = {}, preview = {} } = (await readJson(c, ProjectPatch)).deployment_configs
    project.configurations.production.apply(production)
    project.configurations.preview.apply(preview)
    return succeed(c, viewProject(project))
  })
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
