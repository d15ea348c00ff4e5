/** Manifests and records of checks as bytes: small JSON documents, in whose place anybody may have put something else. */
import type { Readable } from 'node:stream'
import type { Manifest, Verification } from '../manifest.ts'

/** Bytes. A manifest has under 2 kB, and 100 bytes more for each recipient. */
export const LARGEST_DOCUMENT = 64 * 1024

export function documentBytes(document: Manifest | Verification | Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`)
}

/**
 * The record with the time that counts, so that none is the newest for ever: no check is of a later time than the store has
 * it from.
 *
 * @param writtenAt in ms since 1970, by the store's clock; undefined: the store does not say
 */
export function datedBy(record: Verification, writtenAt: number | undefined): Verification {
  if (writtenAt === undefined || Date.parse(record.at) <= writtenAt) return record
  return { ...record, at: new Date(writtenAt).toISOString() }
}

/** The text of something small. undefined: it is larger than that many bytes. */
export async function smallText(stream: Readable, most: number): Promise<string | undefined> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of stream) {
    const bytes = Buffer.from(piece)
    size += bytes.length
    if (size > most) return undefined // leaving the loop closes the stream
    pieces.push(bytes)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** undefined: it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
