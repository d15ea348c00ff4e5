/** The variables and secrets that a Pages project has for one environment. */
import * as v from 'valibot'

const Variable = v.strictObject({ type: v.picklist(['plain_text', 'secret_text']), value: v.string() })

/** A secret is one of type `secret_text`. */
export type Variable = Readonly<v.InferOutput<typeof Variable>>

/** By name. */
export type Variables = Readonly<Record<string, Variable>>

/** A list would be taken for a record by its indices. */
const VariablesPatch = v.pipe(
  v.unknown(),
  v.check((input) => !Array.isArray(input), 'Expected an object but received a list'),
  v.record(v.string(), v.nullable(Variable)),
)

const ConfigurationPatch = v.strictObject({
  env_vars: v.optional(VariablesPatch),
  wrangler_config_hash: v.optional(v.string()),
})

type ConfigurationPatch = v.InferOutput<typeof ConfigurationPatch>

/**
 * The body of `PATCH …/pages/projects/:project`, as far as it is about variables. Whatever else Cloudflare would change
 * with it is refused, so that nobody takes it for changed here. That a variable needs both its type and its value is from
 * the types of the `cloudflare` package.
 */
export const ProjectPatch = v.strictObject({
  deployment_configs: v.strictObject({
    production: v.optional(ConfigurationPatch),
    preview: v.optional(ConfigurationPatch),
  }),
})

/** What a test gives; of mere names secrets are made. */
export type GivenVariables = Variables | readonly string[]

/** What deployments of one environment are made with. A deployment keeps what there was when it was created. */
export class Configuration {
  readonly #given: GivenVariables
  #changes: Readonly<Record<string, Variable | null>> = {}
  #configHash: string | undefined

  /**
   * @param given read anew each time, so that a test may add to it
   * @param configHash of the wrangler file that the project is configured by
   */
  constructor(given: GivenVariables = {}, configHash?: string) {
    this.#given = given
    this.#configHash = configHash
  }

  /** With the values of secrets, as they are now. */
  get variables(): Variables {
    const all = Object.entries({ ...recordOf(this.#given), ...this.#changes })
    return Object.fromEntries(all.flatMap(([name, variable]) => (variable ? [[name, variable]] : [])))
  }

  /** Changes only what the patch has; null takes a variable away. */
  apply({ env_vars = {}, wrangler_config_hash: hash = this.#configHash }: ConfigurationPatch): void {
    this.#changes = { ...this.#changes, ...env_vars }
    this.#configHash = hash
  }

  /** As the API answers it: the value of a secret is never read back, and a hash is left out where there is none. */
  view() {
    const shown = Object.entries(this.variables).map(([name, variable]) => [name, withoutSecret(variable)])
    return {
      env_vars: Object.fromEntries(shown),
      fail_open: true,
      compatibility_date: '2026-01-01',
      compatibility_flags: [],
      ...(this.#configHash !== undefined && { wrangler_config_hash: this.#configHash }),
    }
  }
}

function recordOf(given: GivenVariables): Variables {
  if (!isNames(given)) return given
  return Object.fromEntries(given.map((name) => [name, { type: 'secret_text', value: '' }]))
}

function isNames(given: GivenVariables): given is readonly string[] {
  return Array.isArray(given)
}

function withoutSecret({ type, value }: Variable): Variable {
  return { type, value: type === 'secret_text' ? '' : value }
}
