/** A TCP connection to whichever address of a host answers first. */
import { connect, type Socket } from 'node:net'
import type { ProblemKind } from '../exchange.ts'
import { codeOf, Failure } from './failure.ts'
import type { Watch } from './watch.ts'

/** Opens a socket to an IP address. */
export type OpenSocket = (address: string, port: number) => Socket

/**
 * After which the next address is tried beside the ones before it (RFC 8305 section 5). Node's own way gives an address
 * up by then, and distant hosts fail with ETIMEDOUT (nodejs/node#54359): here every attempt has the whole connect-timeout.
 */
const NEXT_ATTEMPT = 250

export function openSocket(address: string, port: number): Socket {
  return connect({ host: address, port, noDelay: true, autoSelectFamily: false })
}

export interface Dialled {
  readonly socket: Socket
  readonly address: string
}

interface Loss {
  readonly address: string
  readonly code: string
}

/**
 * @param place `example.com:443`
 * @throws Failure when every address fails
 */
export function dial(
  addresses: readonly string[],
  port: number,
  place: string,
  open: OpenSocket,
  watch: Watch,
): Promise<Dialled> {
  return watch.step((resolve, reject) => {
    const waiting = [...addresses]
    const trying = new Set<Socket>()
    const losses: Loss[] = []
    let timer: NodeJS.Timeout | undefined

    const drop = () => {
      clearTimeout(timer)
      for (const socket of trying) socket.destroy()
    }
    const next = () => {
      clearTimeout(timer)
      const address = waiting.shift()
      if (address === undefined) return
      const socket = open(address, port)
      trying.add(socket)
      socket.once('connect', () => {
        trying.delete(socket)
        drop()
        resolve({ socket, address })
      })
      socket.on('error', (error) => {
        if (!trying.delete(socket)) return
        losses.push({ address, code: codeOf(error) || error.message })
        if (waiting.length > 0) next()
        else if (trying.size === 0) reject(explainLosses(place, losses))
      })
      if (waiting.length > 0) timer = setTimeout(next, NEXT_ATTEMPT)
    }
    next()
    return drop
  })
}

const KINDS: Readonly<Record<string, ProblemKind>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ETIMEDOUT: 'connect-timeout',
}

const WORDS: Readonly<Partial<Record<ProblemKind, readonly [what: string, hint: string]>>> = {
  refused: [
    'refused the connection: nothing listens on that port',
    'Look at whether the server runs and listens on this port for all interfaces, not only on 127.0.0.1 of its own machine.',
  ],
  reset: [
    'reset the connection while it was being made',
    'Look at the load balancer or firewall in front of the server.',
  ],
  'connect-timeout': ['did not answer when it was connected to', 'Look at firewalls and at the address.'],
  unreachable: [
    'cannot be reached from here: there is no route to it',
    'Look at the address and at the network of this machine; hosted runners of GitHub have no IPv6.',
  ],
}

function explainLosses(place: string, losses: readonly Loss[]): Failure {
  const kind = KINDS[losses[0]?.code ?? ''] ?? 'unreachable'
  const [what = '', hint = ''] = WORDS[kind] ?? []
  const tried = losses.map(({ address, code }) => `${address} ${code}`).join(', ')
  return new Failure(kind, `${place} ${what} (${tried}).`, hint)
}
