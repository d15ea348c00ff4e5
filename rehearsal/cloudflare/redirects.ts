/** The `_redirects` file: where a path leads instead. */
import { compilePattern, fillIn, type Pattern, readLines, type Visited } from './rules.ts'

/** Cloudflare's limits: rules without and with a splat or placeholder. */
const MAX_STATIC_RULES = 2000
const MAX_DYNAMIC_RULES = 100

const STATUSES = [200, 301, 302, 303, 307, 308] as const
export type RedirectStatus = (typeof STATUSES)[number]

export interface Redirect {
  readonly to: string
  /** 200 serves another path of the site under the asked one. */
  readonly status: RedirectStatus
}

export interface RedirectRule extends Redirect {
  readonly pattern: Pattern
  readonly kind: 'static' | 'dynamic'
}

/** Lines that make no sense are left out, as Pages leaves them out. */
export function parseRedirects(text: string): readonly RedirectRule[] {
  const rules: RedirectRule[] = []
  for (const line of readLines(text)) {
    // Once a rule was dynamic every later one counts as dynamic, which decides its limit and its turn.
    const rule = readRule(line, rules.at(-1)?.kind === 'dynamic')
    if (!rule) continue
    const limit = rule.kind === 'static' ? MAX_STATIC_RULES : MAX_DYNAMIC_RULES
    if (rules.filter(({ kind }) => kind === rule.kind).length < limit) rules.push(rule)
  }
  return rules
}

/** The first rule that matches. */
export function findRedirect(rules: readonly RedirectRule[], visited: Visited): Redirect | null {
  for (const { pattern, to, status } of rules) {
    const values = pattern(visited)
    if (values) return { to: fillIn(to, values), status }
  }
  return null
}

function readRule(line: string, afterDynamic: boolean): RedirectRule | null {
  const [source, destination, code = '302', ...rest] = line.replace(/\s+#.*$/, '').split(/\s+/)
  const status = STATUSES.find((known) => String(known) === code)
  if (source === undefined || destination === undefined || status === undefined || rest.length > 0) return null
  if (/^https?:\/\//.test(source)) return null
  const from = source.startsWith('/') ? source : `/${source}`
  const elsewhere = /^https:\/\//.test(destination)
  if (!elsewhere && !destination.startsWith('/')) return null
  if (elsewhere ? status === 200 : leadsToItself(from, destination)) return null
  const pattern = compilePattern(from)
  if (!pattern) return null
  const kind = afterDynamic || /\*|:[A-Za-z]/.test(from) ? 'dynamic' : 'static'
  return { to: destination, status, pattern, kind }
}

/** `/* /index.html` is refused by Pages: stripping `index.html` would bring the visitor back to the same rule. */
function leadsToItself(from: string, to: string): boolean {
  return /\/index(\.html)?$/.test(to) && (from.endsWith('/*') || from.endsWith('/'))
}
