/** Lines that another program or a server wrote, made fit to be shown. */
import { stripVTControlCharacters } from 'node:util'
import { withoutControls } from './names.ts'

/** Characters: more of one line than anybody reads, and far less than what a message or a summary may hold. */
const LONGEST_LINE = 2000
/** Characters. */
const PIECE = 250

/**
 * A line without colours, which wrangler gives its errors whatever NO_COLOR and FORCE_COLOR say (`formatMessage` in
 * cloudflare/workers-sdk). Piece by piece, since Node's pattern takes a time that grows with the square of the length.
 */
export function printable(line: string): string {
  if (line.length <= LONGEST_LINE) return stripVTControlCharacters(line)
  const pieces: string[] = []
  for (let at = 0; at < line.length; at += PIECE) pieces.push(line.slice(at, at + PIECE))
  return withoutControls(pieces.map(stripVTControlCharacters).join('')) // without what two pieces have shared, too
}

/** Its beginning. What is pushed decides how long a line is that names it, an import in a Function say. */
export function cutLine(line: string): string {
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE).toWellFormed()}…`
}

/** Indented below a message, at most eight of them. */
export function quote(lines: readonly string[]): string {
  return lines
    .slice(0, 8)
    .map((line) => `\n  ${cutLine(line)}`)
    .join('')
}
