/** The body of an answer, as it was sent: read to its end or to a cap. */
import type { IncomingMessage } from 'node:http'
import { formatBytes } from '../../../src/summary.ts'
import { Failure } from './failure.ts'
import { Gatherer } from './gather.ts'
import type { Watch } from './watch.ts'

export interface Body {
  readonly bytes: Uint8Array
  /** Whether there was more of it than the cap. */
  readonly truncated: boolean
}

export interface BodySource {
  readonly message: IncomingMessage
  /** `example.com:443`. */
  readonly place: string
  /** What is wrong with the connection, where more is known than that it was closed. */
  readonly broken: () => Failure | undefined
}

/**
 * @param most bytes that are kept; when there are more, the connection is closed
 * @throws Failure
 */
export function readBody({ message, place, broken }: BodySource, most: number, watch: Watch): Promise<Body> {
  return watch.step((resolve, reject) => {
    const gathered = new Gatherer(most)
    watch.doing = () => `it was still sending its answer, ${formatBytes(gathered.size)} so far`
    let ended = false
    const finish = (truncated: boolean) => {
      ended = true
      resolve({ bytes: gathered.bytes, truncated })
    }
    // Every answer is closed in the end, and an error with its stack is dear.
    const lose = () => ended || reject(broken() ?? cutShort(message, place, gathered.size))
    message.on('data', (chunk: Buffer) => {
      if (ended || !gathered.add(chunk)) return
      message.destroy()
      finish(true)
    })
    message.once('end', () => finish(false))
    message.on('error', lose)
    message.once('close', lose)
    return () => message.destroy()
  })
}

function cutShort({ headers }: IncomingMessage, place: string, received: number): Failure {
  const length = headers['content-length']
  const figures = length === undefined ? `after ${received} bytes` : `after ${received} of ${Number(length)} bytes`
  const hint = "Look at the server's log for a crash, and at time limits of the proxies in front of it."
  return new Failure('reset', `${place} closed the connection in the middle of its answer, ${figures}.`, hint)
}
