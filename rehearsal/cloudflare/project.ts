/** A project with its deployments, aliases and the canonical deployment. */
import { randomUUID } from 'node:crypto'
import { aliasOf } from './aliases.ts'
import type { Environment } from './behaviour.ts'
import type { Deployment } from './deployment.ts'
import type { Access, Host, Hosts } from './hosts.ts'
import { Configuration, type GivenVariables, type Variables } from './variables.ts'

export interface ProjectOptions {
  readonly name: string
  readonly productionBranch: string
  /** How many custom domains it has besides its subdomain; each is a loopback host of its own. Default 0. */
  readonly customDomains?: number
  /** Requires a service token on every host of the project. */
  readonly access?: Access
  /** The variables that it has; of a mere name a secret without a value is made. Default: none. */
  readonly variables?: Readonly<Partial<Record<Environment, GivenVariables>>>
  /** Hashes of the wrangler file that it is configured by, where there is one. */
  readonly configHashes?: Readonly<Partial<Record<Environment, string>>>
}

/** Named as in the API, so that state reads like an answer. */
export class Project {
  readonly id = randomUUID()
  readonly created_on = new Date().toISOString()
  readonly name: string
  readonly production_branch: string
  readonly access: Access | undefined
  readonly configurations: Readonly<Record<Environment, Configuration>>
  /** Newest first, as the API lists them. */
  readonly deployments: Deployment[] = []
  canonical_deployment: Deployment | null = null
  /** The subdomain's host, then those of the custom domains. */
  readonly #own: readonly Host[]
  readonly #aliases = new Map<string, Host>()

  constructor(options: ProjectOptions, own: readonly Host[]) {
    const { variables = {}, configHashes = {} } = options
    this.name = options.name
    this.production_branch = options.productionBranch
    this.access = options.access
    this.configurations = {
      production: new Configuration(variables.production, configHashes.production),
      preview: new Configuration(variables.preview, configHashes.preview),
    }
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

  /** What the next deployment is made with, values of secrets included. */
  variablesOf(environment: Environment): Variables {
    return this.configurations[environment].variables
  }

  /** What is served has: the canonical deployment, or the newest preview that succeeded; nothing without one. */
  liveVariables(environment: Environment): Variables {
    const newest = this.deployments.find((deployment) => deployment.environment === 'preview' && deployment.succeeded)
    const served = environment === 'production' ? this.canonical_deployment : newest
    return served?.variables ?? {}
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
