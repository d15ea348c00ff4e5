/**
 * How much an archive may hold beside its content, and of what. Both sides keep to it: what reads one stops at these instead
 * of filling memory or disk from a few crafted bytes, and what writes one makes none that could not be read.
 */

/** Bytes of a path, or of the target of a link: what Linux takes at once, which other systems do not exceed. */
export const LONGEST_PATH = 4096
/** Names in a path or in a target. Trees of programs have a tenth of that; Windows has room for no more. */
export const MOST_PARTS = 255
/** Names in the targets of all links together: to follow each takes a moment, in which nothing else happens. */
export const MOST_PARTS_OF_LINKS = 2_000_000
/** Files, folders and links, with the folders that are only on the way to one. */
export const MOST_ENTRIES = 1_000_000

/** Bytes of headers, padding, manifest and zeros for each file; a path has 4096 bytes at most, and appears twice. */
const PER_FILE = 16 * 1024
/** Bytes for folders and links, of which nothing outside the archive gives a number, and for the end of the tar. */
const BESIDE = 1024 ** 3

/** Bytes of the full manifest: enough for a million entries, and less than the longest string of Node. */
export const LARGEST_MANIFEST = 256 * 1024 ** 2
/**
 * Bytes of one entry of the full manifest, and of all that is not one. What is in it beside paths is what the workflow gave
 * as inputs, and a runner hands those over in environment variables, of which Linux takes 128 kB each.
 */
export const LARGEST_PART = 1024 ** 2
/** Bytes of the entries that may follow a manifest, of which it cannot be known how many there are. */
const AHEAD = 16 * 1024 ** 2

/** The most bytes that the decompressed archive may have. */
export function largestTar(content: { readonly files: number; readonly bytes: number }): number {
  return content.bytes + content.files * PER_FILE + BESIDE
}

/**
 * The most bytes that the full manifest may have.
 *
 * @param entries as many as there are so far, or as there are announced
 */
export function largestManifest(entries: number): number {
  return Math.min(LARGEST_MANIFEST, LARGEST_PART + AHEAD + entries * LARGEST_PART)
}

/** The most entries that the full manifest may list before they have appeared: folders and links are not announced. */
export function mostAhead(content: { readonly files: number }): number {
  return Math.min(MOST_ENTRIES, content.files + 100_000)
}
