/** What a store of snapshots needs of a place that keeps named things: a folder, a bucket, a release's assets. */
import type { Readable } from 'node:stream'

export interface StoredObject {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** By the place's own clock, in ms since 1970. */
  readonly writtenAt: number
  /** When the place drops it by itself, in ms since 1970; undefined: never. */
  readonly expiresAt?: number | undefined
  /** A page for people. */
  readonly url?: string | undefined
}

/** A file on this machine that does not change any more. */
export interface LocalFile {
  readonly file: string
  readonly size: number
}

/**
 * The objects of one series in one place, under plain names without `/`. Nobody sees an object before it is whole.
 * Requests have deadlines and end with the signal that the place was opened with; what is transient is tried again.
 *
 * @throws ActionError from every method: what failed, where, why and what to change
 */
export interface Objects {
  /** For sentences: `the folder /mnt/backup/production`. */
  readonly place: string
  /** A folder from which `put` is a rename; undefined: there is none. */
  readonly spool: string | undefined
  isPublic(): Promise<boolean>
  /** All that are whole, in any order. */
  list(): Promise<readonly StoredObject[]>
  /** What a crash has left half-written, or another step is writing; `delete` takes these names. */
  unfinished(): Promise<readonly StoredObject[]>
  /** Only creates. @throws TakenError when there is one of that name, which is then left as it is */
  put(name: string, content: LocalFile | Uint8Array): Promise<void>
  /** The bytes of one object, never of two, also across broken connections. @throws MissingError when there is none */
  get(name: string): Promise<Readable>
  /** Lines for a POSIX shell that copy the object into the working directory, under its name. */
  fetchByHand(name: string): Promise<readonly string[]>
  stat(name: string): Promise<StoredObject | undefined>
  /** It is no error if it is gone already. */
  delete(name: string): Promise<void>
}
