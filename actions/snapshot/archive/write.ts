/** Writes the archive of a snapshot: tar, zstd and, for recipients, age, in one pass over the files. */
import { ActionError } from '../../../src/errors.ts'
import type { Entry } from '../content/entry.ts'
import { MANIFEST_FILE, type ManifestHead } from '../manifest.ts'
import { sealed } from './age.ts'
import { Blocks } from './blocks.ts'
import { bothEnds } from './both-ends.ts'
import { digestOfSorted } from './content-digest.ts'
import { appendContents, archived, Digests } from './contents.ts'
import { compression } from './frames.ts'
import { Layout } from './layout.ts'
import { largestTar } from './limits.ts'
import { byPath } from './order.ts'
import { OutputFile } from './output-file.ts'

export interface ArchiveOptions {
  /** To create: it must not exist. */
  readonly file: string
  readonly head: ManifestHead
  /** Of zstd, which takes 20 MB of memory at 9, 50 MB at 12 and 90 MB at 19; up to 4 it works on several pieces at a time. */
  readonly level: number
  /** age public keys; none: the archive is not encrypted. */
  readonly recipients: readonly string[]
  readonly signal: AbortSignal
}

export interface WrittenArchive {
  readonly file: string
  /** Bytes. */
  readonly size: number
  /** Of the archive's bytes: `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
  readonly files: number
  /** Of all files' content. */
  readonly bytes: number
  readonly contentDigest: string
}

interface Amount {
  readonly files: number
  readonly bytes: number
}

/**
 * Writes all entries and, last of all, the full manifest. Memory does not grow with the files' sizes. Where it fails,
 * nothing is left of the file.
 *
 * @throws ActionError that names the entry when it cannot be in a snapshot, or has changed since it was found; the
 *   signal's reason when aborted
 */
export async function writeArchive(entries: readonly Entry[], options: ArchiveOptions): Promise<WrittenArchive> {
  const sorted = entries.toSorted(byPath)
  checkLayout(sorted)
  options.signal.throwIfAborted()
  const digests = new Digests(sorted)
  const { files, bytes } = amountOf(sorted)
  const written = await writeTo(options, sorted.length, async (blocks) => {
    await appendContents(sorted, digests, options.head, blocks)
    if (blocks.total > largestTar({ files, bytes })) throw tooMany()
    await blocks.end()
  })
  const contentDigest = digestOfSorted(options.head, archived(sorted, digests))
  return { file: options.file, ...written, files, bytes, contentDigest }
}

function checkLayout(sorted: readonly Entry[]): void {
  const layout = new Layout()
  for (const entry of sorted) {
    const problem =
      entry.path === MANIFEST_FILE
        ? `"${MANIFEST_FILE}" is the name of the snapshot's own manifest.`
        : entry.type === 'link'
          ? layout.addLink(entry.path, entry.target)
          : layout.add(entry.path, entry.type)
    if (problem !== undefined) throw refused(problem)
  }
  const problem = layout.strayLink()
  if (problem !== undefined) throw refused(problem)
}

function refused(problem: string): ActionError {
  return new ActionError(`This cannot be kept in a snapshot: ${problem}`, {
    hint: 'Exclude it in input paths with a line that begins with "!", or give it another name.',
  })
}

function tooMany(): ActionError {
  return new ActionError('The snapshot has too many folders and links for the files that are in it.', {
    hint: 'Exclude folders that hold nothing in input paths, with lines that begin with "!".',
  })
}

interface Written {
  readonly size: number
  readonly digest: string
}

/** Runs what fills the archive beside what takes it to the file; where one fails, the other ends too. */
async function writeTo(
  options: ArchiveOptions,
  entries: number,
  fill: (blocks: Blocks) => Promise<void>,
): Promise<Written> {
  const output = await OutputFile.create(options.file)
  try {
    const { level, recipients, signal } = options
    const { input, work, output: compressed } = compression(level, entries)
    const blocks = new Blocks(input, signal, work)
    const empty = () => drain(compressed, output, recipients)
    await bothEnds({ fill: () => fill(blocks), empty, abandon: () => input.destroy() }, signal)
    return await output.finish()
  } catch (error) {
    await output.discard()
    throw error
  }
}

async function drain(
  compressed: AsyncIterable<Buffer>,
  output: OutputFile,
  recipients: readonly string[],
): Promise<void> {
  for await (const bytes of recipients.length === 0 ? compressed : sealed(compressed, recipients)) {
    await output.append(bytes)
  }
}

function amountOf(entries: readonly Entry[]): Amount {
  return entries.reduce(added, { files: 0, bytes: 0 })
}

function added({ files, bytes }: Amount, entry: Entry): Amount {
  return entry.type === 'file' ? { files: files + 1, bytes: bytes + entry.size } : { files, bytes }
}
