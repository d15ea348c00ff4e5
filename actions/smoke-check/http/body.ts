/** The body of an answer, as it was sent: read to its end or to a cap. */
import type { IncomingMessage } from 'node:http'
import { formatBytes } from '../../../src/summary.ts'
import { Failure } from './failure.ts'
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
    const chunks: Buffer[] = []
    let size = 0
    watch.doing = () => `it was still sending its answer, ${formatBytes(size)} so far`
    const finish = (truncated: boolean) => resolve({ bytes: Buffer.concat(chunks, Math.min(size, most)), truncated })
    const lose = () => reject(broken() ?? cutShort(message, place, size))
    message.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= most) return
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
