/** Where snapshots are kept: the port that all stores implement, and that one conformance suite holds them to. */
import type { Readable } from 'node:stream'
import { ActionError } from '../../../src/errors.ts'
import type { Manifest, Verification } from '../manifest.ts'

/** A snapshot that is complete: its manifest is there. */
export interface Snapshot {
  readonly manifest: Manifest
  /** The newest check of its archive since it was made, if there was one. */
  readonly verification: Verification | undefined
  /** A page for people; undefined where the store has none. */
  readonly url: string | undefined
  /** When the store itself drops its manifest, in ms since 1970; undefined: never. */
  readonly expiresAt: number | undefined
}

/** An archive, or something beside one, that belongs to no snapshot: of a crash, or of a create that is still running. */
export interface Leftover {
  readonly name: string
  readonly size: number
  /** When it was written, in ms since 1970, by the store's clock. */
  readonly writtenAt: number
}

export interface Listing {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly leftovers: readonly Leftover[]
  /** What stands in the place of a manifest and cannot be read as one: each as a whole sentence. */
  readonly problems: readonly string[]
}

/** An archive on this machine. */
export interface LocalArchive {
  readonly file: string
  /** Its name in the store: `archiveName(id, …)`. */
  readonly name: string
  readonly size: number
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
}

export interface StoredArchive {
  readonly size: number
  /** In ms since 1970, by the store's clock. */
  readonly writtenAt: number
  /** In ms since 1970; undefined: it stays until it is removed. */
  readonly expiresAt: number | undefined
}

export interface Published {
  /** A page for people; undefined where the store has none. */
  readonly url: string | undefined
  /** When the store itself drops the manifest, in ms since 1970; undefined: never. */
  readonly expiresAt: number | undefined
}

/**
 * One series in one place. Every call is one that a crash may follow: what was not published is never listed, and every
 * call can be repeated. Requests have deadlines and end with the signal that the store was opened with; what is
 * transient is tried again inside.
 *
 * @throws ActionError from every method: what failed, where, why and what to change
 */
export interface Store {
  /** For sentences: `the folder /mnt/backup/production`, `the artifacts of octo-org/site`. */
  readonly place: string
  /** A folder in which an archive is best written, since uploading it then is a rename; undefined: anywhere. */
  readonly spool: string | undefined
  /** Whether strangers can read what is kept here. */
  isPublic(): Promise<boolean>
  list(): Promise<Listing>
  /**
   * Keeps the archive under its name; nobody sees it yet.
   * @throws TakenError when there is one of that name, which is then left as it is
   */
  upload(archive: LocalArchive): Promise<void>
  /** The archive's bytes, as they are in the store. @throws MissingError when there is none of that name */
  download(name: string): Promise<Readable>
  /**
   * What a person runs in a POSIX shell to have the archive in the working directory, under its name.
   * @throws MissingError when there is none of that name; a store whose lines need no look-up does not look
   */
  fetchByHand(name: string): Promise<readonly string[]>
  /** undefined when there is none of that name. */
  inspect(name: string): Promise<StoredArchive | undefined>
  /** The commit point. @throws TakenError when there is a snapshot of that id, which is then left as it is */
  publish(manifest: Manifest): Promise<Published>
  /** Keeps what a check has found; `list` then shows it with the snapshot. */
  record(verification: Verification): Promise<void>
  /** From now on nobody sees the snapshot. Its archive is untouched. It is no error if it is gone already. */
  unpublish(manifest: Manifest): Promise<void>
  /** Removes an archive or a leftover. It is no error if it is gone already. */
  remove(name: string): Promise<void>
}

/** There is something of that name already. */
export class TakenError extends ActionError {}

/** There is nothing of that name. */
export class MissingError extends ActionError {}
