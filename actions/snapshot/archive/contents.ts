/** What an archive contains, in the order of its entries. */
import { ActionError } from '../../../src/errors.ts'
import type { Entry } from '../content/entry.ts'
import { type ArchivedEntry, MANIFEST_FILE, type ManifestHead } from '../manifest.ts'
import type { Blocks } from './blocks.ts'
import { LARGEST_MANIFEST } from './limits.ts'
import { manifestText } from './manifest-text.ts'
import { appendFile } from './source-file.ts'
import { END_OF_TAR, encodeHeader, paddingOf } from './tar-header.ts'

const SHA256 = 32
const PADDING = Buffer.alloc(512)

/** All entries in their order, and the manifest, which is last because only then all digests are known. */
export async function appendContents(
  sorted: readonly Entry[],
  digests: Digests,
  head: ManifestHead,
  blocks: Blocks,
): Promise<void> {
  for (const [index, entry] of sorted.entries()) {
    await blocks.append(headerOf(entry))
    if (entry.type !== 'file') continue
    digests.set(index, await appendFile(entry, blocks))
    await blocks.append(PADDING.subarray(0, paddingOf(entry.size)))
  }
  await appendManifest(head, () => archived(sorted, digests), blocks)
  await blocks.append(END_OF_TAR)
}

function headerOf(entry: Entry): Buffer {
  const { type, path, modifiedAt } = entry
  return encodeHeader({
    type,
    path,
    modifiedAt,
    mode: entry.type === 'link' ? 0o777 : entry.mode & 0o777,
    size: entry.type === 'file' ? entry.size : 0,
    target: entry.type === 'link' ? entry.target : '',
  })
}

/** Makes its text twice, once to know its length: it is too large to be kept, and a file of it would be readable. */
async function appendManifest(
  head: ManifestHead,
  entries: () => Iterable<ArchivedEntry>,
  blocks: Blocks,
): Promise<void> {
  let size = 0
  for (const text of manifestText(head, entries())) size += Buffer.byteLength(text)
  if (size > LARGEST_MANIFEST) throw new ActionError('The snapshot has more entries than its manifest can list.')
  const modifiedAt = Date.parse(head.created_at)
  await blocks.append(encodeHeader({ type: 'file', path: MANIFEST_FILE, mode: 0o644, size, modifiedAt, target: '' }))
  for (const text of manifestText(head, entries())) await blocks.append(Buffer.from(text))
  await blocks.append(PADDING.subarray(0, paddingOf(size)))
}

/** The SHA-256 of each entry that is a file, in 32 bytes and not in a string of 64 characters. */
export class Digests {
  readonly #bytes: Buffer

  constructor(entries: readonly Entry[]) {
    this.#bytes = Buffer.alloc(entries.length * SHA256)
  }

  set(index: number, digest: Buffer): void {
    digest.copy(this.#bytes, index * SHA256)
  }

  get(index: number): string {
    return this.#bytes.toString('hex', index * SHA256, (index + 1) * SHA256)
  }
}

/** One after another: each is only as long in memory as it is needed. */
export function* archived(sorted: readonly Entry[], digests: Digests): Generator<ArchivedEntry> {
  for (const [index, entry] of sorted.entries()) {
    const { path, source } = entry
    switch (entry.type) {
      case 'file': {
        const sha256 = digests.get(index)
        yield { type: 'file', path, size: entry.size, mode: modeText(entry.mode), sha256, source }
        break
      }
      case 'directory':
        yield { type: 'directory', path, mode: modeText(entry.mode), source }
        break
      case 'link':
        yield { type: 'link', path, target: entry.target, source }
    }
  }
}

function modeText(mode: number): string {
  return `0${(mode & 0o777).toString(8).padStart(3, '0')}`
}
