import * as http from 'node:http'
import { ActionError } from './errors.ts'

/** A lower-case name counts before its upper-case twin, as for npm, wrangler and Node itself. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']

const WRITE_IN_FULL =
  'Write its address in full, as in http://proxy.example.com:8080, with special characters of a user name or a password as percent escapes.'

/**
 * Sends every request of this process through the proxy that the environment names, except to the hosts in NO_PROXY.
 * Node can do that by itself from 24.14 on; without a proxy an older one will do. No error tells more of an address
 * than its scheme: behind it a password may stand, and where the address is no URL, nobody can say which part that is.
 *
 * @param mask registers a value that the runner must hide from the log: of a proxy's password it knows nothing
 * @throws ActionError when there is a proxy and this Node cannot use it, or its address is none
 */
export function useProxy(env: Readonly<Record<string, string | undefined>>, mask: (secret: string) => void): void {
  const proxies = VARIABLES.flatMap((name) => (env[name] ? [{ name, address: env[name] }] : []))
  for (const { address } of proxies) for (const secret of secretsOf(address)) mask(secret)
  const [first] = proxies
  if (first === undefined) return
  // Typed as present, and missing from the Node of older runners.
  const { setGlobalProxyFromEnv }: { readonly setGlobalProxyFromEnv?: typeof http.setGlobalProxyFromEnv } = http
  if (setGlobalProxyFromEnv === undefined) {
    throw new ActionError(`${first.name} is set, but this runner's Node ${process.version} cannot use a proxy.`, {
      hint: 'Update the runner: from Node 24.14 on it can. Or unset the variable, if the runner reaches the network without it.',
    })
  }
  for (const { name, address } of proxies) requireProxy(name, address)
  try {
    setGlobalProxyFromEnv(env)
  } catch {
    throw unusable(first.name, 'Node does not accept it', WRITE_IN_FULL) // without the cause, which quotes the address
  }
}

function requireProxy(name: string, address: string): void {
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) throw unusable(name, 'it does not begin with http:// or https://', WRITE_IN_FULL)
  if (scheme.startsWith('socks')) {
    const hint = 'Name an HTTP proxy, with http:// or https://: Node speaks SOCKS only as an experiment.'
    throw unusable(name, `it begins with ${scheme}://`, hint)
  }
  if (scheme !== 'http' && scheme !== 'https') throw unusable(name, `it begins with ${scheme}://`, WRITE_IN_FULL)
  const url = URL.parse(address)
  if (url === null) throw unusable(name, 'it is no valid URL', WRITE_IN_FULL)
  if (decode(`${url.username}:${url.password}`) === undefined) {
    throw unusable(name, 'a % in its user name or password begins no percent escape', WRITE_IN_FULL)
  }
}

function unusable(name: string, reason: string, hint: string): ActionError {
  return new ActionError(`${name} names no proxy that can be used: ${reason}.`, { hint })
}

/** A password in each form in which a message may have it. An address may be no URL, and have one all the same. */
function secretsOf(address: string): readonly string[] {
  const written = /^(?:[a-z][a-z\d+.-]*:\/\/)?[^:]*:(.*)@/is.exec(address)?.[1] ?? ''
  const forms = [written, decode(written), URL.parse(address)?.password]
  return [...new Set(forms.flatMap((form) => form || []))]
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
