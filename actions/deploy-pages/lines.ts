/** Lines that another program or a server wrote, made fit to be shown. */
import { stripVTControlCharacters } from 'node:util'

/**
 * Without colours, which wrangler gives its errors whatever NO_COLOR and FORCE_COLOR say (`formatMessage` in
 * cloudflare/workers-sdk).
 */
export function printable(line: string): string {
  return stripVTControlCharacters(line)
}

/** Indented below a message, at most eight of them. */
export function quote(lines: readonly string[]): string {
  return lines
    .slice(0, 8)
    .map((line) => `\n  ${line}`)
    .join('')
}
