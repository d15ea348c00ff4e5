/** Reads the options of presets; what it takes, and what it fills in, is what their JSON Schemas say. */
import * as v from 'valibot'
import { parseDuration } from '../../../src/duration.ts'
import type { StatusMatch } from '../check.ts'
import { SECURITY_RULES } from './options.ts'

const Text = v.pipe(v.string(), v.minLength(1))
const JsonPath = v.pipe(v.string(), v.startsWith('$'))
const Origin = v.pipe(v.string(), v.regex(/^https?:\/\/[^/?#\s]+$/))
const Duration = v.pipe(
  v.string(),
  v.regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/),
  v.transform((text) => parseDuration(text, 'hsts-max-age')),
)
const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const Status = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599))
const Statuses = v.pipe(
  v.union([
    Status,
    v.pipe(v.array(Status), v.minLength(1), v.check<number[], string>(isSet, 'one of them is there twice')),
  ]),
  v.transform((given): readonly StatusMatch[] => [given].flat().map((exact) => ({ exact }))),
)
const UnknownPath = v.optional(Text, './slipway-smoke-check-no-such-page')
const Percent = v.pipe(
  v.string(),
  v.regex(/^(100|\d{1,2}(\.\d+)?)%$/),
  v.transform((text) => Number.parseFloat(text) / 100),
)

export const schemas = {
  'security-headers': v.strictObject({
    'hsts-max-age': v.optional(Duration, '182.5d'),
    'hsts-subdomains': v.optional(v.boolean(), false),
    'csp-allow': v.optional(set(v.picklist(['unsafe-inline', 'unsafe-eval'])), []),
    except: v.optional(set(v.picklist(SECURITY_RULES)), []),
  }),
  'cors-strict': v.strictObject({
    origin: v.optional(Origin, 'https://foreign-origin.example'),
    'allowed-origin': v.optional(Origin),
    'allow-wildcard': v.optional(v.boolean(), true),
  }),
  'no-debug': v.strictObject({ path: UnknownPath }),
  'json-error': v.strictObject({
    path: UnknownPath,
    status: v.optional(Statuses, [404]),
    fields: v.optional(set(JsonPath), []),
  }),
  'rate-limit-headers': v.strictObject({
    style: v.optional(v.picklist(['any', 'structured', 'plain', 'x']), 'any'),
  }),
  'https-redirect': v.strictObject({ 'http-port': v.optional(Port, 80), 'https-port': v.optional(Port, 443) }),
  csrf: v.strictObject({
    path: v.optional(Text),
    form: v.optional(v.record(v.string(), v.string()), {}),
    'token-cookie': v.optional(v.nullable(Text), 'csrftoken'),
    'session-cookie': v.optional(v.nullable(Text), 'sessionid'),
    status: v.optional(Statuses, [400, 403, 419, 422]),
  }),
  pagination: v.strictObject({
    style: v.optional(v.picklist(['offset', 'page', 'cursor', 'link']), 'offset'),
    items: v.optional(JsonPath),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1),
    'limit-parameter': v.optional(Text, 'limit'),
    parameter: v.optional(Text),
    'first-page': v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
    next: v.optional(JsonPath),
  }),
  'not-public': v.strictObject({
    paths: v.optional(set(Text), []),
    graphql: v.optional(Text),
    status: v.optional(Statuses, [401, 403, 404]),
  }),
  etag: v.strictObject({ weak: v.optional(v.boolean(), true) }),
  'error-rate': v.strictObject({
    max: Percent,
    samples: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  }),
} as const

type Schemas = typeof schemas

/** What a preset reads: durations in milliseconds, percentages as a share, defaults filled in. */
export type Options<Name extends keyof Schemas> = v.InferOutput<Schemas[Name]>

function set<T>(item: v.GenericSchema<T>) {
  return v.pipe(v.array(item), v.check<T[], string>(isSet, 'one of them is there twice'))
}

function isSet(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length
}
