/** JSONPath, RFC 9535. */
import { compile, JSONPathError, type JSONPathQuery } from 'json-p3'
import type { Json } from '../check.ts'
import { within } from './within.ts'

/** A value and its normalized path, as `$['items'][0]`. */
export interface Match {
  readonly path: string
  readonly value: Json
}

export type Selection =
  | { readonly ok: true; readonly matches: readonly Match[] }
  | { readonly ok: false; readonly problem: string }

const compiled = new Map<string, JSONPathQuery>()

/** Why it is not a JSONPath; undefined where it is one. */
export function jsonPathProblem(path: string): string | undefined {
  try {
    compiledPath(path)
    return undefined
  } catch (error) {
    if (error instanceof JSONPathError) return error.message
    throw error
  }
}

/** All values that a path selects. Paths that search deeply or filter have a deadline: their cost is the server's choice. */
export function select(path: string, json: Json): Selection {
  try {
    const query = compiledPath(path)
    if (query.singularQuery()) return { ok: true, matches: matchesOf(query, json) }
    const matches = within(() => matchesOf(query, json))
    if (matches === undefined) return { ok: false, problem: 'it takes too long to find what it selects' }
    return { ok: true, matches: matches.value }
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
