/** The full manifest as the text inside the archive, with a line for each entry. */
import type { ArchivedEntry, ManifestHead } from '../manifest.ts'

/** In pieces, since it may be larger than what should be in memory. */
export function* manifestText(head: ManifestHead, entries: Iterable<ArchivedEntry>): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"entries":[`
  let separator = '\n'
  for (const entry of entries) {
    yield `${separator}${JSON.stringify(entry)}`
    separator = ',\n'
  }
  yield '\n]}\n'
}
