/** The public halves of a key pair, in variables of the repository: https://docs.github.com/rest/actions/variables. */
import { ActionError } from '../../../src/errors.ts'
import type { Api, Asked } from '../api.ts'
import { publicHalf } from '../public-half.ts'
import type { Home } from '../target.ts'
import { requireDone } from './github.ts'
import type { Change, Presence, Store } from './store.ts'

const PATH = '/repos/{owner}/{repo}/actions/variables'

export class PublicVariables implements Store {
  readonly label: string
  readonly role = 'verifier'
  /** Of the private half, which is what is measured. */
  readonly limit = Number.POSITIVE_INFINITY
  readonly needsDeployment = false
  readonly isBlind = false
  readonly #names: Readonly<Record<'current' | 'previous', string>>
  readonly #home: Home
  readonly #api: Api
  readonly #held = new Set<string>()

  /** @param name of the variable; the half of the previous key is beside it, in NAME_PREVIOUS */
  constructor(name: string, home: Home, api: Api) {
    this.label = `variable:${name}`
    this.#names = { current: name, previous: `${name}_PREVIOUS` }
    this.#home = home
    this.#api = api
  }

  async look(): Promise<Presence> {
    const found: Presence[] = []
    for (const slot of ['current', 'previous'] as const) {
      const name = this.#names[slot]
      const asked = this.#asked(`show the variable ${name}`)
      if ((await this.#api.find(`GET ${PATH}/{name}`, { ...this.#home, name }, asked)) === undefined) continue
      this.#held.add(name)
      found.push({ [slot]: { updatedAt: undefined } })
    }
    return Object.assign({}, ...found)
  }

  async write(changes: readonly Change[]) {
    for (const { slot, value } of changes) {
      if (slot === 'pending') continue
      const name = this.#names[slot]
      const half = value === null ? undefined : halfOf(slot, value)
      if (value === null) await this.#remove(name)
      else if (half !== undefined) await this.#put(name, half)
    }
    return { created: undefined }
  }

  /** Created where the look has found none. */
  async #put(name: string, value: string): Promise<void> {
    const asked = this.#asked(`write the variable ${name}`)
    const parameters = { ...this.#home, name, value }
    const request = `the request to write the variable ${name}`
    if (!this.#held.has(name)) {
      requireDone(await this.#api.ask(`POST ${PATH}`, parameters, asked), request)
      this.#held.add(name)
    } else requireDone(await this.#api.ask(`PATCH ${PATH}/{name}`, parameters, asked), request)
  }

  async #remove(name: string): Promise<void> {
    const asked = this.#asked(`delete the variable ${name}`)
    const reply = await this.#api.find(`DELETE ${PATH}/{name}`, { ...this.#home, name }, asked)
    if (reply !== undefined) requireDone(reply, `the request to delete the variable ${name}`)
  }

  #asked(doing: string): Asked {
    return { doing, permission: 'the repository permission "Variables: read and write"', token: 'github-token' }
  }
}

/** A value from before the secret became a key has no public half to keep. @throws ActionError where the new one has none */
function halfOf(slot: 'current' | 'previous', value: string): string | undefined {
  if (slot === 'current') return publicHalf(value)
  try {
    return publicHalf(value)
  } catch (error) {
    if (error instanceof ActionError) return undefined
    throw error
  }
}
