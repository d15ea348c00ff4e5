/** What a check wants of its answer, apart from conditions for single values. */
import { isIP } from 'node:net'
import type { Cors, Json, Latency, PresetUse, StatusMatch, Tls } from '../check.ts'
import { PRESET_NAMES } from '../check.ts'
import { at } from './pointer.ts'
import type { RawCheck, RawCors, RawDefaults, RawPreset } from './raw.ts'
import { loadSchema } from './shape.ts'
import { readDuration, readStatus } from './terms.ts'
import { noteQuery } from './url.ts'
import { isList, type Scope, type Use } from './variables.ts'

/** Below, the nearest-rank 95th percentile is the slowest sample. */
const LEAST_SAMPLES = 20

export function readStatuses({ status }: RawCheck): readonly StatusMatch[] {
  if (status === undefined) return [{ class: 2 }]
  return typeof status === 'object' ? status.map(readStatus) : [readStatus(status)]
}

export function readLatency(scope: Scope, pointer: string, { latency }: RawCheck): Latency | undefined {
  if (latency === undefined) return undefined
  const { samples = 1 } = latency
  const duration = (key: 'max' | 'p95' | 'cold-max') => {
    const text = latency[key]
    return text === undefined ? undefined : readDuration(scope, at(pointer, 'latency', key), text)
  }
  const [max, p95, coldMax] = [duration('max'), duration('p95'), duration('cold-max')]
  if (p95 !== undefined && samples < LEAST_SAMPLES) {
    const given = latency.samples === undefined ? 'and only one is taken' : `not ${samples}`
    const message = `A 95th percentile needs at least ${LEAST_SAMPLES} samples, ${given}.`
    scope.report(at(pointer, 'latency', 'p95'), message, `Set samples: ${LEAST_SAMPLES}, or use max.`)
  }
  if (p95 !== undefined && max !== undefined && max < p95) {
    scope.report(
      at(pointer, 'latency', 'max'),
      'It is less than p95, which can then never matter.',
      'Exchange the two.',
    )
  }
  return {
    samples,
    ...(max !== undefined && { max }),
    ...(p95 !== undefined && { p95 }),
    ...(coldMax !== undefined && { coldMax }),
  }
}

/** That of the check over that of `defaults`, key by key. */
export function readTls(scope: Scope, pointer: string, raw: RawCheck, defaults: RawDefaults): Tls | undefined {
  if (raw.tls === null || (raw.tls === undefined && defaults.tls == null)) return undefined
  const merged = { ...defaults.tls, ...raw.tls }
  const place = raw.tls?.['expires-in'] === undefined ? '/defaults/tls' : at(pointer, 'tls')
  const text = merged['expires-in']
  if (text === undefined) {
    const where = raw.tls === undefined ? '/defaults/tls' : at(pointer, 'tls')
    scope.report(
      where,
      'The key "expires-in" is missing.',
      'Write how long certificates must still be valid, as 30d.',
      'key',
    )
    return undefined
  }
  const severity = merged.severity ?? raw.severity ?? defaults.severity ?? 'fail'
  return { expiresIn: readDuration(scope, at(place, 'expires-in'), text), severity }
}

export function readCors(scope: Scope, pointer: string, { cors = [] }: RawCheck): readonly Cors[] {
  if (!isSeveral(cors)) return [readOneCors(scope, at(pointer, 'cors'), cors)]
  return cors.map((one, index) => readOneCors(scope, at(pointer, 'cors', index), one))
}

function isSeveral(cors: RawCors | readonly RawCors[]): cors is readonly RawCors[] {
  return Array.isArray(cors)
}

function readOneCors(scope: Scope, pointer: string, raw: RawCors): Cors {
  const { allowed, credentials, method } = raw
  return {
    origin: readOrigin(scope, at(pointer, 'origin'), raw.origin),
    allowed,
    ...(credentials !== undefined && { credentials }),
    ...(method !== undefined && { method }),
  }
}

/** Browsers send scheme, host and port, in lower case and with nothing behind; a variable often holds a whole address. */
function readOrigin(scope: Scope, pointer: string, raw: string | null): string {
  if (raw === null || raw === 'null') return 'null'
  const text = scope.fillNow(pointer, raw)
  if (text === '') return ''
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  const isWhole = raw.includes(`\${`) || url?.pathname === '/'
  if (url !== null && isWeb && isWhole && url.username === '' && !/[\s\p{Cc}]/u.test(text)) return url.origin
  const how = raw.includes(`\${`) ? 'With its variables filled in, it' : 'It'
  scope.report(
    pointer,
    `${how} is not an origin.`,
    'Write scheme and host with no path, as https://app.example.com, or null.',
  )
  return text
}

export function readPresets(scope: Scope, pointer: string, { presets = [] }: RawCheck): readonly PresetUse[] {
  const seen = new Set<string>()
  return presets.flatMap((raw, index) => {
    const place = at(pointer, 'presets', index)
    const use = readPreset(scope, place, raw)
    const identity = JSON.stringify(use)
    if (seen.has(identity)) scope.report(place, 'This preset is there twice.', 'Remove one of them.')
    seen.add(identity)
    return use
  })
}

function readPreset(scope: Scope, pointer: string, raw: RawPreset): readonly PresetUse[] {
  if (typeof raw === 'string') return [{ name: raw, options: {} }]
  return PRESET_NAMES.flatMap((name) => {
    const given = raw[name]
    if (given === undefined) return []
    const place = at(pointer, name)
    const options = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        fillOption(scope, at(place, key), value, key === 'form' ? 'secret' : 'shown'),
      ]),
    )
    if (JSON.stringify(given).includes(`\${`) && scope.variables.areAllThere(given)) {
      scope.defer(async () => {
        const { checkOptions } = await loadSchema()
        checkOptions(name, options, (path, message, hint, part) => scope.report(place + path, message, hint, part))
      })
    }
    return [{ name, options }]
  })
}

/** Fields of a form are sent as a body is, so that variables in them are secrets. */
function fillOption(scope: Scope, pointer: string, value: Json, use: Use): Json {
  if (typeof value === 'string') {
    const text = scope.fillNow(pointer, value, use)
    if (use === 'shown') noteQuery(scope, [text])
    return text
  }
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map((one, index) => fillOption(scope, at(pointer, index), one, use))
  const members = Object.entries(value)
  return Object.fromEntries(members.map(([key, one]) => [key, fillOption(scope, at(pointer, key), one, use)]))
}

export function readResolve(
  scope: Scope,
  pointer: string,
  raw: RawCheck,
  defaults: RawDefaults,
): ReadonlyMap<string, string> {
  const entries = [
    ...Object.entries(defaults.resolve ?? {}).map(([host, address]) => ({ place: '/defaults/resolve', host, address })),
    ...Object.entries(raw.resolve ?? {}).map(([host, address]) => ({ place: at(pointer, 'resolve'), host, address })),
  ]
  const resolve = new Map<string, string>()
  for (const { place, host, address } of entries) {
    const where = at(place, host)
    const filled = scope.fillNow(where, address).replace(/^\[(.*)\]$/, '$1')
    if (!/^(?=.*[a-z])[a-z0-9_.-]+$/i.test(host)) {
      scope.report(where, 'This is not the name of a host.', 'Write it without https:// and port.', 'key')
    }
    if (filled !== '' && isIP(filled) === 0) {
      scope.report(where, 'It is not an IP address.', 'Write it as 203.0.113.7 or 2001:db8::7, without a port.')
    }
    resolve.set(host.toLowerCase(), filled)
  }
  return resolve
}
