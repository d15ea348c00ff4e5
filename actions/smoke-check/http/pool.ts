/** Where the connections of a request come from: each hop a fresh one, or kept ones for warm samples. */
import { Agent } from 'node:http'
import { type Connection, connect, type Network, type Target } from './connect.ts'
import type { Via } from './send.ts'
import type { Watch } from './watch.ts'

export interface Lease {
  readonly connection: Connection
  readonly via: Via
  /** Whether it was made for this hop. */
  readonly fresh: boolean
}

export interface Pool {
  /** Whether an answer that is not wanted is read to its end, so that its connection can serve again. */
  readonly keeps: boolean
  /** @throws Failure */
  take(target: Target, watch: Watch): Promise<Lease>
}

/** A connection of its own for every hop, which ends with it. */
export class FreshConnections implements Pool {
  readonly keeps = false
  readonly #network: Network

  constructor(network: Network) {
    this.#network = network
  }

  async take(target: Target, watch: Watch): Promise<Lease> {
    const connection = await connect(target, this.#network, watch)
    return { connection, via: { socket: connection.socket }, fresh: true }
  }
}

interface Kept {
  readonly agent: Agent
  connection: Connection
}

/** One connection for each origin, used again as long as the server keeps it. */
export class KeptConnections implements Pool, Disposable {
  readonly keeps = true
  readonly #network: Network
  readonly #kept = new Map<string, Kept>()

  constructor(network: Network) {
    this.#network = network
  }

  async take(target: Target, watch: Watch): Promise<Lease> {
    const { origin } = target.url
    const kept = this.#kept.get(origin)
    // A public server's redirect may not lead to a connection that was made when anything would do.
    const usable = kept !== undefined && isIdle(kept) && !(target.publicOnly && !(await kept.connection.isPublic()))
    if (usable) return { connection: kept.connection, via: { agent: kept.agent }, fresh: false }
    kept?.agent.destroy()
    const connection = await connect(target, this.#network, watch)
    const agent = agentOf(connection)
    this.#kept.set(origin, { agent, connection })
    return { connection, via: { agent }, fresh: true }
  }

  [Symbol.dispose](): void {
    for (const { agent, connection } of this.#kept.values()) {
      agent.destroy()
      connection.socket.destroy()
    }
    this.#kept.clear()
  }
}

function isIdle({ agent, connection }: Kept): boolean {
  return (
    !connection.socket.destroyed &&
    Object.values(agent.freeSockets)
      .flat()
      .some((socket) => socket === connection.socket)
  )
}

/** Node's own agent knows when a connection can be used again; it only gets no other one than this. */
function agentOf({ socket }: Connection): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  agent.createConnection = (_, callback) => {
    if (!socket.destroyed) return socket
    callback?.(Object.assign(new Error('closed'), { code: 'ECONNRESET' }), socket)
    return undefined
  }
  return agent
}
