/** JSONPath, RFC 9535. */
import { compile, JSONPathError, type JSONPathQuery } from 'json-p3'
import type { Json } from '../check.ts'
import { type Budget, within } from './within.ts'

/** A value and its normalized path, as `$['items'][0]`. */
export interface Match {
  readonly path: string
  readonly value: Json
}

export type Selection =
  | { readonly ok: true; readonly matches: readonly Match[] }
  | { readonly ok: false; readonly problem: string }

const USED_UP = 'the time for judging is used up'

const compiled = new Map<string, JSONPathQuery>()

/** All values that a path selects. Paths that search deeply or filter have a deadline: their cost is the server's choice. */
export function select(path: string, json: Json, budget?: Budget): Selection {
  try {
    const query = compiledPath(path)
    if (query.singularQuery()) return { ok: true, matches: matchesOf(query, json) }
    const matches = within(() => matchesOf(query, json), budget)
    if (typeof matches === 'object') return { ok: true, matches: matches.value }
    return { ok: false, problem: matches === 'slow' ? 'it takes too long to find what it selects' : USED_UP }
  } catch (error) {
    if (error instanceof JSONPathError) return { ok: false, problem: error.message }
    throw error
  }
}

function compiledPath(path: string): JSONPathQuery {
  const known = compiled.get(path) ?? compile(path)
  compiled.set(path, known)
  return known
}

function matchesOf(query: JSONPathQuery, json: Json): readonly Match[] {
  // A path selects parts of what it is given, so that JSON gives JSON; the library's type allows undefined in between.
  return query.query(json as Parameters<JSONPathQuery['query']>[0]).nodes.map((node) => ({
    path: node.getPath({ form: 'canonical' }),
    value: node.value as Json,
  }))
}
