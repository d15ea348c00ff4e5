/** What goes into a snapshot, before it is read. */

interface Common {
  /** Where it stands in the snapshot: relative, with `/`, without `.` and `..`. */
  readonly path: string
  /** For the manifest: `path: dist/**` or `command: pg_dump`. */
  readonly source: string
  /** ms since 1970. */
  readonly modifiedAt: number
}

export interface FileEntry extends Common {
  readonly type: 'file'
  /** The file on this machine, absolute. */
  readonly file: string
  /** Bytes, when it was looked at. */
  readonly size: number
  /** Permission bits, as 0o644. */
  readonly mode: number
}

export interface DirectoryEntry extends Common {
  readonly type: 'directory'
  readonly mode: number
}

export interface LinkEntry extends Common {
  readonly type: 'link'
  /** As it is written in the link: relative, and inside the snapshot. */
  readonly target: string
}

export type Entry = FileEntry | DirectoryEntry | LinkEntry
