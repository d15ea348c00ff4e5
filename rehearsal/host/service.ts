/** One service of the container host: what it runs, and what its deploys came to. */
import { randomBytes } from 'node:crypto'

/** What an image, or a commit, is as the host knows it. */
export interface Release {
  readonly commit: string
  readonly version: string
  /** As it was asked for; null where the host has built the commit itself. */
  readonly image: string | null
}

export interface Deploy {
  readonly id: string
  /** As it was asked for; null: none was named. */
  readonly image: string | null
  /** `ignored`: the hook has answered, and nothing happened; `failed`: there is no such image. */
  readonly outcome: 'pending' | 'live' | 'failed' | 'ignored'
}

/** The version that ran before anything was deployed here. */
const BEFORE: Release = { commit: '01d0'.repeat(10), version: '0.0.0', image: null }

export class Service {
  readonly name: string
  readonly id: string
  /** Part of the hook's address, as a password. */
  readonly key = randomBytes(12).toString('base64url')
  readonly #deploys: Deploy[] = []
  readonly #switchMs: number
  readonly #timers = new Set<NodeJS.Timeout>()
  #live = BEFORE
  #previous = BEFORE

  /** @param switchMs until a new version answers, while the old one still does */
  constructor(name: string, switchMs: number) {
    this.name = name
    this.id = `srv-${name}-${randomBytes(5).toString('hex')}`
    this.#switchMs = switchMs
  }

  get live(): Release {
    return this.#live
  }

  /** The version before the live one. */
  get previous(): Release {
    return this.#previous
  }

  get deploys(): readonly Deploy[] {
    return this.#deploys
  }

  /** @param release undefined where there is no such image @param ignored nothing happens then @returns the deploy's id */
  deploy(image: string | null, release: Release | undefined, ignored: boolean): string {
    const id = `dep-${randomBytes(10).toString('hex')}`
    const outcome = ignored ? 'ignored' : release === undefined ? 'failed' : 'pending'
    this.#deploys.push({ id, image, outcome })
    if (release !== undefined && !ignored) this.#switchTo(release, id)
    return id
  }

  /** A later deploy takes the place of one that is not live yet. */
  #switchTo(release: Release, id: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const at = this.#deploys.findIndex((deploy) => deploy.id === id)
      const deploy = this.#deploys[at]
      if (deploy === undefined) return
      this.#deploys[at] = { ...deploy, outcome: 'live' }
      this.#previous = this.#live
      this.#live = release
    }, this.#switchMs)
    this.#timers.add(timer)
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
