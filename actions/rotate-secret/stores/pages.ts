/** Secrets of a Pages project, which work from the next deployment on. */
import * as v from 'valibot'
import { ActionError } from '../../../src/errors.ts'
import type { Names } from '../names.ts'
import type { Target } from '../target.ts'
import { type Account, askCloudflare, LIMIT } from './cloudflare.ts'
import type { Change, Presence, Store } from './store.ts'

const PERMISSION = 'Account > Cloudflare Pages > Edit'
const HINTS = { 8000007: 'Check the name of the project in targets, and account-id.' }

const Variable = v.nullish(v.object({ type: v.optional(v.string()) }))
const Settings = v.nullish(
  v.object({
    env_vars: v.nullish(v.record(v.string(), Variable)),
    wrangler_config_hash: v.nullish(v.string()),
  }),
)
const Project = v.object({ deployment_configs: v.object({ production: Settings, preview: Settings }) })

type PagesTarget = Extract<Target, { readonly kind: 'pages' }>

export class PagesSecrets implements Store {
  readonly label: string
  readonly role = 'verifier'
  readonly limit = LIMIT
  readonly needsDeployment = true
  readonly isBlind = false
  readonly #target: PagesTarget
  readonly #names: Names
  readonly #account: Account
  /** Sent back as it was read, as wrangler does: without it Cloudflare forgets which configuration was deployed. */
  #configHash: string | undefined

  constructor(target: PagesTarget, names: Names, account: Account) {
    this.label = target.label
    this.#target = target
    this.#names = names
    this.#account = account
  }

  async look(): Promise<Presence> {
    const asked = { doing: `show the project ${this.#target.project}`, permission: PERMISSION, hints: HINTS }
    const settings = this.#settings(await askCloudflare(this.#account, Project, { path: this.#path }, asked))
    this.#configHash = settings?.wrangler_config_hash ?? undefined
    const held = settings?.env_vars ?? {}
    const has = (name: string | undefined) => name !== undefined && held[name] != null
    return {
      ...(has(this.#names.current) && { current: { updatedAt: undefined } }),
      ...(has(this.#names.previous) && { previous: { updatedAt: undefined } }),
    }
  }

  /** One request, which takes all or nothing. The answer shows that the secrets are there, never what they hold. */
  async write(changes: readonly Change[]) {
    const named = changes.flatMap(({ slot, value }) => {
      const name = this.#names[slot]
      return name === undefined ? [] : [{ name, value }]
    })
    const entries = named.map(({ name, value }) => [name, value === null ? null : { type: 'secret_text', value }])
    const settings = {
      env_vars: Object.fromEntries(entries),
      ...(this.#configHash !== undefined && { wrangler_config_hash: this.#configHash }),
    }
    const list = named.map(({ name }) => name).join(' and ')
    const project = await askCloudflare(
      this.#account,
      Project,
      { method: 'PATCH', path: this.#path, body: { deployment_configs: { [this.#target.environment]: settings } } },
      { doing: `change ${list} in ${this.label}`, permission: PERMISSION, hints: HINTS },
    )
    const held = this.#settings(project)?.env_vars ?? {}
    const wrong = named.filter(({ name, value }) => (held[name]?.type === 'secret_text') !== (value !== null))
    if (wrong.length === 0) return { created: undefined }
    throw new ActionError(
      `Cloudflare said that it has changed ${wrong.map(({ name }) => name).join(' and ')} in ${this.label}, and its answer shows that it has not.`,
      { hint: 'Start a new run: it goes on where this one stopped.' },
    )
  }

  get #path(): string {
    return `/pages/projects/${encodeURIComponent(this.#target.project)}`
  }

  #settings({ deployment_configs }: v.InferOutput<typeof Project>): v.InferOutput<typeof Settings> {
    return deployment_configs[this.#target.environment]
  }
}
