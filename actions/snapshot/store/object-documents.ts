/** Reading manifests and records of checks: small JSON documents that anybody may have put there. */
import * as v from 'valibot'
import { Manifest, Verification } from '../manifest.ts'
import { datedBy, jsonOf, LARGEST_DOCUMENT, smallText } from './documents.ts'
import { recordName } from './object-names.ts'
import type { Objects, StoredObject } from './objects.ts'
import { MissingError } from './store.ts'

export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  /** It was there when the place was listed, and a prune has taken it since. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly problem: string }

export async function readManifest(
  objects: Objects,
  object: StoredObject,
  expected: { readonly id: string; readonly series: string },
): Promise<Read<Manifest>> {
  const read = await readDocument(objects, object, Manifest)
  if (read.kind !== 'read') return read
  const { id, series } = read.value
  if (id !== expected.id) return problem(objects, object, `it is that of the snapshot ${id}`)
  if (series !== expected.series) return problem(objects, object, `it is of the series ${series}`)
  return read
}

export async function readRecord(objects: Objects, object: StoredObject, id: string): Promise<Read<Verification>> {
  const read = await readDocument(objects, object, Verification)
  if (read.kind !== 'read') return read
  const { value } = read
  if (value.id !== id) return problem(objects, object, `it is about the snapshot ${value.id}`)
  if (recordName(id, value.at) !== object.name) return problem(objects, object, `it is of another time, ${value.at}`)
  return { kind: 'read', value: datedBy(value, writtenAt(object)) }
}

/** undefined: the store does not say it. */
export function writtenAt({ writtenAt: time }: StoredObject): number | undefined {
  return time > 0 ? time : undefined
}

async function readDocument<T>(
  objects: Objects,
  object: StoredObject,
  schema: v.GenericSchema<unknown, T>,
): Promise<Read<T>> {
  if (object.size > LARGEST_DOCUMENT) {
    return problem(objects, object, `it has ${object.size} bytes, more than ${LARGEST_DOCUMENT}`)
  }
  let text: string | undefined
  try {
    text = await smallText(await objects.get(object.name), LARGEST_DOCUMENT)
  } catch (error) {
    if (error instanceof MissingError) return { kind: 'gone' }
    throw error
  }
  if (text === undefined) return problem(objects, object, `it has grown to more than ${LARGEST_DOCUMENT} bytes`)
  const json = jsonOf(text)
  if (json === undefined) return problem(objects, object, 'it is no JSON')
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return { kind: 'read', value: parsed.output }
  const [issue] = parsed.issues
  return problem(objects, object, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`)
}

function problem({ place }: Objects, { name }: StoredObject, reason: string): Read<never> {
  return { kind: 'problem', problem: `${name} in ${place} cannot be read: ${reason}.` }
}
