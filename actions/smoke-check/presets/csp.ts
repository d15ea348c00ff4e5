/** Content Security Policy, level 3: what the policies of an answer let through. */

/** Directives in lower case with their sources; of a repeated directive the first counts (CSP3, section 2.2.1). */
export type Policy = ReadonlyMap<string, readonly string[]>

/** `any`: scripts from everywhere, because no directive is about scripts. */
export type ScriptHole = 'any' | 'unsafe-inline' | 'unsafe-eval' | 'wildcard' | 'data'

const EVERYTHING: readonly ScriptHole[] = ['any', 'unsafe-inline', 'unsafe-eval', 'wildcard', 'data']

/** All policies of an answer: several lines, or several in one line with commas between them. */
export function parsePolicies(lines: readonly string[]): readonly Policy[] {
  return lines
    .flatMap((line) => line.split(','))
    .map(parsePolicy)
    .filter((policy) => policy.size > 0)
}

/** Every policy must agree to a script (CSP3, section 8.1), so that a hole is one only where all of them have it. */
export function scriptHoles(policies: readonly Policy[]): readonly ScriptHole[] {
  const each = policies.map(holesOf)
  const open = EVERYTHING.filter((hole) => each.every((holes) => holes.includes(hole)))
  return open.includes('any') ? ['any'] : open
}

/** Whether some policy says who may frame the page, and that not everybody may; undefined where none says anything. */
export function restrictsFraming(policies: readonly Policy[]): boolean | undefined {
  const given = policies.map((policy) => policy.get('frame-ancestors')).filter((sources) => sources !== undefined)
  if (given.length === 0) return undefined
  return given.some((sources) => !sources.some(isWildcard))
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>()
  for (const directive of text.split(';')) {
    const [name, ...sources] = directive.trim().split(/\s+/)
    const key = name?.toLowerCase() ?? ''
    if (key !== '' && !policy.has(key)) policy.set(key, sources)
  }
  return policy
}

function holesOf(policy: Policy): readonly ScriptHole[] {
  const main = policy.get('script-src') ?? policy.get('default-src')
  if (main === undefined) return EVERYTHING
  const elements = policy.get('script-src-elem') ?? []
  const attributes = policy.get('script-src-attr') ?? []
  return [
    ...([main, elements, attributes].some(allowsInline) ? (['unsafe-inline'] as const) : []),
    ...(has(main, "'unsafe-eval'") ? (['unsafe-eval'] as const) : []),
    ...([main, elements].some((sources) => opens(sources, isWildcard)) ? (['wildcard'] as const) : []),
    ...([main, elements].some((sources) => opens(sources, isData)) ? (['data'] as const) : []),
  ]
}

/** Browsers ignore 'unsafe-inline' next to a nonce, a hash or 'strict-dynamic' (CSP3, section 6.7.3.2). */
function allowsInline(sources: readonly string[]): boolean {
  const harmless = sources.some((source) => /^'(?:nonce-|sha(?:256|384|512)-)/i.test(source)) || isStrict(sources)
  return has(sources, "'unsafe-inline'") && !harmless
}

/** Browsers ignore hosts and schemes next to 'strict-dynamic' (CSP3, section 6.7.1.1). */
function opens(sources: readonly string[], isOpen: (source: string) => boolean): boolean {
  return !isStrict(sources) && sources.some(isOpen)
}

function isStrict(sources: readonly string[]): boolean {
  return has(sources, "'strict-dynamic'")
}

function has(sources: readonly string[], keyword: string): boolean {
  return sources.some((source) => source.toLowerCase() === keyword)
}

function isWildcard(source: string): boolean {
  return /^(?:\*|https?:|(?:https?:\/\/)?\*(?::(?:\*|\d+))?)$/i.test(source)
}

function isData(source: string): boolean {
  return source.toLowerCase() === 'data:'
}
