/** Secrets of a Worker, which work at once: Cloudflare deploys a version with them. */
import * as v from 'valibot'
import type { Names, Slot } from '../names.ts'
import { type Account, askCloudflare, LIMIT, Nothing } from './cloudflare.ts'
import type { Change, Presence, Store } from './store.ts'

const PERMISSION = 'Account > Workers Scripts > Edit'
const HINTS = {
  10007: 'Check the name of the Worker in targets, and account-id. A Worker that was never deployed has no secrets.',
  // cloudflare/workers-sdk#10585; to deploy somebody's unfinished version is not for a rotation to decide.
  10215:
    'Its newest version is not the one that is deployed. Deploy that version (wrangler versions deploy), or remove it, then start a new run.',
}

const Secrets = v.nullish(v.array(v.object({ name: v.string() })), [])

export class WorkerSecrets implements Store {
  readonly label: string
  readonly role = 'verifier'
  readonly limit = LIMIT
  readonly needsDeployment = false
  readonly isBlind = false
  readonly #path: string
  readonly #names: Names
  readonly #account: Account
  #held: readonly string[] = []

  constructor(target: { readonly label: string; readonly script: string }, names: Names, account: Account) {
    this.label = target.label
    this.#path = `/workers/scripts/${encodeURIComponent(target.script)}/secrets`
    this.#names = names
    this.#account = account
  }

  async look(): Promise<Presence> {
    const asked = this.#asked(`list the secrets of ${this.label}`)
    this.#held = (await askCloudflare(this.#account, Secrets, { path: this.#path }, asked)).map(({ name }) => name)
    return { ...this.#shown('current'), ...this.#shown('previous') }
  }

  async write(changes: readonly Change[]) {
    for (const { slot, value } of changes) {
      const name = this.#names[slot]
      if (name === undefined || (value === null && !this.#held.includes(name))) continue
      const request =
        value === null
          ? ({ method: 'DELETE', path: `${this.#path}/${name}` } as const)
          : ({ method: 'PUT', path: this.#path, body: { name, text: value, type: 'secret_text' } } as const)
      await askCloudflare(
        this.#account,
        Nothing,
        request,
        this.#asked(`${value === null ? 'delete' : 'write'} ${name} in ${this.label}`),
      )
    }
    return { created: undefined }
  }

  #shown(slot: Slot): Presence {
    const name = this.#names[slot]
    return name !== undefined && this.#held.includes(name) ? { [slot]: { updatedAt: undefined } } : {}
  }

  #asked(doing: string) {
    return { doing, permission: PERMISSION, hints: HINTS }
  }
}
