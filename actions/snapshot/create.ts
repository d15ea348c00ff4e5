import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { CorruptError } from './archive/read.ts'
import { type WrittenArchive, writeArchive } from './archive/write.ts'
import type { Entry } from './content/entry.ts'
import { describeCreation } from './dry-run.ts'
import { readBack } from './fetch.ts'
import { gather } from './gather.ts'
import type { CreateInputs } from './inputs.ts'
import { FORMAT, type Manifest, type ManifestHead } from './manifest.ts'
import { archiveName, snapshotId } from './names.ts'
import type { Ports } from './ports.ts'
import { prune } from './prune.ts'
import { report } from './report.ts'
import type { Listing, LocalArchive, Published, Store } from './store/store.ts'
import { summarizeCreated } from './summary.ts'
import { mark } from './unchanged.ts'
import { VERSION } from './version.ts'

/** How often an archive is uploaded when what was kept is not what was sent. */
const UPLOADS = 2

/** Makes a snapshot: complete, read back and only then visible. Whatever fails before leaves nothing that is listed. */
export async function createSnapshot(inputs: CreateInputs, ports: Ports): Promise<Outputs> {
  const { runner } = ports
  const store = await ports.openStore(inputs)
  await requirePrivacy(inputs, store)
  const listing = await store.list()
  report(listing, ports)
  if (inputs.needs !== undefined && !listing.snapshots.some(({ manifest }) => manifest.id === inputs.needs)) {
    runner.log.warning(
      `Input metadata says rollback-to=${inputs.needs}, which is not in ${store.place}: nothing is kept for it.`,
    )
  }
  if (inputs.dryRun) return describeCreation(inputs, { store, listing }, ports)
  const created = await make(inputs, { store, listing }, ports)
  const { manifest, unchanged, published } = created
  ports.seen.isKept = true
  runner.setOutput('snapshot-id', manifest.id)
  runner.setOutput('digest', manifest.archive.digest)
  runner.setOutput('size', String(manifest.archive.size))
  runner.setOutput('files', String(manifest.content.files))
  runner.setOutput('unchanged', String(unchanged))
  runner.setOutput('url', published.url ?? '')
  runner.log.info(`${unchanged ? 'Unchanged' : 'Kept'}: ${manifest.id} in ${store.place}.`)
  const fetchLines = await linesFor(manifest, store, ports)
  runner.summarize(summarizeCreated({ ...created, inputs, store, fetchLines }))
  await pruneAfter(store, inputs, ports)
  return { age: String(Math.floor((ports.now() - Date.parse(manifest.created_at)) / 1000)) }
}

/** How a person fetches it is good to know, and no reason to fail: the snapshot stands. */
async function linesFor({ archive }: Manifest, store: Store, { runner }: Ports): Promise<readonly string[]> {
  try {
    return await store.fetchByHand(archive.name)
  } catch (error) {
    if (!(error instanceof ActionError) || runner.signal.aborted) throw error
    return [`# Fetch ${archive.name} from the store: ${error.message.split('\n')[0]}`]
  }
}

/** Before any command has run: what strangers can read is encrypted, or meant for them. */
async function requirePrivacy({ recipients, allowPlaintext }: CreateInputs, store: Store): Promise<void> {
  if (recipients.length > 0 || allowPlaintext || !(await store.isPublic())) return
  throw new ActionError(`Strangers can read ${store.place}, and the snapshot would not be encrypted.`, {
    hint: 'Give recipients an age public key (made by "age-keygen"; keep its secret half outside of GitHub, too). For content that is public already, such as the build of a public site, set "allow-plaintext: true".',
  })
}

interface Around {
  readonly store: Store
  readonly listing: Listing
}

export interface Created {
  readonly manifest: Manifest
  readonly unchanged: boolean
  readonly published: Published
  readonly entries: readonly Entry[]
}

async function make(inputs: CreateInputs, { store, listing }: Around, ports: Ports): Promise<Created> {
  const head = headOf(inputs, ports)
  const name = archiveName(head.id, inputs.recipients.length > 0)
  const entries = await gather(inputs, ports)
  const file = join(store.spool ?? ports.temp, name)
  try {
    const { recipients, compressionLevel: level } = inputs
    const written = await writeArchive(entries, { file, head, level, recipients, signal: ports.runner.signal })
    const draft = manifestOf(head, { name, size: written.size, digest: written.digest }, written, inputs)
    const marked = await mark(draft, { store, listing, contentDigest: written.contentDigest, inputs }, ports)
    if (marked !== undefined) return { ...marked, entries, unchanged: true }
    await keep({ file, ...draft.archive }, store, ports)
    const manifest = { ...draft, verified_at: new Date(ports.now()).toISOString() }
    return { manifest, published: await store.publish(manifest), entries, unchanged: false }
  } finally {
    await rm(file, { force: true })
  }
}

function headOf({ series, reason, deploymentId, metadata }: CreateInputs, { context, now }: Ports): ManifestHead {
  const created = new Date(now())
  const { owner, repo, sha, ref, runId, runAttempt } = context
  return {
    format: FORMAT,
    id: snapshotId(series, created, sha),
    series,
    reason,
    created_at: created.toISOString(),
    commit: sha,
    ref,
    run: { repository: `${owner}/${repo}`, id: runId, attempt: runAttempt },
    deployment_id: deploymentId ?? null,
    metadata,
    made_by: `slipway ${VERSION}`,
  }
}

function manifestOf(
  { format, id, series, reason, created_at, commit }: ManifestHead,
  archive: Manifest['archive'],
  { files, bytes, contentDigest }: WrittenArchive,
  { recipients, needs }: CreateInputs,
): Manifest {
  return {
    format,
    id,
    series,
    reason,
    created_at,
    commit,
    archive,
    content: { files, bytes, ...(recipients.length === 0 && { digest: contentDigest }) },
    recipients: [...recipients],
    verified_at: null, // until it is read back
    verified_by: 'read-back',
    ...(needs !== undefined && { needs }),
  }
}

/** Uploads and reads back. What came back wrong is sent once more; a second time it is the store that cannot be trusted. */
async function keep(archive: LocalArchive, store: Store, { runner }: Ports): Promise<void> {
  for (let upload = 1; ; upload += 1) {
    await store.upload(archive)
    try {
      return await readBack(store, archive, runner)
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error
      await store.remove(archive.name)
      if (upload === UPLOADS) throw error
      runner.log.warning(`${error.message} It is uploaded once more.`)
    }
  }
}

/** The snapshot stands whatever becomes of this; that pruning fails must still not stay unnoticed for months. */
async function pruneAfter(store: Store, { series, prune: policy }: CreateInputs, ports: Ports): Promise<void> {
  if (policy === undefined) return
  const { runner } = ports
  try {
    await prune(store, { series, policy, dryRun: false }, ports)
  } catch (error) {
    if (!(error instanceof ActionError) || runner.signal.aborted) throw error
    const message = `The snapshot is kept, but pruning failed: ${error.message}`
    runner.fail(new ActionError(message, { hint: error.hint, cause: error }))
  }
}
