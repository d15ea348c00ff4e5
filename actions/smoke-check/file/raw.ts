/** A checks file that fits checks.schema.json, as it is written: no defaults, nothing filled in. */
import type { Json, JsonType, PresetName, Severity } from '../check.ts'

export interface RawFile {
  readonly version: 1
  readonly defaults?: RawDefaults
  readonly checks: readonly RawCheck[]
}

/** What a check takes from `defaults` unless it says otherwise. */
export interface RawShared {
  readonly session?: string
  readonly redirects?: 'none' | 'same-host' | number
  readonly resolve?: Readonly<Record<string, string>>
  readonly ip?: 'auto' | 'both' | 4 | 6 | '4' | '6'
  readonly timeout?: string
  readonly 'connect-timeout'?: string
  readonly severity?: Severity
  readonly tls?: RawTls | null
}

export interface RawTls {
  readonly 'expires-in'?: string
  readonly severity?: Severity
}

export interface RawAuth {
  readonly username: string
  readonly password: string
}

export interface RawDefaults extends RawShared {
  readonly 'base-url'?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly auth?: RawAuth
}

export interface RawCheck extends RawShared {
  readonly name: string
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | null | RawCondition>>
  readonly 'request-body'?: RawBody
  readonly auth?: RawAuth | null
  readonly status?: RawStatus | readonly RawStatus[]
  readonly version?: RawSource
  readonly json?: Readonly<Record<string, RawCondition>>
  readonly cookies?: Readonly<Record<string, RawCondition>>
  readonly body?: RawCondition & { readonly 'max-size'?: string }
  readonly latency?: RawLatency
  readonly cors?: RawCors | readonly RawCors[]
  readonly presets?: readonly RawPreset[]
  readonly capture?: Readonly<Record<string, RawSource>>
  readonly needs?: readonly string[]
}

export type RawStatus = number | string
export type RawPreset = PresetName | { readonly [name in PresetName]?: Readonly<Record<string, Json>> }

/** One of them. */
export interface RawBody {
  readonly json?: Json
  readonly form?: Readonly<Record<string, string | number | boolean>>
  readonly text?: string
}

/** One of them. */
export interface RawSource {
  readonly json?: string
  readonly header?: string
  readonly cookie?: string
  readonly 'body-matches'?: string
}

export interface RawCondition {
  readonly equals?: Json
  readonly not?: Json | RawCondition
  readonly matches?: string
  readonly contains?: Json
  readonly 'not-contains'?: Json
  readonly exists?: boolean
  readonly type?: JsonType
  readonly length?: number | RawCondition
  readonly lt?: number
  readonly lte?: number
  readonly gt?: number
  readonly gte?: number
  readonly 'one-of'?: readonly Json[]
}

export interface RawLatency {
  readonly max?: string
  readonly p95?: string
  readonly 'cold-max'?: string
  readonly samples?: number
}

export interface RawCors {
  readonly origin: string | null
  readonly allowed: boolean
  readonly credentials?: boolean
  readonly method?: string
}
