/** Reading errors of clients that have no types for them. */

type Fields = Readonly<Record<string, unknown>>

/** None where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
