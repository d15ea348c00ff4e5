/** The HTTP client of the checks: every request on a fresh connection, everything about its answer observed. */
import { setImmediate } from 'node:timers/promises'
import type { Exchange, HttpClient, HttpRequest } from '../exchange.ts'
import { type Lookup, systemLookup } from './addresses.ts'
import type { Network } from './connect.ts'
import { type OpenSocket, openSocket } from './dial.ts'
import { ClosedKept } from './explain-answer.ts'
import { Failure } from './failure.ts'
import { follow } from './follow.ts'
import { FreshConnections, KeptConnections, type Pool } from './pool.ts'
import type { Env } from './proxy.ts'
import { Trust } from './tls.ts'
import { Watch } from './watch.ts'

export interface ClientOptions {
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are read from it, in either case. */
  readonly env: Env
  /** PEM certificates trusted instead of the default ones, to which those of NODE_EXTRA_CA_CERTS belong. */
  readonly ca?: readonly string[]
  /** Instead of the system's resolver. */
  readonly lookup?: Lookup
  /** Instead of a socket to the address itself. */
  readonly open?: OpenSocket
}

export function createClient({ env, ca, lookup = systemLookup(), open = openSocket }: ClientOptions): HttpClient {
  // A copy: process.env asks the system for each variable, each time.
  const network: Network = { lookup, open, trust: new Trust(ca), env: { ...env } }
  const fresh = new FreshConnections(network)
  return {
    request: async (request, signal) => (await attempt(request, fresh, signal)).exchange,
    warm: (request, count, signal) => warm(request, count, network, signal),
  }
}

interface Attempt {
  readonly exchange: Exchange
  /** Whether it failed only because the server had closed a kept connection meanwhile. */
  readonly closedKept: boolean
}

/** @throws only what is a defect of this client */
async function attempt(request: HttpRequest, pool: Pool, signal: AbortSignal): Promise<Attempt> {
  const watch = new Watch(request, signal)
  try {
    return { exchange: { ok: true, response: await follow(request, pool, watch) }, closedKept: false }
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure
    watch.enter(undefined)
    const { kind, message, hint } = failure
    const problem = { kind, message, hint, total: watch.total, phases: watch.phases }
    return { exchange: { ok: false, problem }, closedKept: failure instanceof ClosedKept }
  } finally {
    watch.close()
  }
}

/**
 * Requests that open a connection are not in the list, again and again where the server closes it after some of them. A
 * server that keeps none at all gives samples on fresh ones, which say so themselves (`cold`). The list ends with the
 * first that fails.
 */
async function warm(request: HttpRequest, count: number, network: Network, signal: AbortSignal) {
  using kept = new KeptConnections(network)
  const samples: Exchange[] = []
  let opening = false
  while (samples.length < count) {
    const { exchange, closedKept } = await attempt(request, kept, signal)
    if (closedKept) continue
    if (!exchange.ok) return [...samples, exchange]
    if (!exchange.response.cold || opening) samples.push(exchange)
    opening = exchange.response.cold
    await setImmediate() // lets the connection become free again, or its end be seen
  }
  return samples
}
