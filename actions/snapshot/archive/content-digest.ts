/**
 * One number for what a snapshot holds, so that an unchanged content is kept once. docs/snapshot-format.md describes the
 * text behind it, and how `jq` and `sha256sum` come to the same.
 */
import { createHash } from 'node:crypto'
import type { ArchivedEntry, FullManifest } from '../manifest.ts'
import { byPath, compareText } from './order.ts'

type Bound = Pick<FullManifest, 'deployment_id' | 'metadata'>

/**
 * Equal exactly for equal entries (type, path, mode, size, SHA-256, target), deployment id and metadata; when, by which
 * run, from which commit and from where they were taken makes no difference.
 *
 * @returns `sha256:` and 64 hexadecimal digits
 */
export function contentDigest(manifest: Bound & Pick<FullManifest, 'entries'>): string {
  return digestOfSorted(manifest, manifest.entries.toSorted(byPath))
}

/** The same for entries that are in their order, of which there may be more than fit into memory. */
export function digestOfSorted(bound: Bound, entries: Iterable<ArchivedEntry>): string {
  const hash = createHash('sha256')
  for (const line of contentLines(bound, entries)) hash.update(line)
  return `sha256:${hash.digest('hex')}`
}

/** Fields end with a tab, which no path and no target contains; the rest is JSON, which contains none either. */
function* contentLines({ deployment_id, metadata }: Bound, entries: Iterable<ArchivedEntry>): Generator<string> {
  yield 'slipway snapshot content 1\n'
  yield `deployment\t${JSON.stringify(deployment_id)}\n`
  for (const key of Object.keys(metadata).toSorted(compareText)) {
    yield `metadata\t${JSON.stringify(key)}\t${JSON.stringify(metadata[key])}\n`
  }
  for (const entry of entries) yield lineOf(entry)
}

function lineOf(entry: ArchivedEntry): string {
  switch (entry.type) {
    case 'file':
      return `file\t${entry.mode}\t${entry.size}\t${entry.sha256}\t${entry.path}\n`
    case 'directory':
      return `directory\t${entry.mode}\t${entry.path}\n`
    case 'link':
      return `link\t${entry.target}\t${entry.path}\n`
  }
}
