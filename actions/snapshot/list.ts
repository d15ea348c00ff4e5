import type { Outputs } from '../../src/action.ts'
import { formatDuration } from '../../src/duration.ts'
import { formatBytes } from '../../src/summary.ts'
import type { ListInputs } from './inputs.ts'
import { isEncrypted } from './names.ts'
import type { Ports } from './ports.ts'
import { ageOutput, report } from './report.ts'
import { ageOf, requireFresh } from './retention/freshness.ts'
import { type Judged, judge } from './retention/judge.ts'
import { count, summarizeList } from './summary.ts'

export async function listSnapshots(inputs: ListInputs, ports: Ports): Promise<Outputs> {
  const { runner, now } = ports
  const store = await ports.openStore(inputs)
  const listing = await store.list()
  report(listing, ports)
  if (listing.snapshots.length === 0) {
    runner.log.warning(
      `There is no snapshot of the series ${inputs.series} in ${store.place}. If there should be, check series and store.`,
    )
  }
  const judged = judge(listing.snapshots, now())
  for (const one of judged) runner.log.info(lineOf(one, now()))
  runner.summarize(summarizeList(inputs.series, store.place, listing, now()))
  const snapshots = JSON.stringify(judged.map((one) => describe(one, now())))
  runner.setOutput('snapshots', snapshots)
  runner.setOutput('age', ageOutput(listing, now()) ?? '')
  if (inputs.failIfOlderThan !== undefined) requireFresh(listing, inputs.failIfOlderThan, now())
  return {}
}

/** A snapshot as the output `snapshots` has it. */
function describe({ snapshot, record }: Judged, now: number) {
  const { manifest, url, expiresAt } = snapshot
  const { id, reason, created_at, commit, archive, content } = manifest
  return {
    id,
    reason,
    created_at,
    age: Math.max(0, Math.floor(ageOf(snapshot, now) / 1000)),
    commit,
    size: archive.size,
    digest: archive.digest,
    files: content.files,
    bytes: content.bytes,
    encrypted: isEncrypted(archive.name),
    unchanged: !archive.name.startsWith(`${id}.`),
    verified_at: record === undefined ? manifest.verified_at : record.verified_by && record.at,
    verified_by: record === undefined ? manifest.verified_by : record.verified_by,
    problem: record?.problem ?? null,
    expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    url: url ?? null,
  }
}

function lineOf(judged: Judged, now: number): string {
  const { snapshot, standing } = judged
  const { id, reason, content, archive } = snapshot.manifest
  const age = formatDuration(ageOf(snapshot, now))
  const size = `${count(content.files, 'file')}, ${formatBytes(content.bytes)} as ${formatBytes(archive.size)}`
  const by = judged.record?.verified_by ?? snapshot.manifest.verified_by
  return `${id}  ${age} old, ${reason}, ${size}, ${standing.kind === 'failed' ? 'DAMAGED' : `verified by ${by ?? 'nothing'}`}`
}
