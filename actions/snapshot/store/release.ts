/** Snapshots as assets of a draft release, which GitHub keeps until somebody deletes them. */
import type { Readable } from 'node:stream'
import type { Log } from '../../../src/action.ts'
import type { GitHubContext } from '../../../src/context.ts'
import { ActionError } from '../../../src/errors.ts'
import type { GitHub } from '../../../src/github.ts'
import { openAsset } from './github-asset.ts'
import { download } from './github-download.ts'
import { ask } from './github-explain.ts'
import { Failure, PATIENCE, type Patience, patiently } from './github-http.ts'
import { isGone, type RepositoryFacts, readRepository } from './github-rest.ts'
import { ObjectStore } from './object-store.ts'
import type { LocalFile, Objects, StoredObject } from './objects.ts'
import {
  type Asset,
  asking,
  type DraftOptions,
  deleteAsset,
  draftToWrite,
  findDrafts,
  listAssets,
  type Release,
  requireDraftsVisible,
} from './release-drafts.ts'
import { checked, holds, uploadAsset } from './release-upload.ts'
import { ghDownload } from './shell.ts'
import { MissingError, type Store, TakenError } from './store.ts'

/** GitHub takes less than 2 GiB a file, and 1,000 files a release. */
const MOST_BYTES = 2 * 1024 ** 3
const MOST_ASSETS = 1000
/** An upload that has not ended by then never will: a job has broken off. In milliseconds. */
const ABANDONED = 6 * 60 * 60 * 1000
/** What asks the API for an asset's bytes, in place of what it says of it. */
const CONTENT = 'application/octet-stream'

export interface ReleaseStoreOptions {
  readonly series: string
  readonly github: GitHub
  readonly context: GitHubContext
  /** The one that `github` has: uploads are streamed past it. */
  readonly token: string
  readonly signal: AbortSignal
  readonly log: Log
  readonly patience?: Patience
}

export function openReleaseStore(options: ReleaseStoreOptions): Store {
  return new ObjectStore(new ReleaseObjects(options), options.series)
}

/** An asset, and the draft that it is in. */
interface Placed {
  readonly asset: Asset
  readonly release: Release
}

class ReleaseObjects implements Objects {
  readonly place: string
  readonly spool = undefined
  readonly #options: DraftOptions & { readonly token: string }
  /** Of the last look, by name. An asset never changes, so that one that is known needs no other look. */
  #known: ReadonlyMap<string, Placed> = new Map()
  #facts: Promise<RepositoryFacts> | undefined
  #visible: Promise<void> | undefined

  constructor(options: ReleaseStoreOptions) {
    const { context, series, log, patience = PATIENCE } = options
    this.#options = { ...options, patience, note: (what) => log.info(`GitHub's releases: ${what}.`) }
    this.place = `the draft release snapshots-${series} of ${context.owner}/${context.repo}`
  }

  /** Of the repository, not of the draft: one click publishes it. */
  async isPublic(): Promise<boolean> {
    this.#facts ??= readRepository(this.#options)
    return (await this.#facts).isPublic
  }

  async list(): Promise<readonly StoredObject[]> {
    return (await this.#look()).filter(isWhole).map(toObject)
  }

  /** GitHub shows an upload as soon as it begins, and keeps showing it where it broke off. */
  async unfinished(): Promise<readonly StoredObject[]> {
    return (await this.#look()).filter((placed) => !isWhole(placed)).map(toObject)
  }

  async #look(): Promise<readonly Placed[]> {
    const drafts = await findDrafts(this.#options)
    if (drafts.length === 0) await this.#requireVisible()
    const found: Placed[] = []
    for (const release of drafts) {
      found.push(...(await listAssets(release, this.#options)).map((asset) => ({ asset, release })))
    }
    this.#known = new Map(found.toReversed().map((placed) => [placed.asset.name, placed]))
    return found
  }

  #requireVisible(): Promise<void> {
    this.#visible ??= requireDraftsVisible(this.#options)
    return this.#visible
  }

  /** What is whole. */
  async #find(name: string): Promise<Placed | undefined> {
    return (await this.#look()).find((placed) => placed.asset.name === name && isWhole(placed))
  }

  async stat(name: string): Promise<StoredObject | undefined> {
    const placed = await this.#find(name)
    return placed && toObject(placed)
  }

  async put(name: string, content: LocalFile | Uint8Array): Promise<void> {
    const size = content instanceof Uint8Array ? content.length : content.size
    if (size >= MOST_BYTES) throw tooLarge(name, size)
    const release = await draftToWrite(this.#options)
    await ask(asking(`upload the release asset ${name}`, this.#options), () =>
      patiently((attempt) => this.#upload(name, content, release, attempt > 1), this.#options),
    )
    this.#known = new Map()
  }

  /** @param again whether an answer to the same upload was lost before */
  async #upload(name: string, content: LocalFile | Uint8Array, release: Release, again: boolean): Promise<void> {
    const found = await this.#look()
    const earlier = found.find(({ asset }) => asset.name === name)
    if (earlier !== undefined) {
      if (again && isWhole(earlier) && (await holds(earlier.asset, content))) return
      await this.#clear(earlier, again)
    }
    const count = found.filter((placed) => placed.release.id === release.id).length
    if (count >= MOST_ASSETS) throw full(release)
    const { upload_url: uploadUrl } = release
    const { token, signal } = this.#options
    try {
      await uploadAsset({ uploadUrl, name, content, token, signal })
    } catch (error) {
      // Somebody else has begun with this name in the same moment.
      if (error instanceof Failure && error.status === 422 && /already_exists/.test(error.body) && !again) {
        throw this.#taken(name)
      }
      throw error
    }
  }

  /** Frees the name of an upload that broke off. @throws TakenError where it may go on, or is whole */
  async #clear(placed: Placed, again: boolean): Promise<void> {
    const { asset } = placed
    const isAbandoned = Date.now() - Date.parse(asset.created_at) > ABANDONED
    if (isWhole(placed) || !(again || isAbandoned)) throw this.#taken(asset.name)
    await deleteAsset(asset, this.#options)
  }

  async get(name: string): Promise<Readable> {
    const known = this.#known.get(name)
    const stream = known && (await this.#open(known))
    if (stream !== undefined) return stream
    const placed = await this.#find(name)
    const again = placed && (await this.#open(placed))
    if (again !== undefined) return again
    throw this.#missing(name)
  }

  /** By its id: who asks for a draft by its tag is not shown it. */
  async fetchByHand(name: string): Promise<readonly string[]> {
    const placed = await this.#find(name)
    if (placed === undefined) throw this.#missing(name)
    return [ghDownload(`releases/assets/${placed.asset.id}`, name, this.#options.context, CONTENT)]
  }

  /** undefined: it is gone, or was never whole. */
  async #open(placed: Placed): Promise<Readable | undefined> {
    if (!isWhole(placed)) return undefined
    const { github, context, signal, note, patience } = this.#options
    const { id, name } = placed.asset
    const doing = `download the release asset ${name}`
    const asset = {
      route: 'GET /repos/{owner}/{repo}/releases/assets/{asset_id}',
      parameters: { owner: context.owner, repo: context.repo, asset_id: id },
      headers: { accept: CONTENT },
    }
    return ask(asking(doing, this.#options), async () => {
      try {
        const open = (offset: number) => openAsset(github, asset, offset, signal)
        return checked(await download({ doing, open, signal, note, patience }), placed.asset)
      } catch (error) {
        if (isGone(error)) return undefined
        throw error
      }
    })
  }

  async delete(name: string): Promise<void> {
    for (const { asset } of await this.#look()) {
      if (asset.name === name) await deleteAsset(asset, this.#options)
    }
    this.#known = new Map()
  }

  #missing(name: string): MissingError {
    return new MissingError(`There is no ${name} in ${this.place}.`, {
      hint: 'It was pruned, or deleted by hand: use another snapshot.',
    })
  }

  #taken(name: string): TakenError {
    return new TakenError(`There is ${name} in ${this.place} already.`, {
      hint: 'Run the job again: the next snapshot has another name.',
    })
  }
}

function isWhole({ asset }: Placed): boolean {
  return asset.state === 'uploaded'
}

function toObject({ asset, release }: Placed): StoredObject {
  return { name: asset.name, size: asset.size, writtenAt: Date.parse(asset.updated_at), url: release.html_url }
}

function tooLarge(name: string, size: number): ActionError {
  const given = (size / 1024 ** 3).toFixed(1)
  return new ActionError(`${name} has ${given} GiB, and GitHub takes release assets of less than 2 GiB.`, {
    hint: 'Leave something out of the snapshot or raise compression-level, split it into several series, or use another store, as in "store: artifact" or "store: s3://BUCKET/PREFIX".',
  })
}

function full({ tag_name: tag, html_url: url }: Release): ActionError {
  return new ActionError(`The draft release ${tag} has ${MOST_ASSETS} assets, as many as GitHub takes.`, {
    hint: `Prune the series, with "operation: prune" or by hand on ${url}: each snapshot takes two or three. Or begin another series.`,
  })
}
