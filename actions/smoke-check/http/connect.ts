/** From a URL to a connection that a request can be written to: name, address, TCP, proxy, TLS. */
import type { Socket } from 'node:net'
import type { HttpRequest, TlsFacts } from '../exchange.ts'
import {
  besides,
  checkFamily,
  explainLookup,
  interleave,
  isPublic,
  knownAddress,
  type Lookup,
  refusePrivate,
} from './addresses.ts'
import { dial, type OpenSocket } from './dial.ts'
import { hostOf, placeOf, portOf } from './display-url.ts'
import { codeOf, Failure } from './failure.ts'
import { type Env, explainProxyLoss, type ForwardProxy, openTunnel, proxyFor } from './proxy.ts'
import { secure, type Trust } from './tls.ts'
import type { Watch } from './watch.ts'

/** What connections are made with: the machine's own resolver and sockets, unless a test puts others there. */
export interface Network {
  readonly lookup: Lookup
  readonly open: OpenSocket
  readonly trust: Trust
  readonly env: Env
}

export interface Connection {
  readonly socket: Socket
  /** undefined through a proxy. */
  readonly address: string | undefined
  /** Whether the server stands in the public network, so that it may not send on to a private one. Asked only then. */
  readonly isPublic: () => Promise<boolean>
  readonly throughProxy: boolean
  /** Set where the proxy is to be given the whole URL: plain HTTP through a proxy. */
  readonly forward: ForwardProxy | undefined
  readonly tls: TlsFacts | undefined
}

export interface Target extends Pick<HttpRequest, 'url' | 'resolve' | 'ip'> {
  /** Whether a public server has redirected here: only public addresses will do then. */
  readonly publicOnly: boolean
}

/** @throws Failure */
export async function connect(target: Target, network: Network, watch: Watch): Promise<Connection> {
  const proxy = proxyFor(target.url, network.env)
  watch.beginConnecting()
  try {
    return proxy === undefined ? await direct(target, network, watch) : await viaProxy(target, proxy, network, watch)
  } finally {
    watch.endConnecting()
  }
}

async function direct(target: Target, network: Network, watch: Watch): Promise<Connection> {
  const { url, resolve, publicOnly } = target
  const host = hostOf(url)
  const place = placeOf(url)
  const addresses = await addressesOf(target, network, watch)
  // An address under resolve is the user's own word, which no redirect can give.
  if (publicOnly && !resolve.has(host)) refusePrivate(host, addresses)
  watch.enter('connect')
  watch.doing = () => `no address of it had accepted a connection (${addresses.join(', ')})`
  const { socket, address } = await dial(addresses, portOf(url), place, network.open, watch)
  const common = { address, isPublic: async () => isPublic(address), throughProxy: false, forward: undefined }
  if (url.protocol === 'http:') return { ...common, socket, tls: undefined }
  return { ...common, ...(await handshake(socket, url, network.trust, watch)) }
}

async function addressesOf({ url, resolve, ip }: Target, network: Network, watch: Watch): Promise<readonly string[]> {
  const host = hostOf(url)
  const known = knownAddress(host, resolve)
  if (known !== undefined) {
    checkFamily(host, known, ip)
    return [known]
  }
  watch.enter('dns')
  watch.doing = () => `its name had not been resolved${besides(host)}`
  return interleave(await ask(host, ip, network.lookup, watch))
}

function ask(host: string, ip: HttpRequest['ip'], lookup: Lookup, watch: Watch): Promise<readonly string[]> {
  return watch.step((resolve, reject) => {
    const fail = (error: unknown) => reject(explainLookup(host, ip, error))
    lookup(host, ip === 'auto' ? 0 : ip === '4' ? 4 : 6).then(
      (found) => (found.length > 0 ? resolve(found) : fail(Object.assign(new Error(), { code: 'ENODATA' }))),
      fail,
    )
    return () => {} // the resolver cannot be called off; its answer is not waited for
  })
}

async function handshake(socket: Socket, url: URL, trust: Trust, watch: Watch) {
  watch.enter('tls')
  watch.doing = () => 'the TLS handshake had not finished'
  return secure(socket, hostOf(url), placeOf(url), trust, watch)
}

async function viaProxy(target: Target, proxy: ForwardProxy, network: Network, watch: Watch): Promise<Connection> {
  const { url } = target
  if (target.publicOnly) refusePrivate(hostOf(url), await behindProxy(url, network, watch))
  const socket = await reachProxy(proxy, url, network, watch)
  const seemsPublic = async () => (await behindProxy(url, network, watch)).every((address) => isPublic(address))
  const common = { address: undefined, isPublic: seemsPublic, throughProxy: true }
  if (url.protocol === 'http:') return { ...common, socket, forward: proxy, tls: undefined }
  watch.doing = () => `the proxy ${proxy.place} had not connected to it`
  const tunnel = await openTunnel(socket, url, proxy, watch)
  return { ...common, forward: undefined, ...(await handshake(tunnel, url, network.trust, watch)) }
}

/**
 * Which address is connected to is up to the proxy. What this machine knows of the name is looked at all the same; where
 * it knows nothing, as behind many a proxy, the proxy's own rules have to do.
 */
async function behindProxy(url: URL, network: Network, watch: Watch): Promise<readonly string[]> {
  const host = hostOf(url)
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1']
  const known = knownAddress(host, new Map())
  if (known !== undefined) return [known]
  watch.enter('dns')
  watch.doing = () => `its name had not been resolved${besides(host)}`
  try {
    return await ask(host, 'auto', network.lookup, watch)
  } catch (failure) {
    watch.check()
    if (failure instanceof Failure) return []
    throw failure
  }
}

async function reachProxy(proxy: ForwardProxy, url: URL, network: Network, watch: Watch): Promise<Socket> {
  const { host, port, place } = proxy
  watch.doing = () => `the proxy ${place} had not been reached`
  try {
    watch.enter('dns')
    const addresses = [knownAddress(host, new Map()) ?? (await ask(host, 'auto', network.lookup, watch))].flat()
    watch.enter('connect')
    const { socket } = await dial(interleave(addresses), port, place, network.open, watch)
    return proxy.secure ? (await secure(socket, host, place, network.trust, watch)).socket : socket
  } catch (failure) {
    watch.check()
    const reason = failure instanceof Error ? failure.message.replace(/\.$/, '') : codeOf(failure)
    throw explainProxyLoss(proxy, placeOf(url), reason)
  }
}
