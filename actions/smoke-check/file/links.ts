/** Whom the links are asked of that answers give: whoever gave them, whatever base-url is. */
import type { Check } from '../check.ts'

/** @param checks in an order in which each comes after those whose captures it uses */
export function settleLinks(checks: readonly Check[]): readonly Check[] {
  const givers = new Map<string, string>()
  return checks.map((check) => {
    const settled = { ...check, url: settle(check.url, givers) }
    const origin = originOf(settled.url)
    if (origin !== undefined) for (const [name] of check.capture) givers.set(name, origin)
    return settled
  })
}

/** Behind base-url where that is of the same origin, so that a path may leave out what base-url ends in. */
function settle(url: Check['url'], givers: ReadonlyMap<string, string>): Check['url'] {
  const link = url.findIndex((part) => typeof part === 'object' && part.link === true)
  const part = url[link]
  const origin = typeof part === 'object' ? givers.get(part.capture) : undefined
  if (origin === undefined || originOf(url) === origin) return url
  return [`${origin}/`, ...url.slice(link)]
}

export function originOf([beginning]: Check['url']): string | undefined {
  return typeof beginning === 'string' ? URL.parse(beginning)?.origin : undefined
}
