/** The sections that people read in the job's summary: what there is, where, for how long, and how to get it back. */
import { formatDuration } from '../../src/duration.ts'
import type { ActionError } from '../../src/errors.ts'
import { code, escapeMarkdown, facts, formatBytes, link, table } from '../../src/summary.ts'
import { restoreByHand } from './by-hand.ts'
import type { Entry } from './content/entry.ts'
import type { Created } from './create.ts'
import type { CreateInputs } from './inputs.ts'
import type { FullManifest, Manifest, VerifiedBy } from './manifest.ts'
import { isEncrypted } from './names.ts'
import { ageOf, newestVerified } from './retention/freshness.ts'
import { type Judged, judge } from './retention/judge.ts'
import type { PrunePlan } from './retention/plan.ts'
import type { Listing, Snapshot, Store } from './store/store.ts'

/** Rows of a table in a summary; the rest is counted. */
const MOST_ROWS = 50
/** Of the files that were restored. */
const MOST_FILES = 20

export function summarizeCreated({
  manifest,
  unchanged,
  published,
  entries,
  inputs,
  store,
  fetchLines,
}: Created & {
  readonly inputs: CreateInputs
  readonly store: Store
  readonly fetchLines: readonly string[]
}): string {
  const { archive, content, commit, reason } = manifest
  return [
    `### Snapshot of ${escapeMarkdown(inputs.series)}: ${unchanged ? 'nothing has changed' : 'kept and read back'}`,
    facts([
      ['Snapshot', code(manifest.id)],
      ['Kept in', published.url === undefined ? escapeMarkdown(store.place) : link(published.url, store.place)],
      ['Archive', `${code(archive.name)}${unchanged ? ', of the snapshot with the same content' : ''}`],
      ['Holds', `${count(content.files, 'file')}, ${formatBytes(content.bytes)}, as ${formatBytes(archive.size)}`],
      ['Encrypted', encryption(manifest)],
      ['Proven', `the archive, read back from the store, has the digest ${code(archive.digest)}`],
      ['Not proven', 'that a restore works: `operation: verify` with a drill-command shows it'],
      ['Stays', lifetime(inputs, published.expiresAt)],
      ['Reason', `${code(reason)} at commit ${code(commit.slice(0, 7))}`],
    ]),
    bySource(entries),
    byHand(restoreByHand(manifest, fetchLines), isEncrypted(archive.name)),
  ].join('\n\n')
}

function encryption({ recipients }: Manifest): string {
  return recipients.length === 0
    ? '**no**: whoever can read the place can read it'
    : `for ${recipients.map((key) => code(key)).join(', ')}`
}

function lifetime({ prune }: CreateInputs, expiresAt: number | undefined): string {
  const policy = prune === undefined ? 'until it is pruned' : 'as long as the policy below keeps it'
  if (expiresAt === undefined) return policy
  return `${policy}, and at most until ${new Date(expiresAt).toISOString().slice(0, 10)}, when GitHub drops it`
}

/** Each file that a command has made on a line of its own: whether the dump is in it, and how large, is what is asked. */
function bySource(entries: readonly Entry[]): string {
  const amounts = new Map<string, { files: number; bytes: number }>()
  for (const entry of entries) {
    if (entry.type !== 'file') continue
    const source = entry.source.startsWith('command: ') ? `${entry.path} (${entry.source})` : entry.source
    const { files, bytes } = amounts.get(source) ?? { files: 0, bytes: 0 }
    amounts.set(source, { files: files + 1, bytes: bytes + entry.size })
  }
  const rows = [...amounts].map(([source, { files, bytes }]) => [code(source), String(files), formatBytes(bytes)])
  return table(['Source', 'Files', 'Size'], limited(rows, 3))
}

function byHand(lines: readonly string[], encrypted: boolean): string {
  const key = encrypted ? '`key.txt` holds the secret key of a recipient. ' : ''
  return `<details><summary>Restore it by hand</summary>\n\n${key}The file \`.slipway-snapshot.json\` among the restored ones lists them all with their digests.\n\n\`\`\`sh\n${lines.join('\n')}\n\`\`\`\n\n</details>`
}

export function summarizeDryRun({
  inputs,
  entries,
  place,
}: {
  readonly inputs: CreateInputs
  readonly entries: readonly Entry[]
  readonly place: string
}): string {
  const files = entries.filter((entry) => entry.type === 'file')
  return [
    `### Snapshot of ${escapeMarkdown(inputs.series)}: dry run, nothing was kept`,
    facts([
      ['Would be kept in', escapeMarkdown(place)],
      ['Paths', `${count(files.length, 'file')}, ${formatBytes(files.reduce((sum, { size }) => sum + size, 0))}`],
      ['Commands', inputs.commands.map(({ file }) => code(file)).join(', ') || 'none'],
    ]),
  ].join('\n\n')
}

export function summarizeList(series: string, place: string, listing: Listing, now: number): string {
  const newest = newestVerified(listing, now)
  const age =
    newest === undefined
      ? 'no verified snapshot'
      : `the newest verified one is ${formatDuration(ageOf(newest, now))} old`
  const rows = judge(listing.snapshots, now).map((judged) => listRow(judged, now))
  return [
    `### Snapshots of ${escapeMarkdown(series)}: ${listing.snapshots.length}, ${age}`,
    `In ${escapeMarkdown(place)}.`,
    ...(rows.length === 0
      ? []
      : [table(['Snapshot', 'Age', 'Reason', 'Holds', 'Archive', 'Verified'], limited(rows, 6))]),
    ...listing.problems.map((problem) => `- ${escapeMarkdown(problem)}`),
  ].join('\n\n')
}

function listRow(judged: Judged, now: number): readonly string[] {
  const { snapshot } = judged
  const { manifest, url } = snapshot
  const { id, reason, content, archive } = manifest
  return [
    url === undefined ? code(id) : link(url, id),
    formatDuration(Math.max(0, ageOf(snapshot, now))),
    reason,
    `${count(content.files, 'file')}, ${formatBytes(content.bytes)}`,
    `${formatBytes(archive.size)}${isEncrypted(archive.name) ? ', encrypted' : ''}`,
    verified(judged),
  ]
}

function verified({ snapshot, standing, record }: Judged): string {
  if (standing.kind === 'failed') {
    return `**damaged**: ${escapeMarkdown(standing.problem ?? 'the last check failed')}`
  }
  if (record !== undefined && record.problem !== null) {
    return `every file; **its last drill failed**: ${escapeMarkdown(record.problem)}`
  }
  const by = record?.verified_by ?? snapshot.manifest.verified_by
  return by === null ? 'no' : { 'read-back': 'archive', files: 'every file', drill: 'restored in a drill' }[by]
}

export function summarizeVerified({ manifest }: Snapshot, by: VerifiedBy, place: string): string {
  const { id, content, archive } = manifest
  return [
    `### Snapshot ${escapeMarkdown(id)}: verified`,
    facts([
      ['In', escapeMarkdown(place)],
      ['Proven', `${count(content.files, 'file')} (${formatBytes(content.bytes)}) are what they were when it was made`],
      [
        'Drill',
        by === 'drill' ? 'it was restored to a temporary folder, and the drill-command succeeded there' : undefined,
      ],
      ['Not proven', by === 'drill' ? undefined : 'that what was restored works: give a drill-command'],
      ['Digest', code(archive.digest)],
    ]),
  ].join('\n\n')
}

export function summarizeRestored(
  { manifest }: Snapshot,
  {
    target,
    place,
    now,
    entries,
  }: {
    readonly target: string
    readonly place: string
    readonly now: number
    readonly entries: FullManifest['entries']
  },
): string {
  const { id, content, created_at, commit, reason } = manifest
  const files = entries.filter((entry) => entry.type === 'file')
  const rows = files.map(({ path, size }) => [code(path), formatBytes(size)])
  return [
    `### Snapshot ${escapeMarkdown(id)}: restored`,
    facts([
      ['From', escapeMarkdown(place)],
      ['To', `${code(target)} on this runner, where it is gone when the job ends: later steps must put it to use`],
      [
        'Holds',
        `${count(content.files, 'file')}, ${formatBytes(content.bytes)}; each was verified before the folder was touched`,
      ],
      [
        'Made',
        `${escapeMarkdown(created_at)}, ${formatDuration(Math.max(0, now - Date.parse(created_at)))} ago, ${code(reason)} at commit ${code(commit.slice(0, 7))}`,
      ],
    ]),
    table(['File', 'Size'], limited(rows, 2, MOST_FILES)),
  ].join('\n\n')
}

export function summarizePrune({
  series,
  place,
  plan,
  deleted,
  dryRun,
}: {
  readonly series: string
  readonly place: string
  readonly plan: PrunePlan
  /** Ids; in a dry run, of those that would be. */
  readonly deleted: ReadonlySet<string>
  readonly dryRun: boolean
}): string {
  const missed = plan.deletions.length - deleted.size
  const verb = dryRun ? 'would be deleted' : 'deleted'
  const fate = (keep: boolean, id: string) => (keep ? 'kept' : deleted.has(id) ? verb : '**not deleted**')
  const rows = plan.verdicts.map(({ snapshot, keep, reasons }) => [
    code(snapshot.manifest.id),
    fate(keep, snapshot.manifest.id),
    reasons.map(escapeMarkdown).join('; '),
  ])
  return [
    `### Retention of ${escapeMarkdown(series)}: ${deleted.size} of ${plan.verdicts.length} ${verb}${missed === 0 ? '' : `, ${missed} not, since that failed`}`,
    `In ${escapeMarkdown(place)}.`,
    ...(rows.length === 0 ? [] : [table(['Snapshot', '', 'Why'], limited(rows, 3))]),
    ...plan.notes.map((note) => `- ${escapeMarkdown(note)}`),
  ].join('\n\n')
}

/** What a person needs who reads nothing else: what is not there, why, what to do, and what there is to fall back on. */
export function summarizeFailure(
  what: string,
  { message, hint }: ActionError,
  newest: { readonly snapshot: Snapshot; readonly age: number } | undefined,
): string {
  return [
    `### ${escapeMarkdown(what)}`,
    facts([
      ['Reason', lines(message)],
      ['What to do', hint === '' ? undefined : lines(hint)],
      [
        'Newest good snapshot',
        newest &&
          `${code(newest.snapshot.manifest.id)}, ${formatDuration(newest.age)} old, ${newest.snapshot.manifest.reason}`,
      ],
    ]),
  ].join('\n\n')
}

function lines(text: string): string {
  return text.split('\n').map(escapeMarkdown).join('<br>')
}

function limited(
  rows: readonly (readonly string[])[],
  width: number,
  most = MOST_ROWS,
): readonly (readonly string[])[] {
  if (rows.length <= most) return rows
  const rest = [`and ${rows.length - most} more`, ...Array.from({ length: width - 1 }, () => '')]
  return [...rows.slice(0, most), rest]
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}
