/** All projects, and how a deployment comes to be in one. */
import type { AssetStore } from './assets.ts'
import type { Behaviour, Environment } from './behaviour.ts'
import { type CommitMetadata, Deployment } from './deployment.ts'
import { unknownError } from './errors.ts'
import { parseHeaders } from './headers.ts'
import type { Host, Hosts } from './hosts.ts'
import { Project, type ProjectOptions } from './project.ts'
import { parseRedirects } from './redirects.ts'
import { type Site, servedPaths } from './site.ts'

/** What `POST …/deployments` carries. */
export interface DeploymentUpload {
  readonly manifest: Readonly<Record<string, string>>
  readonly commit: Omit<CommitMetadata, 'branch'> & { readonly branch: string | undefined }
  readonly headers: string
  readonly redirects: string
  readonly usesFunctions: boolean
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
    const environment = behaviour.environment ?? environmentOf(branch, project)
    const deployment = new Deployment({
      projectId: project.id,
      projectName: project.name,
      productionBranch: project.production_branch,
      environment,
      variables: project.variablesOf(environment),
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
