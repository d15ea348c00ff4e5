/** The artifacts of one series that count, and what its small ones say. */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Log } from '../../../src/action.ts'
import { ActionError } from '../../../src/errors.ts'
import { Manifest, Verification } from '../manifest.ts'
import { firstNames, isFurther, markerName } from './artifact-names.ts'
import { Provenance } from './artifact-provenance.ts'
import {
  type Artifact,
  downloadArtifact,
  getArtifact,
  listArtifacts,
  listArtifactsOfRun,
  timeOf,
  ZipError,
} from './artifact-rest.ts'
import { describeIgnored, judgeBy } from './artifact-trust.ts'
import { datedBy, jsonOf, LARGEST_DOCUMENT, smallText } from './documents.ts'
import { type RepositoryFacts, type RestOptions, readRepository } from './github-rest.ts'
import { inParallel } from './pool.ts'

/** Requests at once: GitHub slows down who asks for more. */
const CONCURRENCY = 4
/** Looks for an artifact that was just stored, a second apart. */
const MOST_LOOKS = 15

interface CatalogueOptions extends RestOptions {
  readonly series: string
  readonly trustedBranches: readonly string[]
  readonly log: Log
}

/** What a small artifact holds; `gone`: it was deleted while it was looked at. */
export type Document =
  | { readonly kind: 'manifest'; readonly artifact: Artifact; readonly manifest: Manifest }
  | { readonly kind: 'record'; readonly artifact: Artifact; readonly record: Verification }
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'gone' }

/** Newest first, where they are of one name. */
export interface SortedArtifacts {
  readonly counted: readonly Artifact[]
  /** They would count, and are over. */
  readonly expired: readonly Artifact[]
  /** Where each other one comes from. */
  readonly ignored: readonly string[]
}

export class Catalogue {
  readonly #options: CatalogueOptions
  readonly #provenance: Provenance
  #facts: Promise<RepositoryFacts> | undefined
  /** By id. An artifact never changes, so that none is read twice. */
  readonly #documents = new Map<number, Promise<Document>>()
  /** What this process has stored: a list may not show it yet. */
  readonly #made = new Map<number, Artifact>()
  /** What it has deleted: a list may still show it. */
  readonly #deleted = new Set<number>()
  #saidIgnored = false

  constructor(options: CatalogueOptions) {
    this.#options = options
    this.#provenance = new Provenance(options)
  }

  facts(): Promise<RepositoryFacts> {
    this.#facts ??= readRepository(this.#options)
    return this.#facts
  }

  /** Those of one of the names. */
  async named(...names: readonly string[]): Promise<SortedArtifacts> {
    const lists = await inParallel(names, CONCURRENCY, (name) => listArtifacts(name, this.#options))
    return this.#sort(lists.flat(), ({ name }) => names.includes(name))
  }

  /** Of runs that have a marker, the manifests and records under names that nobody can ask for. */
  async #ofRuns(runIds: readonly number[]): Promise<SortedArtifacts> {
    const isWanted = ({ name, workflow_run: run }: Artifact) =>
      run?.id !== undefined && runIds.includes(run.id) && isFurther(name, this.#options.series)
    const lists = await inParallel(runIds, CONCURRENCY, (runId) => listArtifactsOfRun(runId, this.#options))
    return this.#sort(lists.flat().filter(isWanted), isWanted)
  }

  /** @param isWanted of what this process has stored, and a list may not show yet */
  async #sort(listed: readonly Artifact[], isWanted: (artifact: Artifact) => boolean): Promise<SortedArtifacts> {
    const { trustedBranches, context } = this.#options
    const judge = judgeBy(trustedBranches, (await this.facts()).defaultBranch, context)
    const made = [...this.#made.values()].filter(
      (artifact) => isWanted(artifact) && !listed.some(({ id }) => id === artifact.id),
    )
    const unlisted = await Promise.all(made.map(({ id }) => getArtifact(id, this.#options)))
    const all = [...unlisted.filter((artifact) => artifact !== undefined), ...listed]
    const present = all.filter(({ id }) => !this.#deleted.has(id))
    const judged = await inParallel(present, CONCURRENCY, async (artifact) => {
      const isOver = isExpired(artifact)
      // What is over says nothing any more, and is worth no request.
      const reason = judge(artifact) ?? (isOver ? undefined : await this.#provenance.check(artifact))
      return { artifact, reason, isOver }
    })
    const trusted = judged.filter(({ reason }) => reason === undefined)
    return {
      counted: trusted.flatMap(({ artifact, isOver }) => (isOver ? [] : [artifact])),
      expired: trusted.flatMap(({ artifact, isOver }) => (isOver ? [artifact] : [])),
      ignored: judged.flatMap(({ reason, isOver }) => (reason === undefined || isOver ? [] : [reason])),
    }
  }

  /** Everything that the small artifacts of the series say. @throws ActionError when one of them cannot be read at all */
  async documents(): Promise<readonly Document[]> {
    const { series } = this.#options
    const marker = markerName(series)
    const first = await this.named(marker, ...firstNames(series))
    const marked = [...first.counted, ...first.expired].flatMap(({ name, workflow_run: run }) =>
      name === marker ? (run?.id ?? []) : [],
    )
    const own = [...this.#made.values()].some(({ name }) => isFurther(name, series))
      ? [this.#options.context.runId]
      : []
    const further = await this.#ofRuns([...new Set([...marked, ...own])])
    this.#sayIgnored([...first.ignored, ...further.ignored])
    const documents = [...first.counted.filter(({ name }) => name !== marker), ...further.counted]
    return inParallel(documents, CONCURRENCY, (artifact) => this.#read(artifact))
  }

  #sayIgnored(reasons: readonly string[]): void {
    if (reasons.length === 0 || this.#saidIgnored) return
    this.#saidIgnored = true
    this.#options.log.info(describeIgnored(reasons))
  }

  #read(artifact: Artifact): Promise<Document> {
    const known = this.#documents.get(artifact.id)
    if (known !== undefined) return known
    const reading = readDocument(artifact, this.#options)
    this.#documents.set(artifact.id, reading)
    reading.catch(() => this.#documents.delete(artifact.id))
    return reading
  }

  /** The artifact that this process has stored, once GitHub's API shows it. @throws ActionError when it never does */
  async settle(id: number, name: string): Promise<Artifact> {
    const { patience, signal } = this.#options
    for (let look = 1; look <= MOST_LOOKS; look++) {
      const artifact = await getArtifact(id, this.#options)
      if (artifact !== undefined) {
        this.#made.set(id, artifact)
        return artifact
      }
      await patience.sleep(1000, signal)
    }
    throw new ActionError(`GitHub has stored the artifact ${name} and does not show it (id ${id}).`, {
      hint: 'Run the job again. If the page of the run shows the artifact, check that the token in github-token is for this repository.',
    })
  }

  forget(artifact: Artifact): void {
    this.#made.delete(artifact.id)
    this.#deleted.add(artifact.id)
  }
}

/** GitHub says so some time after the moment that it has named. */
function isExpired({ expired, expires_at: at }: Artifact): boolean {
  return expired || (at !== null && Date.parse(at) <= Date.now())
}

async function readDocument(artifact: Artifact, options: CatalogueOptions): Promise<Document> {
  const problem = (why: string): Document => ({
    kind: 'problem',
    problem: `The artifact ${artifact.name} of run ${artifact.workflow_run?.id} (id ${artifact.id}) ${why}.`,
  })
  if (artifact.size_in_bytes > LARGEST_DOCUMENT)
    return problem(`has ${artifact.size_in_bytes} bytes, too many for a manifest`)
  let text: string | undefined
  try {
    const stream = await downloadArtifact(artifact, options)
    if (stream === undefined) return { kind: 'gone' }
    text = await smallText(stream, LARGEST_DOCUMENT)
  } catch (error) {
    if (error instanceof ZipError) return problem('is a zip archive, which this action does not store')
    throw error
  }
  if (text === undefined) return problem('has too many bytes for a manifest')
  if (artifact.digest && artifact.digest !== digestOf(text)) return problem('has other bytes than were stored')
  return parseDocument(text, artifact, options.series) ?? problem('cannot be read as a manifest or a record')
}

function parseDocument(text: string, artifact: Artifact, series: string): Document | undefined {
  const data = jsonOf(text)
  const manifest = v.safeParse(Manifest, data)
  if (manifest.success) {
    return manifest.output.series === series ? { kind: 'manifest', artifact, manifest: manifest.output } : undefined
  }
  const record = v.safeParse(Verification, data)
  return record.success
    ? { kind: 'record', artifact, record: datedBy(record.output, timeOf(artifact.created_at)) }
    : undefined
}

/** `sha256:` and 64 hexadecimal digits. */
export function digestOf(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}
