/** The `_headers` file: which headers a response gets besides Pages' own. */
import { compilePattern, fillIn, type Pattern, readLines, type Visited } from './rules.ts'

/** Cloudflare's limit; rules beyond it are ignored. */
const MAX_RULES = 100

export interface HeaderRule {
  readonly pattern: Pattern
  readonly set: ReadonlyMap<string, string>
  /** Names given with `! `. */
  readonly unset: readonly string[]
}

interface Block {
  readonly path: string
  readonly set: Map<string, string>
  readonly unset: string[]
}

/** Lines that make no sense are left out, as Pages leaves them out; it never refuses a file for one. */
export function parseHeaders(text: string): readonly HeaderRule[] {
  const rules: HeaderRule[] = []
  for (const { path, set, unset } of readBlocks(text)) {
    const pattern = compilePattern(path)
    if (pattern && set.size + unset.length > 0 && rules.length < MAX_RULES) rules.push({ pattern, set, unset })
  }
  return rules
}

/**
 * Every matching rule applies, in order. The first to set a name replaces what Pages sends; a later one adds to it
 * (developers.cloudflare.com/pages/configuration/headers).
 */
export function applyHeaders(rules: readonly HeaderRule[], visited: Visited, headers: Headers): void {
  const own = new Set<string>()
  for (const { pattern, set, unset } of rules) {
    const values = pattern(visited)
    if (!values) continue
    for (const name of unset) headers.delete(name)
    for (const [name, template] of set) {
      const value = fillIn(template, values)
      if (own.has(name)) headers.append(name, value)
      else headers.set(name, value)
      own.add(name)
    }
  }
}

function readBlocks(text: string): readonly Block[] {
  const blocks: Block[] = []
  for (const line of readLines(text)) {
    const block = blocks.at(-1)
    if (/^(\/|[^\s]+:\/\/)/.test(line)) blocks.push({ path: line, set: new Map(), unset: [] })
    else if (block) readHeader(line, block)
  }
  return blocks
}

function readHeader(line: string, block: Block): void {
  const separator = line.indexOf(':')
  if (separator === -1) {
    if (line.startsWith('! ')) block.unset.push(line.slice(2).trim())
    return
  }
  const name = line.slice(0, separator).trim().toLowerCase()
  const value = line.slice(separator + 1).trim()
  if (name === '' || name.includes(' ') || value === '') return
  const before = block.set.get(name)
  block.set.set(name, before === undefined ? value : `${before}, ${value}`)
}
