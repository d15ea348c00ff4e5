/** Paths inside a snapshot, and what is wrong with them. */
import { LONGEST_PATH, MOST_PARTS } from './limits.ts'

/** Characters of a name that a message shows. */
const LONGEST_SHOWN = 120

/** Why no entry can have this path: relative, with `/`, nothing empty, no `.`, no `..`. */
export function pathProblem(path: string): string | undefined {
  const problem = textProblem(path)
  if (problem !== undefined) return `The path ${shown(path)} ${problem}.`
  if (path.startsWith('/')) return `The path ${shown(path)} is absolute.`
  if (path.split(/[\\/]/).includes('..')) return `The path ${shown(path)} leads out of the snapshot.`
  if (path.split('/').some((part) => part === '' || part === '.')) return `The path ${shown(path)} is not a plain one.`
  return undefined
}

/** What no path and no target of a link may be, here or on the system that it is restored on. */
export function textProblem(text: string): string | undefined {
  if (text === '') return 'is empty'
  // First of all: what follows may take as long as the text is.
  if (isLong(text)) return `has more than ${LONGEST_PATH} bytes`
  if (!text.isWellFormed()) return 'is no Unicode text'
  if (text.length >= MOST_PARTS && countParts(text) > MOST_PARTS) return `has more than ${MOST_PARTS} parts`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(text)) return 'contains a control character'
  if (process.platform === 'win32' && /[\\:]/.test(text)) return 'contains a character that Windows gives a meaning'
  return undefined
}

/** A character has three bytes at most for each unit of its length. */
function isLong(text: string): boolean {
  return text.length * 3 > LONGEST_PATH && (text.length > LONGEST_PATH || Buffer.byteLength(text) > LONGEST_PATH)
}

/** Names between slashes, or backslashes, which separate on the system that it may be restored on. */
export function countParts(text: string): number {
  let parts = 1
  for (let at = 0; at < text.length; at += 1) if (text[at] === '/' || text[at] === '\\') parts += 1
  return parts
}

/** As a JSON string, so that nothing in it can pretend to be the text around it; a long one without its middle. */
export function shown(path: string): string {
  return JSON.stringify(cut(path))
}

/** Short enough for a message: both ends of a longer text. */
export function cut(text: string): string {
  const half = LONGEST_SHOWN / 2
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, half)}…${text.slice(1 - half)}`
}

/** Not by `/\/+$/`, which begins anew at every slash: a name of slashes would take it as many squared steps. */
export function withoutSlashes(path: string): string {
  let end = path.length
  while (path[end - 1] === '/') end -= 1
  return path.slice(0, end)
}
