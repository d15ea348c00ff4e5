/** One request on one connection, up to the headers of its answer. */
import { type Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { Socket } from 'node:net'
import { placeOf } from './display-url.ts'
import { explainAnswer } from './explain-answer.ts'
import { Failure } from './failure.ts'
import { answerHeaders, type Headers, type Leg } from './headers.ts'
import type { ForwardProxy } from './proxy.ts'
import type { Watch } from './watch.ts'

/** Bytes of all headers; Node's own 16 KiB are few for a content security policy and some cookies. */
const MOST_HEADERS = 64 * 1024

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly httpVersion: string
  readonly headers: Headers
  readonly message: IncomingMessage
  /** What has gone wrong with the connection since, where that is known. */
  readonly broken: () => Failure | undefined
}

/** Where a request is written to: a socket of its own, or one that an agent keeps. */
export type Via = { readonly socket: Socket } | { readonly agent: Agent }

export interface Sending {
  readonly leg: Leg
  /** Flat, as node:http takes them. */
  readonly headers: readonly string[]
  readonly via: Via
  readonly forward: ForwardProxy | undefined
}

/**
 * An answer that switches protocols (101) comes back as well, without a body.
 *
 * @throws Failure
 */
export function send({ leg, headers, via, forward }: Sending, watch: Watch): Promise<Answer> {
  return watch.step((resolve, reject) => {
    const place = placeOf(leg.url)
    let asking: ClientRequest
    try {
      asking = request(options(leg, headers, via, forward))
    } catch (error) {
      reject(explainRefusedRequest(error, place))
      return () => {}
    }
    asking.maxHeadersCount = 0 // or the 2,000th would be the last; their bytes are limited
    let socket: Socket | undefined
    let begun: Buffer | undefined
    let broken: Failure | undefined
    const onFirstByte = (chunk: Buffer) => {
      begun = chunk
      watch.enter('transfer')
      watch.doing = () => 'it had sent the beginning of its answer, and not all of its headers'
    }
    asking.once('socket', (given: Socket) => {
      socket = given
      socket.prependOnceListener('data', onFirstByte)
    })
    const take = (message: IncomingMessage) => resolve(read(message, () => broken))
    asking.once('response', take)
    asking.once('upgrade', (message, upgraded) => {
      upgraded.destroy()
      take(message)
    })
    asking.on('error', (error) => {
      socket?.off('data', onFirstByte)
      const secure = leg.url.protocol === 'https:'
      broken = explainAnswer(error, { place, begun, reused: asking.reusedSocket, secure })
      reject(broken)
    })
    watch.enter('firstByte')
    watch.doing = () => 'it had not begun to answer'
    asking.end(leg.body)
    return () => asking.destroy()
  })
}

function options(
  { url, method }: Leg,
  headers: readonly string[],
  via: Via,
  forward: ForwardProxy | undefined,
): RequestOptions {
  const authorization = forward?.authorization === undefined ? [] : ['Proxy-Authorization', forward.authorization]
  const path = forward === undefined ? url.pathname + url.search : `${url.origin}${url.pathname}${url.search}`
  return {
    method,
    path,
    headers: [...headers, ...authorization],
    setHost: false,
    maxHeaderSize: MOST_HEADERS,
    ...('agent' in via ? { agent: via.agent } : { createConnection: () => via.socket }),
  }
}

function read(message: IncomingMessage, broken: Answer['broken']): Answer {
  const { statusCode = 0, statusMessage = '', httpVersion, rawHeaders } = message
  return {
    status: statusCode,
    statusText: statusMessage,
    httpVersion,
    headers: answerHeaders(rawHeaders),
    message,
    broken,
  }
}

/** Node sends no header with a line break or a character beyond latin1 in it; its message would show the value. */
function explainRefusedRequest(error: unknown, place: string): Failure {
  const name = /\["([^"]+)"\]/.exec(error instanceof Error ? error.message : '')?.[1]
  const what = name === undefined ? 'The request' : `The header ${name}`
  return new Failure(
    'protocol',
    `${what} to ${place} cannot be sent: there is a character in it that HTTP does not allow.`,
    'Look for a line break at the end of a variable or a captured value, and for characters beyond latin1.',
  )
}
