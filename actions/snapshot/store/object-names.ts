/** How the objects of a series are called: `<id>.json`, its archive, and `<id>.verified-<UTC time>.json`. */
import { idOfArchive, parseId } from '../names.ts'

export type Role =
  | { readonly role: 'manifest'; readonly id: string }
  | { readonly role: 'archive'; readonly id: string }
  /** In ms since 1970. */
  | { readonly role: 'record'; readonly id: string; readonly time: number }

export const manifestName = (id: string): string => `${id}.json`

/** @param at ISO 8601 */
export function recordName(id: string, at: string): string {
  return `${id}.verified-${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}.json`
}

/** undefined: it is none of ours, and nobody touches it. */
export function roleOf(name: string): Role | undefined {
  const archived = idOfArchive(name)
  if (archived !== undefined) return { role: 'archive', id: archived }
  const { checked, time, id } =
    /^(?<checked>.+)\.verified-(?<time>\d{8}T\d{9}Z)\.json$|^(?<id>.+)\.json$/.exec(name)?.groups ?? {}
  if (checked !== undefined && time !== undefined) return recordOf(checked, time)
  return id !== undefined && ours(id) ? { role: 'manifest', id } : undefined
}

function recordOf(id: string, text: string): Role | undefined {
  const time = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z'))
  return ours(id) && !Number.isNaN(time) ? { role: 'record', id, time } : undefined
}

const ours = (id: string): boolean => parseId(id) !== undefined
