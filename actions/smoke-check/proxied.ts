import { ActionError } from '../../src/errors.ts'
import type { Check } from './check.ts'
import { proxyApplies } from './http/proxy.ts'

/** A proxy resolves names and chooses addresses by itself: what a check asks for there would silently not happen. */
export function refuseUnderProxy(checks: readonly Check[], env: Readonly<Record<string, string | undefined>>): void {
  const refused = checks.filter((check) => (check.resolve.size > 0 || check.ip !== 'auto') && isProxied(check, env))
  if (refused.length === 0) return
  const names = refused.slice(0, 10).map(({ name, origin }) => `"${name}" (${origin})`)
  const more = refused.length > names.length ? ` and ${refused.length - names.length} more` : ''
  throw new ActionError(
    `resolve and ip cannot hold through a proxy, which chooses the address itself: ${names.join(', ')}${more}.`,
    { hint: 'Leave them out, or put the hosts into NO_PROXY if the runner reaches them by itself.' },
  )
}

/** The host stands in the beginning, which no capture can fill. */
function isProxied({ url }: Check, env: Readonly<Record<string, string | undefined>>): boolean {
  const [beginning = ''] = url
  const address = typeof beginning === 'string' ? URL.parse(beginning) : null
  return address !== null && proxyApplies(address, env)
}
