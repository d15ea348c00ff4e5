import { type ParseError, parse } from 'jsonc-parser'
import * as v from 'valibot'
import { ActionError, messageOf } from '../../src/errors.ts'

const JsonObject = v.record(v.string(), v.unknown())
const EXAMPLE = 'Write a JSON object, as in {"version": "1.2.3"}.'

/** The object of the `payload` input; an empty one when it was not given. */
export function parsePayload(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  const value = parseJson(text)
  if (!v.is(JsonObject, value) || Array.isArray(value)) {
    throw new ActionError(`Input payload is ${nameOf(value)}, not a JSON object.`, { hint: EXAMPLE })
  }
  if ('slipway' in value) {
    throw new ActionError('Input payload has a member "slipway", which is where this action writes its own data.', {
      hint: 'Rename it.',
    })
  }
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = messageOf(error).replace(/ in JSON at position .*$/s, '') // a second place, and not always the same
    throw new ActionError(`Input payload is not JSON${position(text)}: ${reason}.`, { hint: EXAMPLE })
  }
}

/** Where the first mistake is. JSON.parse says it for some mistakes only, and for others quotes what is around. */
function position(text: string): string {
  const errors: ParseError[] = []
  parse(text, errors, { disallowComments: true, allowTrailingComma: false })
  const offset = errors[0]?.offset
  if (offset === undefined) return ''
  const before = text.slice(0, offset).split('\n')
  return ` at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
