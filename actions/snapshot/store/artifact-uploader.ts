/** What a run adds to the artifacts of a series. */
import type { Log } from '../../../src/action.ts'
import { ActionError } from '../../../src/errors.ts'
import type { Manifest, Verification } from '../manifest.ts'
import type { Content } from './artifact-blob.ts'
import { type Catalogue, digestOf } from './artifact-catalogue.ts'
import { alternatives, markerName, type SmallNames } from './artifact-names.ts'
import { clampedRetention } from './artifact-refusals.ts'
import { type Artifact, timeOf } from './artifact-rest.ts'
import { type ArtifactService, connectService } from './artifact-service.ts'
import { documentBytes } from './documents.ts'
import type { RestOptions } from './github-rest.ts'
import { TakenError } from './store.ts'

/** For a marker that another step of the run is storing, a second apart. */
const MOST_LOOKS = 10
const DAY = 24 * 60 * 60 * 1000

export interface UploaderOptions extends RestOptions {
  readonly series: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly retentionDays: number
  readonly log: Log
}

export class Uploader {
  readonly #options: UploaderOptions
  readonly #catalogue: Catalogue
  readonly #place: string
  #service: ArtifactService | undefined
  #saidClamped = false
  #isMarked = false

  constructor(options: UploaderOptions, catalogue: Catalogue, place: string) {
    this.#options = options
    this.#catalogue = catalogue
    this.#place = place
  }

  /** @throws TakenError where one of its names is held by something whole */
  async storeOnce(name: string, content: Content): Promise<Artifact> {
    for (const each of alternatives(name)) {
      const id = await this.#connected().upload(each, content, this.#expiry())
      if (id !== 'taken') return this.#settle(id, each)
      if ((await this.#connected().find(each)) !== undefined) throw taken(name, this.#place)
    }
    throw this.#held(name)
  }

  async #settle(id: number, name: string): Promise<Artifact> {
    const artifact = await this.#catalogue.settle(id, name)
    this.#checkRetention(artifact)
    return artifact
  }

  /** @throws TakenError */
  async storeSmall({ first, further }: SmallNames, document: Manifest | Verification): Promise<Artifact> {
    const content = contentOf(document)
    const id = await this.#connected().upload(first, content, this.#expiry())
    if (id !== 'taken') return this.#settle(id, first)
    await this.#mark()
    return this.storeOnce(further, content)
  }

  /** The marker of this run, before what only it leads to. Whoever of the run has stored it, it is the same. */
  async #mark(): Promise<void> {
    if (this.#isMarked) return
    const { patience, signal } = this.#options
    const name = markerName(this.#options.series)
    const content = contentOf({ format: 1, run: this.#options.context.runId })
    const id = await this.#connected().upload(name, content, this.#expiry())
    if (id !== 'taken') await this.#settle(id, name)
    else {
      // Another step of the run may be about to finish it.
      for (let look = 1; (await this.#connected().find(name)) === undefined; look++) {
        if (look === MOST_LOOKS) throw this.#held(name)
        await patience.sleep(1000, signal)
      }
    }
    this.#isMarked = true
  }

  #connected(): ArtifactService {
    this.#service ??= connectService(this.#options)
    return this.#service
  }

  #maximalDays(): number {
    const days = Number(this.#options.env['GITHUB_RETENTION_DAYS'])
    return Number.isInteger(days) && days > 0 ? days : Number.POSITIVE_INFINITY
  }

  #expiry(): Date {
    return new Date(Date.now() + Math.min(this.#options.retentionDays, this.#maximalDays()) * DAY)
  }

  #checkRetention({ created_at: created, expires_at: expires }: Artifact): void {
    const [from, to] = [timeOf(created), timeOf(expires)]
    const { retentionDays, log, context } = this.#options
    if (this.#saidClamped || from === undefined || to === undefined || to > from + (retentionDays - 1) * DAY) return
    this.#saidClamped = true
    log.warning(clampedRetention(retentionDays, Math.round((to - from) / DAY), context))
  }

  #held(name: string): ActionError {
    return new ActionError(`GitHub refused to store ${name}: uploads of this run that broke off hold its names.`, {
      hint: 'Start another run.',
    })
  }
}

function contentOf(document: Parameters<typeof documentBytes>[0]): Content {
  const bytes = documentBytes(document)
  return { size: bytes.length, digest: digestOf(bytes), mimeType: 'application/json', data: { bytes } }
}

/** @param what a name, or the id of a snapshot */
export function taken(what: string, place: string): TakenError {
  return new TakenError(`There is ${what} in ${place} already.`, {
    hint: 'Run the job again: the next snapshot has another name.',
  })
}
