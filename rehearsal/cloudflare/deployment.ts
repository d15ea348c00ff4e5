/** One deployment as the Pages API shows it. */
import { randomUUID } from 'node:crypto'
import type { Environment, FinalStage } from './behaviour.ts'
import type { Site } from './site.ts'
import { type Stage, stagesOf, standingAfter } from './stages.ts'
import type { Variables } from './variables.ts'

export interface CommitMetadata {
  readonly branch: string
  readonly commit_hash: string
  readonly commit_message: string
  readonly commit_dirty: boolean
}

export interface LogLine {
  /** ISO 8601. */
  readonly ts: string
  readonly line: string
}

export interface DeploymentCourse {
  readonly final: FinalStage
  readonly readBacks: number
  /** Whether its success makes it the project's canonical deployment. */
  readonly canonical: boolean
}

interface DeploymentOptions {
  readonly projectId: string
  readonly projectName: string
  readonly productionBranch: string
  readonly environment: Environment
  readonly variables: Variables
  readonly commit: CommitMetadata
  readonly usesFunctions: boolean
  readonly course: DeploymentCourse
  readonly site: Site
}

export class Deployment {
  readonly id = randomUUID()
  readonly short_id = this.id.slice(0, 8)
  readonly created_on = new Date().toISOString()
  readonly is_skipped = false
  readonly project_id: string
  readonly project_name: string
  readonly production_branch: string
  readonly environment: Environment
  /** Those of its environment as they were when it was created, values of secrets included. */
  readonly variables: Variables
  readonly deployment_trigger: { readonly type: 'ad_hoc'; readonly metadata: CommitMetadata }
  readonly uses_functions: boolean
  readonly site: Site
  readonly course: DeploymentCourse
  /** `http://127.0.0.1:PORT`, set once its host listens. */
  url = ''
  modified_on = this.created_on
  #reads = 0

  constructor(options: DeploymentOptions) {
    this.project_id = options.projectId
    this.project_name = options.projectName
    this.production_branch = options.productionBranch
    this.environment = options.environment
    this.variables = options.variables
    this.deployment_trigger = { type: 'ad_hoc', metadata: options.commit }
    this.uses_functions = options.usesFunctions
    this.course = options.course
    this.site = options.site
  }

  /** Reading a deployment back is what moves it on: no clock, so that no test waits for one. */
  readBack(): void {
    if (this.#reads >= this.course.readBacks) return
    this.#reads += 1
    this.modified_on = new Date().toISOString()
  }

  get stages(): readonly Stage[] {
    const standing = standingAfter(this.#reads, this.course.readBacks, this.course.final)
    return stagesOf(standing, this.created_on, this.modified_on)
  }

  get latest_stage(): Stage {
    const begun = this.stages.filter(({ started_on }) => started_on !== null)
    return begun.at(-1) ?? { name: 'queued', started_on: null, ended_on: null, status: 'idle' }
  }

  /** Only such a deployment is served. */
  get succeeded(): boolean {
    const { name, status } = this.latest_stage
    return name === 'deploy' && status === 'success'
  }

  /** What `…/history/logs` says. */
  get log(): readonly LogLine[] {
    const { status, log } = this.course.final
    const ending = status === 'success' ? 'Success: Your site was deployed!' : 'Failed: an internal error occurred'
    return ['Validating asset output directory', log ?? ending].map((line) => ({ ts: this.modified_on, line }))
  }
}
