/** How the objects of a series are called: `<id>.json`, its archive, and `<id>.verified-<UTC time>.json`. */
import { idOfArchive, parseId } from '../names.ts'

export type Role =
  | { readonly role: 'manifest'; readonly id: string }
  | { readonly role: 'archive'; readonly id: string }
  /** `time` sorts as the times do. */
  | { readonly role: 'record'; readonly id: string; readonly time: string }

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
  if (checked !== undefined && time !== undefined)
    return ours(checked) ? { role: 'record', id: checked, time } : undefined
  return id !== undefined && ours(id) ? { role: 'manifest', id } : undefined
}

const ours = (id: string): boolean => parseId(id) !== undefined
