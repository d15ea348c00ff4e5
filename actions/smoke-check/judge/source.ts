/** Where a check says that a value is: its version, or what it captures. */
import type { ValueSource } from '../check.ts'
import type { Observation } from '../result.ts'
import { readJson } from './body.ts'
import { headerValue, setCookie } from './headers.ts'
import { select } from './json-path.ts'
import { count, show } from './show.ts'
import { decodeText } from './text.ts'
import { explainNotJudged, within } from './within.ts'

/** A value, or why there is none as a whole sentence. */
export type Sourced = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: string }

/**
 * A JSONPath must select exactly one string, number or boolean. A regular expression gives its first group, or its
 * whole match where it has none. An empty value is none.
 */
export function valueAt(source: ValueSource, observation: Observation): Sourced {
  const found = find(source, observation)
  if (!found.ok || found.value.trim() !== '') return found
  return { ok: false, problem: `${describeSource(source)} is empty.` }
}

/** As `the header x-version`; completes "There is nothing at …". */
export function describeSource(source: ValueSource): string {
  if ('json' in source) return `the JSON at ${source.json}`
  if ('header' in source) return `the header ${source.header.toLowerCase()}`
  return 'cookie' in source ? `the cookie ${source.cookie}` : `the body's match of /${source.bodyMatches}/`
}

function find(source: ValueSource, observation: Observation): Sourced {
  const { response } = observation
  if ('json' in source) return fromJson(source.json, observation)
  if ('header' in source) {
    return present(headerValue(response, source.header), `There is no header ${source.header.toLowerCase()}.`)
  }
  if ('cookie' in source) return fromCookie(source.cookie, observation)
  return fromBody(source.bodyMatches, observation)
}

function present(value: string | undefined, problem: string): Sourced {
  return value === undefined ? { ok: false, problem } : { ok: true, value }
}

function fromCookie(name: string, { response, now }: Observation): Sourced {
  const redirected = response.hops.length === 0 ? '' : ' by its last answer (those of redirects are not looked at)'
  return present(setCookie(response, name, now)?.value, `The cookie ${name} is not set${redirected}.`)
}

function fromJson(path: string, observation: Observation): Sourced {
  const json = readJson(observation.response, observation.redact)
  if (!json.ok) return { ok: false, problem: `JSON with ${path} was wanted, but the body is ${json.problem}.` }
  const selection = select(path, json.value, observation.budget)
  if (!selection.ok) return { ok: false, problem: `${path} cannot be looked up: ${selection.problem}.` }
  const [first, second] = selection.matches
  if (first === undefined) return { ok: false, problem: `The JSON has nothing at ${path}.` }
  if (second !== undefined) {
    return {
      ok: false,
      problem: `The JSON has ${count(selection.matches.length, 'value')} at ${path}; one was wanted.`,
    }
  }
  return scalar(first.value, path, observation)
}

function scalar(value: Parameters<typeof show>[0], path: string, { redact }: Observation): Sourced {
  if (typeof value === 'string') return { ok: true, value }
  if (typeof value === 'boolean') return { ok: true, value: String(value) }
  if (typeof value !== 'number') {
    return { ok: false, problem: `The JSON at ${path} is ${show(value, redact)}; a string or number was wanted.` }
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return { ok: false, problem: `The number at ${path} is too large to be read exactly; serve it as a string.` }
  }
  return { ok: true, value: String(value) }
}

function fromBody(pattern: string, { response, budget }: Observation): Sourced {
  const decoded = decodeText(response)
  if (!decoded.ok)
    return { ok: false, problem: `The body is ${decoded.problem}, so that /${pattern}/ has no text to match.` }
  try {
    const matched = within(() => new RegExp(pattern, 'u').exec(decoded.text), budget)
    if (typeof matched === 'string') {
      return { ok: false, problem: explainNotJudged(`whether the body matches /${pattern}/`, matched) }
    }
    return present(matched.value?.[1] ?? matched.value?.[0], `The body does not match /${pattern}/.`)
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, problem: `/${pattern}/ is not a regular expression.` }
    throw error
  }
}
