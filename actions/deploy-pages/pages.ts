/** The part of the Cloudflare API that this action calls. Uploading is wrangler's business. */
import * as v from 'valibot'
import { type Answer, type Ask, map } from '../../src/cloudflare.ts'

/** Cloudflare refuses a longer list with code 8000024. */
export const PER_PAGE = 25

export type Environment = 'production' | 'preview'

const Stage = v.object({ name: v.string(), status: v.string() })

const Deployment = v.object({
  id: v.string(),
  url: v.string(),
  environment: v.picklist(['production', 'preview']),
  aliases: v.nullish(v.array(v.string()), []),
  latest_stage: v.nullish(Stage),
  stages: v.nullish(v.array(Stage), []),
})
export type Deployment = v.InferOutput<typeof Deployment>

/** What a deployment was made of; empty strings where whoever made it named no commit. */
const Trigger = v.nullish(
  v.object({
    metadata: v.nullish(
      v.object({
        branch: v.nullish(v.string()),
        commit_hash: v.nullish(v.string()),
        commit_message: v.nullish(v.string()),
      }),
    ),
  }),
)
/** The values are kept for a comparison alone; a secret's is never told. */
const Settings = v.nullish(v.object({ env_vars: v.nullish(v.record(v.string(), v.unknown())) }))

const Project = v.object({
  name: v.string(),
  /** Its host under pages.dev, without a protocol. */
  subdomain: v.string(),
  domains: v.nullish(v.array(v.string()), []),
  production_branch: v.string(),
  canonical_deployment: v.nullish(v.object({ id: v.string(), deployment_trigger: Trigger })),
  deployment_configs: v.nullish(v.object({ production: Settings, preview: Settings })),
})
export type Project = v.InferOutput<typeof Project>

const BuildLog = v.object({ data: v.array(v.object({ line: v.string() })) })
const Listed = v.object({
  id: v.string(),
  url: v.string(),
  deployment_trigger: Trigger,
  latest_stage: v.nullish(Stage),
  stages: v.nullish(v.array(Stage), []),
})
export type Listed = v.InferOutput<typeof Listed>

const UploadToken = v.object({ jwt: v.string() })
/** A claim of the upload token, as wrangler reads it; the token itself is not kept. */
const UploadClaims = v.pipe(v.string(), v.parseJson(), v.object({ max_file_count_allowed: v.optional(v.number()) }))

export interface ListOptions {
  /** Counted from 1. */
  readonly page: number
  /** Both without it. */
  readonly environment?: Environment
}

export interface Pages {
  readProject(project: string): Promise<Answer<Project>>
  readDeployment(project: string, id: string): Promise<Answer<Deployment>>
  /** The lines of a deployment's log, oldest first. */
  readLog(project: string, id: string): Promise<Answer<readonly string[]>>
  /** Newest first, at most 25. */
  listDeployments(project: string, options: ListOptions): Promise<Answer<readonly Listed[]>>
  /** How many files the account may have in a deployment; undefined when Cloudflare does not say. */
  readFileLimit(project: string): Promise<Answer<number | undefined>>
  createProject(project: string, productionBranch: string): Promise<Answer<Project>>
}

/** Each call is one request. */
export function createPages(ask: Ask, accountId: string): Pages {
  const projects = `/accounts/${encodeURIComponent(accountId)}/pages/projects`
  const read = <T extends v.GenericSchema>(schema: T, ...path: readonly string[]) =>
    ask(schema, [projects, ...path.map(encodeURIComponent)].join('/'))
  const list = (project: string, { page, environment }: ListOptions) => {
    const query = `per_page=${PER_PAGE}&page=${page}${environment === undefined ? '' : `&env=${environment}`}`
    return ask(v.array(Listed), `${projects}/${encodeURIComponent(project)}/deployments?${query}`)
  }
  return {
    readProject: (project) => read(Project, project),
    readDeployment: (project, id) => read(Deployment, project, 'deployments', id),
    readLog: async (project, id) =>
      map(await read(BuildLog, project, 'deployments', id, 'history', 'logs'), ({ data }) =>
        data.map(({ line }) => line),
      ),
    listDeployments: list,
    readFileLimit: async (project) => map(await read(UploadToken, project, 'upload-token'), fileLimitOf),
    createProject: (name, production_branch) =>
      ask(Project, projects, { method: 'POST', body: { name, production_branch } }),
  }
}

/** Branch and commit that Cloudflare was told. */
export function commitOf({ deployment_trigger }: Pick<Listed, 'deployment_trigger'>) {
  return { branch: deployment_trigger?.metadata?.branch, hash: deployment_trigger?.metadata?.commit_hash }
}

function fileLimitOf({ jwt }: v.InferOutput<typeof UploadToken>): number | undefined {
  const payload = Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')
  const claims = v.safeParse(UploadClaims, payload)
  return claims.success ? claims.output.max_file_count_allowed : undefined
}

/**
 * Where a host of a project is served. Cloudflare serves every one of them over HTTPS; only a host with a port, on the
 * loopback interface of a rehearsal, is served without.
 */
export function originOf(host: string): string {
  return `${/:\d+$/.test(host) ? 'http' : 'https'}://${host}`
}

/** As wrangler prints it (pages/deploy.ts in cloudflare/workers-sdk); without an id the project's own page. */
export function dashboardUrl(accountId: string, project: string, id?: string): string {
  const path = [accountId, 'pages', 'view', project, ...(id === undefined ? [] : [id])]
  return `https://dash.cloudflare.com/${path.map(encodeURIComponent).join('/')}`
}
