/** The encodings of a body. A few bytes can stand for gigabytes, so that what comes out is capped as well. */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { plain } from '../judge/show.ts'
import type { Body } from './body.ts'
import { codeOf, Failure } from './failure.ts'
import { Gatherer } from './gather.ts'
import type { Watch } from './watch.ts'

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Transform>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  // Meant as zlib's format (RFC 9110 section 8.4.1.2), and sent without its header by some servers.
  deflate: ([first = 0]) => ((first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw()),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
}

/** As many as browsers take; more of them are a way to keep a client busy. */
const MOST_ENCODINGS = 5

/**
 * Names of the encodings in the order in which they are taken off.
 *
 * @throws Failure when one is not known here
 */
export function encodingsOf(contentEncodings: readonly string[], place: string): readonly string[] {
  const names = contentEncodings
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
  if (names.length > MOST_ENCODINGS) {
    throw new Failure(
      'encoding',
      `${place} sends a body that is encoded ${names.length} times over.`,
      'Let the server compress once.',
    )
  }
  const unknown = names.find((name) => !Object.hasOwn(DECODERS, name))
  if (unknown !== undefined) {
    const hint = 'Let the server keep to accept-encoding: gzip, deflate, br or zstd.'
    throw new Failure('encoding', `${place} sends a content-encoding that was not asked for: ${plain(unknown)}.`, hint)
  }
  return names.toReversed()
}

/**
 * @param most bytes that are kept at every layer
 * @throws Failure when the bytes are not what the encoding says
 */
export async function decode(
  body: Body,
  encodings: readonly string[],
  most: number,
  place: string,
  watch: Watch,
): Promise<Body> {
  let decoded = body
  for (const encoding of encodings) {
    if (decoded.bytes.length > 0) decoded = await takeOff(decoded, encoding, most, place, watch)
  }
  return decoded
}

function takeOff(body: Body, encoding: string, most: number, place: string, watch: Watch): Promise<Body> {
  const decoder = DECODERS[encoding]?.(body.bytes)
  if (decoder === undefined) throw new Error(`There is no decoder for ${encoding}.`)
  return watch.step((resolve, reject) => {
    const gathered = new Gatherer(most)
    watch.doing = () => 'its answer was still being decoded'
    const finish = (truncated: boolean) => resolve({ bytes: gathered.bytes, truncated })
    decoder.on('data', (chunk: Buffer) => {
      if (!gathered.add(chunk)) return
      decoder.destroy()
      finish(true)
    })
    decoder.once('end', () => finish(body.truncated))
    decoder.on('error', (error) => (body.truncated ? finish(true) : reject(explain(error, encoding, place))))
    decoder.end(body.bytes)
    return () => decoder.destroy()
  })
}

function explain(error: Error, encoding: string, place: string): Failure {
  return new Failure(
    'encoding',
    `${place} sends a body that is not what its content-encoding says, ${encoding} (${codeOf(error) || error.message}).`,
    'Look at whether it is compressed at all, or twice, or cut off by something on the way.',
  )
}
