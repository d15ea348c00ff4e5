/** Which proxy the environment names for a URL, and the tunnel through it. */
import { request } from 'node:http'
import { isIPv4, type Socket } from 'node:net'
import { basicCredentials } from './credentials.ts'
import { hostOf, placeOf, portOf } from './display-url.ts'
import { codeOf, Failure } from './failure.ts'
import type { Watch } from './watch.ts'

export type Env = Readonly<Record<string, string | undefined>>

export interface ForwardProxy {
  readonly host: string
  readonly port: number
  /** Whether it is itself spoken to over TLS. */
  readonly secure: boolean
  /** `proxy.example.com:8080`. */
  readonly place: string
  /** Of the proxy-authorization header. */
  readonly authorization: string | undefined
  /** The variable that names it. */
  readonly variable: string
}

/** Whether requests to this URL go through a proxy: then `resolve` and `ip` mean nothing. */
export function proxyApplies(url: URL, env: Env): boolean {
  return proxyVariable(url, env) !== undefined
}

/**
 * As Node's own agents choose, by which the rest of the pack is proxied: HTTPS_PROXY for https and HTTP_PROXY for http,
 * lower case first, only http:// and https:// proxies, NO_PROXY.
 *
 * @throws Failure when the variable holds no URL
 */
export function proxyFor(url: URL, env: Env): ForwardProxy | undefined {
  const variable = proxyVariable(url, env)
  if (variable === undefined) return undefined
  const proxy = URL.parse(env[variable] ?? '')
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) {
    const hint = 'Write its address in full, as in http://proxy.example.com:8080.'
    throw new Failure('proxy', `${variable} names no proxy that can be used for ${placeOf(url)}.`, hint)
  }
  return {
    host: hostOf(proxy),
    port: portOf(proxy),
    secure: proxy.protocol === 'https:',
    place: placeOf(proxy),
    authorization: basicCredentials(proxy),
    variable,
  }
}

function proxyVariable(url: URL, env: Env): string | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy'
  const variable = [name, name.toUpperCase()].find((candidate) => env[candidate])
  // Of another scheme, as socks5://, is not meant for HTTP clients; with none at all it is a mistake that is told.
  if (variable === undefined || /^(?!https?:)[a-z][a-z\d+.-]*:\/\//i.test(env[variable] ?? '')) return undefined
  return isBypassed(hostOf(url), portOf(url), env['no_proxy'] || env['NO_PROXY'] || '') ? undefined : variable
}

/** Node's rules, doc/api/http.md "Built-in Proxy Support": names, `.suffix`, `*.suffix`, `*`, `host:port`, ranges of IPv4. */
function isBypassed(host: string, port: number, list: string): boolean {
  const name = host.toLowerCase()
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => {
      if (entry === '*' || entry === name || entry === `${name}:${port}`) return true
      if (entry.startsWith('.')) return name === entry.slice(1) || name.endsWith(entry)
      if (entry.startsWith('*.')) return name.endsWith(entry.slice(1))
      return isInRange(name, entry)
    })
}

function isInRange(host: string, entry: string): boolean {
  const [first = '', last = ''] = entry.split('-').map((address) => address.trim())
  if (![host, first, last].every((address) => isIPv4(address))) return false
  return numberOf(host) >= numberOf(first) && numberOf(host) <= numberOf(last)
}

function numberOf(ipv4: string): number {
  return ipv4.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

/**
 * Has the proxy connect to the URL's host and port.
 *
 * @throws Failure when it will not
 */
export function openTunnel(socket: Socket, url: URL, proxy: ForwardProxy, watch: Watch): Promise<Socket> {
  const place = placeOf(url)
  return watch.step((resolve, reject) => {
    const authorization = proxy.authorization === undefined ? [] : ['Proxy-Authorization', proxy.authorization]
    const asking = request({
      method: 'CONNECT',
      path: place,
      headers: ['Host', place, 'Connection', 'keep-alive', ...authorization],
      createConnection: () => socket,
    })
    asking.once('connect', ({ statusCode = 0 }, tunnel: Socket, head) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) tunnel.unshift(head)
        resolve(tunnel)
      } else {
        tunnel.destroy()
        reject(explainRefusal(statusCode, place, proxy))
      }
    })
    asking.on('error', (error) => reject(explainProxyLoss(proxy, place, codeOf(error))))
    asking.end()
    return () => asking.destroy()
  })
}

function explainRefusal(status: number, place: string, proxy: ForwardProxy): Failure {
  const refused = `The proxy ${proxy.place} (${proxy.variable}) would not connect to ${place}: HTTP ${status}`
  if (status === 407) {
    const hint = `Put user and password into ${proxy.variable}, as in http://USER:PASSWORD@${proxy.place}.`
    return new Failure('proxy', `${refused}, it wants a login.`, hint)
  }
  const hint = 'Look at whether the proxy may reach it, or add the host to NO_PROXY.'
  return new Failure('proxy', `${refused}.`, hint)
}

export function explainProxyLoss(proxy: ForwardProxy, place: string, reason: string): Failure {
  return new Failure(
    'proxy',
    `The proxy ${proxy.place} (${proxy.variable}) was lost on the way to ${place}: ${reason}.`,
    `Look at the proxy, or unset ${proxy.variable} if the network is reached without it.`,
  )
}
