/** Snapshots as artifacts of workflow runs: an archive is one artifact, its manifest another. */
import type { Readable } from 'node:stream'
import type { Manifest, Verification } from '../manifest.ts'
import { idOfArchive } from '../names.ts'
import type { Content } from './artifact-blob.ts'
import { Catalogue, type Document, type SortedArtifacts } from './artifact-catalogue.ts'
import { alternatives, namesOfManifest, namesOfRecord } from './artifact-names.ts'
import { quotaWarning, requireArtifacts } from './artifact-refusals.ts'
import { type Artifact, deleteArtifact, downloadArtifact, timeOf } from './artifact-rest.ts'
import { branchOfRun, refusalOf } from './artifact-trust.ts'
import { taken, Uploader, type UploaderOptions } from './artifact-uploader.ts'
import { PATIENCE, type Patience } from './github-http.ts'
import type { RestOptions } from './github-rest.ts'
import { ghDownload } from './shell.ts'
import {
  type Listing,
  type LocalArchive,
  MissingError,
  type Published,
  type Snapshot,
  type Store,
  type StoredArchive,
  TakenError,
} from './store.ts'

export type ArtifactStoreOptions = Omit<UploaderOptions, 'patience' | 'note'> & {
  /** Globs of branches whose runs count. Empty: the default branch, and the one of the current run. */
  readonly trustedBranches: readonly string[]
  readonly patience?: Patience
}

/** @throws ActionError on a server that has no such artifacts */
export function openArtifactStore(options: ArtifactStoreOptions): Store {
  requireArtifacts(options.context)
  return new ArtifactStore(options)
}

class ArtifactStore implements Store {
  readonly place: string
  readonly spool = undefined
  readonly #options: ArtifactStoreOptions
  readonly #rest: RestOptions
  readonly #catalogue: Catalogue
  readonly #uploader: Uploader
  #saidQuota = false

  constructor(options: ArtifactStoreOptions) {
    const { context, log, patience = PATIENCE } = options
    const note = (what: string) => log.info(`GitHub's artifacts: ${what}.`)
    this.place = `the artifacts of ${context.owner}/${context.repo}`
    this.#options = options
    this.#rest = { ...options, patience, note }
    this.#catalogue = new Catalogue({ ...options, patience, note })
    this.#uploader = new Uploader({ ...options, patience, note }, this.#catalogue, this.place)
  }

  async isPublic(): Promise<boolean> {
    return (await this.#catalogue.facts()).isPublic
  }

  /**
   * There are no leftovers: an archive without a manifest has a name that nobody can ask for, and the artifacts of a
   * repository cannot be searched for the beginning of one. They expire by themselves.
   */
  async list(): Promise<Listing> {
    const documents = await this.#catalogue.documents()
    return {
      snapshots: this.#snapshotsIn(documents),
      leftovers: [],
      problems: documents.flatMap((document) => (document.kind === 'problem' ? [document.problem] : [])),
    }
  }

  #snapshotsIn(documents: readonly Document[]): readonly Snapshot[] {
    const byId = new Map<string, Snapshot>()
    const records = documents.filter((document) => document.kind === 'record')
    const manifests = documents.filter((document) => document.kind === 'manifest')
    // No two runs make one id; if they did, the first counts.
    for (const { manifest, artifact } of manifests.toSorted((one, other) => other.artifact.id - one.artifact.id)) {
      const expiresAt = timeOf(artifact.expires_at)
      byId.set(manifest.id, {
        manifest,
        verification: newest(records, manifest),
        url: this.#urlOf(artifact),
        expiresAt,
      })
    }
    return [...byId.values()].toSorted((one, other) => compare(one.manifest, other.manifest))
  }

  async upload({ file, name, size, digest }: LocalArchive): Promise<void> {
    this.#refuseOthersCode()
    if ((await this.#archivesNamed(name)).counted.length > 0) throw taken(name, this.place)
    const content: Content = { size, digest, mimeType: 'application/octet-stream', data: { file } }
    await this.#uploader.storeOnce(name, content)
    await this.#warnOfQuota(size)
  }

  /** What a private repository's artifacts may hold belongs to the account: once it is full, every workflow's upload fails. */
  async #warnOfQuota(size: number): Promise<void> {
    const warning = quotaWarning(size, { isPrivate: !(await this.isPublic()) })
    if (warning === undefined || this.#saidQuota) return
    this.#saidQuota = true
    this.#options.log.warning(warning)
  }

  async download(name: string): Promise<Readable> {
    const artifact = await this.#archive(name)
    const content = artifact && (await downloadArtifact(artifact, this.#rest))
    if (content !== undefined) return content
    throw await this.#missing(name)
  }

  /** By the id of the very artifact that counts: of that name there may be others, a fork's for example. */
  async fetchByHand(name: string): Promise<readonly string[]> {
    const artifact = await this.#archive(name)
    if (artifact === undefined) throw await this.#missing(name)
    const line = ghDownload(`actions/artifacts/${artifact.id}/zip`, name, this.#options.context)
    return [`${line} # the archive itself, whatever the address says`]
  }

  async #missing(name: string): Promise<MissingError> {
    const { ignored } = await this.#archivesNamed(name)
    const why = ignored[0] === undefined ? '' : `, except one from ${ignored[0]}, which does not count`
    return new MissingError(
      `There is no artifact ${name} in ${this.#options.context.owner}/${this.#options.context.repo}${why}.`,
      {
        hint: 'It has expired, or was deleted with its run: use a younger snapshot.',
      },
    )
  }

  async inspect(name: string): Promise<StoredArchive | undefined> {
    const artifact = await this.#archive(name)
    if (artifact === undefined) return undefined
    const { size_in_bytes: size, created_at: created, expires_at: expires } = artifact
    return { size, writtenAt: timeOf(created) ?? 0, expiresAt: timeOf(expires) }
  }

  /** Of several, the one that a manifest means; the newest where none says it. */
  async #archive(name: string): Promise<Artifact | undefined> {
    const { counted } = await this.#archivesNamed(name)
    if (counted.length < 2) return counted[0]
    const digests = (await this.#catalogue.documents()).flatMap((document) =>
      document.kind === 'manifest' && document.manifest.archive.name === name ? [document.manifest.archive.digest] : [],
    )
    return counted.find(({ digest }) => digest != null && digests.includes(digest)) ?? counted[0]
  }

  async #archivesNamed(name: string): Promise<SortedArtifacts> {
    let found: SortedArtifacts = { counted: [], expired: [], ignored: [] }
    for (const each of alternatives(name)) {
      const { counted, expired, ignored } = await this.#catalogue.named(each)
      found = { counted, expired: [...found.expired, ...expired], ignored: [...found.ignored, ...ignored] }
      if (counted.length > 0) return found
    }
    return found
  }

  async publish(manifest: Manifest): Promise<Published> {
    this.#refuseOthersCode()
    const documents = await this.#catalogue.documents()
    const same = documents.some((document) => document.kind === 'manifest' && document.manifest.id === manifest.id)
    if (same) throw taken(manifest.id, this.place)
    const artifact = await this.#uploader.storeSmall(namesOfManifest(manifest), manifest)
    this.#sayWhoSeesIt((await this.#catalogue.facts()).defaultBranch)
    return { url: this.#urlOf(artifact), expiresAt: await this.#expiryOf(artifact, manifest) }
  }

  /** Of a marker, the older archive's where that is earlier: without it nothing is left. */
  async #expiryOf(artifact: Artifact, { id, archive }: Manifest): Promise<number | undefined> {
    const older = idOfArchive(archive.name) === id ? undefined : await this.#archive(archive.name)
    const times = [artifact, older].flatMap((each) => timeOf(each?.expires_at ?? null) ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** A check is worth something even where nobody may vouch for it later. */
  async record(verification: Verification): Promise<void> {
    const refusal = refusalOf(this.#options.context, this.place)
    if (refusal !== undefined)
      return this.#options.log.warning(`What the check has found counts for this run alone. ${refusal.message}`)
    try {
      await this.#uploader.storeSmall(namesOfRecord(verification, this.#options.series), verification)
    } catch (error) {
      if (!(error instanceof TakenError)) throw error // it is this very check, recorded before
    }
  }

  /** Its checks go with it, and after it: alone they mean nothing. */
  async unpublish({ id }: Manifest): Promise<void> {
    const documents = await this.#catalogue.documents()
    for (const document of documents) {
      if (document.kind === 'manifest' && document.manifest.id === id) await this.#delete(document.artifact)
    }
    for (const document of documents) {
      if (document.kind === 'record' && document.record.id === id) await this.#delete(document.artifact)
    }
  }

  /** Expired ones too: until GitHub clears them away, which takes days, they count for the account's quota. */
  async remove(name: string): Promise<void> {
    const { counted, expired } = await this.#archivesNamed(name)
    for (const artifact of [...counted, ...expired]) await this.#delete(artifact)
  }

  async #delete(artifact: Artifact): Promise<void> {
    await deleteArtifact(artifact, this.#rest)
    this.#catalogue.forget(artifact)
  }

  #refuseOthersCode(): void {
    const refusal = refusalOf(this.#options.context, this.place)
    if (refusal !== undefined) throw refusal
  }

  #sayWhoSeesIt(defaultBranch: string): void {
    const { context, trustedBranches, log } = this.#options
    const branch = branchOfRun(context)
    if (trustedBranches.length > 0 || branch === defaultBranch || branch === undefined) return
    log.info(`Runs of other branches than ${branch} ignore this snapshot, unless trusted-branches names it.`)
  }

  #urlOf({ id, workflow_run: run }: Artifact): string {
    const { serverUrl, owner, repo, runId } = this.#options.context
    return `${serverUrl}/${owner}/${repo}/actions/runs/${run?.id ?? runId}/artifacts/${id}`
  }
}

type RecordDocument = Extract<Document, { kind: 'record' }>

/** Of the same second, as GitHub gives times, the one that was stored last. */
function newest(records: readonly RecordDocument[], { id, archive }: Manifest): Verification | undefined {
  const own = records.filter(({ record }) => record.id === id && record.archive_digest === archive.digest)
  const byTime = own.toSorted(
    (one, other) => Date.parse(other.record.at) - Date.parse(one.record.at) || other.artifact.id - one.artifact.id,
  )
  return byTime[0]?.record
}

function compare(one: Manifest, other: Manifest): number {
  return Date.parse(one.created_at) - Date.parse(other.created_at) || (one.id < other.id ? -1 : 1)
}
