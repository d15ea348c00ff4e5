/** Projects with their deployments, aliases and the canonical deployment. */
import { randomUUID } from 'node:crypto'
import type { AssetStore } from './assets.ts'
import type { Behaviour, Environment } from './behaviour.ts'
import { type CommitMetadata, Deployment } from './deployment.ts'
import { unknownError } from './errors.ts'
import { parseHeaders } from './headers.ts'
import type { Access, Host, Hosts } from './hosts.ts'
import { parseRedirects } from './redirects.ts'
import { type Site, servedPaths } from './site.ts'

export interface ProjectOptions {
  readonly name: string
  readonly productionBranch: string
  /** How many custom domains it has besides its subdomain; each is a loopback host of its own. Default 0. */
  readonly customDomains?: number
  /** Requires a service token on every host of the project. */
  readonly access?: Access
  /** Names of the variables and secrets that it has. Default: none. */
  readonly variables?: Readonly<Partial<Record<Environment, readonly string[]>>>
}

/** What `POST …/deployments` carries. */
export interface DeploymentUpload {
  readonly manifest: Readonly<Record<string, string>>
  readonly commit: Omit<CommitMetadata, 'branch'> & { readonly branch: string | undefined }
  readonly headers: string
  readonly redirects: string
  readonly usesFunctions: boolean
}

/** Named as in the API, so that state reads like an answer. */
export class Project {
  readonly id = randomUUID()
  readonly created_on = new Date().toISOString()
  readonly name: string
  readonly production_branch: string
  readonly access: Access | undefined
  readonly variables: Readonly<Partial<Record<Environment, readonly string[]>>>
  /** Newest first, as the API lists them. */
  readonly deployments: Deployment[] = []
  canonical_deployment: Deployment | null = null
  /** The subdomain's host, then those of the custom domains. */
  readonly #own: readonly Host[]
  readonly #aliases = new Map<string, Host>()

  constructor({ name, productionBranch, access, variables = {} }: ProjectOptions, own: readonly Host[]) {
    this.name = name
    this.production_branch = productionBranch
    this.access = access
    this.variables = variables
    this.#own = own
  }

  get latest_deployment(): Deployment | null {
    return this.deployments[0] ?? null
  }

  /** `127.0.0.1:PORT` */
  get subdomain(): string {
    return this.domains[0] ?? ''
  }

  get domains(): readonly string[] {
    return this.#own.map(({ host }) => host)
  }

  /** Branch aliases of a preview, custom domains of the canonical deployment; null where there is none. */
  aliasesOf(deployment: Deployment): readonly string[] | null {
    const production = deployment === this.canonical_deployment
    const hosts = production
      ? this.#own.slice(1)
      : [...this.#aliases.values()].filter(({ shown }) => shown === deployment)
    return hosts.length > 0 ? hosts.map(({ origin }) => origin) : null
  }

  async add(deployment: Deployment, hosts: Hosts): Promise<void> {
    const { access } = this
    const root = `${this.name}.pages.dev`
    const hostname = `${deployment.short_id}.${root}`
    const own = await hosts.open({ hostname, preview: true, access, immutable: true })
    own.shown = deployment
    deployment.url = own.origin
    const alias = aliasOf(deployment)
    if (deployment.environment === 'preview' && !this.#aliases.has(alias)) {
      this.#aliases.set(alias, await hosts.open({ hostname: `${alias}.${root}`, preview: true, access }))
    }
    this.deployments.unshift(deployment)
  }

  /** Moves a deployment on; its success moves what points at the newest one. */
  readBack(deployment: Deployment, staleDomains: boolean): void {
    const before = deployment.succeeded
    deployment.readBack()
    if (before || !deployment.succeeded) return
    if (deployment.environment === 'preview') this.#showAt(this.#aliases.get(aliasOf(deployment)), deployment)
    else if (deployment.course.canonical) this.#promote(deployment, staleDomains)
  }

  #promote(deployment: Deployment, staleDomains: boolean): void {
    this.canonical_deployment = deployment
    if (!staleDomains) for (const host of this.#own) this.#showAt(host, deployment)
  }

  /** An older deployment that is finished late takes nothing from a newer one. */
  #showAt(host: Host | undefined, deployment: Deployment): void {
    const age = (other: Deployment) => this.deployments.indexOf(other)
    if (!host || (host.shown !== null && age(deployment) > age(host.shown))) return
    if (host.shown !== deployment) host.before = host.shown
    host.shown = deployment
  }
}

export class Projects {
  readonly all: Project[] = []
  readonly #hosts: Hosts
  readonly #assets: AssetStore
  readonly #behaviour: () => Behaviour

  constructor(hosts: Hosts, assets: AssetStore, behaviour: () => Behaviour) {
    this.#hosts = hosts
    this.#assets = assets
    this.#behaviour = behaviour
  }

  find(name: string): Project | undefined {
    return this.all.find((project) => project.name === name)
  }

  async create(options: ProjectOptions): Promise<Project> {
    const { name, access, customDomains = 0 } = options
    const own: Host[] = []
    for (let count = 0; count <= customDomains; count += 1) {
      own.push(await this.#hosts.open({ hostname: `${name}.pages.dev`, preview: false, access }))
    }
    const project = new Project(options, own)
    this.all.push(project)
    return project
  }

  /** Refuses a manifest that names a hash nobody uploaded. Cloudflare's own code for that is not published. */
  async deploy(project: Project, upload: DeploymentUpload): Promise<Deployment> {
    const [missing] = this.#assets.missing(Object.values(upload.manifest))
    if (missing !== undefined) throw unknownError(`The manifest names ${missing}, which was never uploaded.`)
    const behaviour = this.#behaviour()
    const branch = upload.commit.branch ?? project.production_branch
    const deployment = new Deployment({
      projectId: project.id,
      projectName: project.name,
      productionBranch: project.production_branch,
      environment: behaviour.environment ?? environmentOf(branch, project),
      commit: { ...upload.commit, branch },
      usesFunctions: upload.usesFunctions,
      course: courseOf(behaviour),
      site: this.#siteOf(upload),
    })
    await project.add(deployment, this.#hosts)
    return deployment
  }

  #siteOf({ manifest, headers, redirects }: DeploymentUpload): Site {
    return {
      manifest: servedPaths(manifest),
      headers: parseHeaders(headers),
      redirects: parseRedirects(redirects),
      asset: (hash) => this.#assets.get(hash),
    }
  }
}

function courseOf({ stages = 'success', readBacks = 1, canonical = true }: Behaviour) {
  const final = stages === 'success' ? ({ stage: 'deploy', status: 'success' } as const) : stages
  return { final, readBacks, canonical }
}

function environmentOf(branch: string, project: Project): Environment {
  return branch === project.production_branch ? 'production' : 'preview'
}

/** Characters of the longest alias. */
const LONGEST_ALIAS = 28

/**
 * Documented is that `fix/api` becomes `fix-api` (developers.cloudflare.com/pages/configuration/preview-deployments). The
 * rest is as reported by somebody of Cloudflare (community.cloudflare.com/t/477633): hyphens go at both ends, then what
 * is longer is cut, and a name of which nothing is left gets a random one.
 */
function aliasOf({ id, deployment_trigger }: Deployment): string {
  const { branch } = deployment_trigger.metadata
  const alias = branch
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST_ALIAS)
  return alias === '' ? `branch-${id.replaceAll('-', '').slice(0, 10)}` : alias
}
