/** A proxy resolves names and chooses addresses itself: what a check asks for there would silently not happen. */
import type { Check, Json } from '../check.ts'
import { proxyApplies } from '../http/proxy.ts'
import type { Written } from './needs.ts'
import { at } from './pointer.ts'
import { isMapping, type Problems } from './problems.ts'

type Env = Readonly<Record<string, string | undefined>>

/** @param checks those of `written`, with the URLs that they ask */
export function reportProxied(
  checks: readonly Check[],
  written: readonly Written[],
  { env }: { readonly env: Env },
  problems: Problems,
): void {
  const proxied = new Set(checks.filter((check) => isProxied(check, env)).map(({ name }) => name))
  for (const one of written) {
    const { resolve, ip, name } = one.check
    if (!proxied.has(name)) continue
    if (resolve.size > 0) report(one, 'resolve', problems)
    if (ip !== 'auto') report(one, 'ip', problems)
  }
}

/** The host stands in the beginning, which no capture can fill. */
function isProxied({ url: [beginning] }: Check, env: Env): boolean {
  const address = typeof beginning === 'string' ? URL.parse(beginning) : null
  return address !== null && proxyApplies(address, env)
}

function report({ scope, pointer }: Written, key: 'resolve' | 'ip', problems: Problems): void {
  const message = `${key} cannot hold through a proxy, which chooses the address itself.`
  const hint = 'Leave it out, or put the host into NO_PROXY if the runner reaches it by itself.'
  const where = ['/defaults', pointer].findLast((place) => has(scope.source.value, place, key))
  if (where === undefined) problems.add({ source: 'Input ip', place: 'Input ip', key: '', message, hint })
  else scope.report(at(where, key), message, hint, 'key')
}

function has(file: Json, pointer: string, key: string): boolean {
  const [, top = '', index] = pointer.split('/')
  const part = isMapping(file) ? file[top] : undefined
  const owner = index === undefined ? part : Array.isArray(part) ? part[Number(index)] : undefined
  return isMapping(owner) && owner[key] !== undefined
}
