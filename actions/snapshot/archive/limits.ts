/**
 * How much more than its content an archive may hold. Both sides keep to it: what reads one stops at these instead of
 * filling memory or disk from a few crafted bytes, and what writes one makes none that could not be read.
 */

/** Bytes of headers, padding, manifest and zeros for each file; a path has 4096 bytes at most, and appears twice. */
const PER_FILE = 16 * 1024
/** Bytes for folders and links, of which nothing outside the archive gives a number, and for the end of the tar. */
const BESIDE = 1024 ** 3

/** Bytes of the full manifest: enough for a million entries, and less than the longest string of Node. */
export const LARGEST_MANIFEST = 256 * 1024 ** 2

/** The most bytes that the decompressed archive may have. */
export function largestTar(content: { readonly files: number; readonly bytes: number }): number {
  return content.bytes + content.files * PER_FILE + BESIDE
}
