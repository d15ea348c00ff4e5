/** A check as it was written: validated, defaults applied, environment variables filled in, captures still open. */
import type { IpChoice, Redirects } from './exchange.ts'

/**
 * Text whose environment variables are filled in; parts that a capture of an earlier check fills stay as names. One that
 * begins the URL of a check is a `link`: a path or a URL of the origin that stands before it, and else a part of a path.
 */
export type Template = readonly (string | { readonly capture: string; readonly link?: true })[]

export type Severity = 'fail' | 'warn'

/** JSON values, as YAML and servers give them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export type JsonType = 'null' | 'boolean' | 'number' | 'integer' | 'string' | 'array' | 'object'

/** All given operators must hold. Strings in `equals`, `contains`, … may hold captures, hence templates inside. */
export interface Condition {
  readonly equals?: JsonTemplate
  /** A value that it must not equal, or a condition that must not hold. */
  readonly not?: { readonly value: JsonTemplate } | { readonly condition: Condition }
  /** Source of an ECMAScript regular expression with the u flag, searched for anywhere. */
  readonly matches?: string
  /** Part of a string, or element of an array. */
  readonly contains?: JsonTemplate
  readonly notContains?: JsonTemplate
  readonly exists?: boolean
  readonly type?: JsonType
  /** Of a string in characters, of an array in elements, of an object in members. */
  readonly length?: number | Condition
  readonly lt?: number
  readonly lte?: number
  readonly gt?: number
  readonly gte?: number
  readonly oneOf?: readonly JsonTemplate[]
}

/** A JSON value whose strings are templates. */
export type JsonTemplate =
  | null
  | boolean
  | number
  | { readonly text: Template }
  | readonly JsonTemplate[]
  | { readonly members: readonly (readonly [key: string, value: JsonTemplate])[] }

export type RequestBody =
  | { readonly json: JsonTemplate }
  | { readonly form: readonly (readonly [name: string, value: Template])[] }
  | { readonly text: Template }

/** Where a value is found in an answer. Paths are JSONPath, RFC 9535; a regular expression gives its first group, else its match. */
export type ValueSource =
  | { readonly json: string }
  | { readonly header: string }
  | { readonly cookie: string }
  | { readonly bodyMatches: string }

export interface Latency {
  /** Milliseconds. Judged on the one cold request when `samples` is 1, else on every warm sample. */
  readonly max?: number
  /** Milliseconds; needs 20 samples or more. */
  readonly p95?: number
  /** Milliseconds for the cold request, connection and TLS included. */
  readonly coldMax?: number
  /** Warm requests on one kept connection; 1 means that only the cold request is measured. */
  readonly samples: number
}

export interface Tls {
  /** Milliseconds that leaf and verified chain must still be valid. */
  readonly expiresIn: number
  readonly severity: Severity
}

export interface Cors {
  readonly origin: string
  readonly allowed: boolean
  readonly credentials?: boolean
  /** Of the preflight; GET when left out. */
  readonly method?: string
}

export const PRESET_NAMES = [
  'security-headers',
  'cors-strict',
  'no-debug',
  'json-error',
  'rate-limit-headers',
  'https-redirect',
  'csrf',
  'pagination',
  'not-public',
  'etag',
  'error-rate',
] as const
export type PresetName = (typeof PRESET_NAMES)[number]

/** A preset and its options as JSON; each preset parses its own with a schema that checks.schema.json repeats. */
export interface PresetUse {
  readonly name: PresetName
  readonly options: { readonly [key: string]: Json }
}

/** Accepted statuses: exact ones, and classes as 2 for `2xx`. */
export type StatusMatch = { readonly exact: number } | { readonly class: number }

export interface Check {
  readonly name: string
  /** Where it stands, as `checks.yml:12` or `input urls, line 2`. */
  readonly origin: string
  readonly url: Template
  readonly method: string
  /** Request headers, those of `defaults` merged in, null ones left out. */
  readonly requestHeaders: readonly (readonly [name: string, value: Template])[]
  readonly requestBody?: RequestBody
  readonly auth?: { readonly username: Template; readonly password: Template }
  /** Name of the cookie jar that is shared by all checks of that session. */
  readonly session: string
  readonly redirects: Redirects
  readonly resolve: ReadonlyMap<string, string>
  readonly ip: IpChoice | 'both'
  /** Milliseconds. */
  readonly timeout: number
  /** Milliseconds. */
  readonly connectTimeout: number

  /** Any of them; the quick form and a check that says nothing want a 2xx. */
  readonly status: readonly StatusMatch[]
  readonly version?: ValueSource
  readonly json: readonly (readonly [path: string, condition: Condition])[]
  readonly headers: readonly (readonly [name: string, condition: Condition])[]
  /** Of the cookies that this answer sets. */
  readonly cookies: readonly (readonly [name: string, condition: Condition])[]
  readonly body?: Condition
  /** Bytes of the decoded body, at most. */
  readonly maxBodySize?: number
  readonly latency?: Latency
  readonly tls?: Tls
  readonly cors: readonly Cors[]
  readonly presets: readonly PresetUse[]
  readonly capture: readonly (readonly [name: string, source: ValueSource])[]
  /** Names of the checks that must have passed in the same round. */
  readonly needs: readonly string[]
  readonly severity: Severity
}

/** What a checks file, the quick form and the environment come to. */
export interface CheckSet {
  /** In an order in which every check comes after those it needs. */
  readonly checks: readonly Check[]
  /** Values that must never be shown: of every variable in a header, auth, cookie or body, and of every query value. */
  readonly secrets: readonly string[]
  /** Names of the captures whose values must never be shown either, once an answer has given them. */
  readonly secretCaptures: readonly string[]
  /** Those of the query values that the file itself writes: a dry run may show them. */
  readonly queryLiterals?: readonly string[]
}
