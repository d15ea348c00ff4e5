/**
 * The names of things in a store. A snapshot's id is `<series>-<UTC time>-<short sha>`, as in
 * `production-20261127T021700123Z-1f3a5c7`; its archive and everything beside it begin with that.
 */

export const REASONS = ['scheduled', 'pre-deploy', 'post-deploy', 'pre-rollback', 'manual'] as const
export type Reason = (typeof REASONS)[number]

/** What a series may be called: it is part of file names, of keys and of artifact names. */
export const SERIES = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const ID = /^(?<series>.+)-(?<time>\d{8}T\d{9}Z)-(?<commit>[0-9a-f]{7})$/

export interface IdParts {
  readonly series: string
  readonly created: Date
  /** The first 7 digits. */
  readonly commit: string
}

/** The id of a snapshot that is made at this moment, to the millisecond. */
export function snapshotId(series: string, created: Date, commit: string): string {
  return `${series}-${created.toISOString().replaceAll(/[-:.]/g, '')}-${commit.slice(0, 7)}`
}

/** undefined where the text is no id. */
export function parseId(id: string): IdParts | undefined {
  const { series, time, commit } = ID.exec(id)?.groups ?? {}
  if (series === undefined || time === undefined || commit === undefined || !SERIES.test(series)) return undefined
  const created = new Date(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z'))
  return Number.isNaN(created.getTime()) ? undefined : { series, created, commit }
}

export function archiveName(id: string, encrypted: boolean): string {
  return `${id}.tar.zst${encrypted ? '.age' : ''}`
}

/** The id of the snapshot that an archive was made for; undefined where it is no archive's name. */
export function idOfArchive(name: string): string | undefined {
  const id = /^(.+)\.tar\.zst(?:\.age)?$/.exec(name)?.[1]
  return id !== undefined && parseId(id) !== undefined ? id : undefined
}

export function isEncrypted(archive: string): boolean {
  return archive.endsWith('.age')
}
