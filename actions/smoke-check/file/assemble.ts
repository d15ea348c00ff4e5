/** One check as it is run, from what its file, the file's defaults and the inputs say. */
import type { Check } from '../check.ts'
import type { IpChoice } from '../exchange.ts'
import { readCondition } from './condition.ts'
import { readCors, readLatency, readPresets, readResolve, readStatuses, readTls } from './expectations.ts'
import { at } from './pointer.ts'
import type { RawCheck, RawCondition, RawDefaults } from './raw.ts'
import { methodOf, readRequest } from './request.ts'
import { reportImpossible, wantsRedirect } from './rules.ts'
import { readDuration, readHeaderName, readPath, readSize, readSource } from './terms.ts'
import { readUrl } from './url.ts'
import type { Scope } from './variables.ts'

/** What holds where a file says nothing. */
export interface Settings {
  readonly ip: IpChoice | 'both'
  /** Milliseconds. */
  readonly timeout: number
  /** Milliseconds. */
  readonly connectTimeout: number
}

export function assemble(scope: Scope, index: number, raw: RawCheck, defaults: RawDefaults, settings: Settings): Check {
  const pointer = at('/checks', index)
  const latency = readLatency(scope, pointer, raw)
  const tls = readTls(scope, pointer, raw, defaults)
  const check: Check = {
    name: readName(scope, at(pointer, 'name'), raw.name),
    origin: scope.source.origin(pointer),
    url: readUrl(scope, { pointer: at(pointer, 'url'), text: raw.url }, baseOf(defaults)),
    method: methodOf(raw),
    ...readRequest(scope, pointer, raw, defaults),
    ...readManner(scope, pointer, raw, defaults, settings),
    ...readValues(scope, pointer, raw),
    status: readStatuses(raw),
    ...(latency !== undefined && { latency }),
    ...(tls !== undefined && { tls }),
    cors: readCors(scope, pointer, raw),
    presets: readPresets(scope, pointer, raw),
    needs: [...new Set((raw.needs ?? []).map((need) => need.trim()))],
    severity: raw.severity ?? defaults.severity ?? 'fail',
  }
  reportImpossible(scope, pointer, raw, check)
  return check
}

function readName(scope: Scope, pointer: string, name: string): string {
  if (/[\p{Cc}\u2028\u2029]/u.test(name) || name.trim() === '') {
    scope.report(pointer, 'A name is one line of text.', 'Remove line breaks and other control characters.')
  }
  return scope.plain(pointer, name).trim()
}

function baseOf({ 'base-url': text }: RawDefaults): { pointer: string; text: string } | undefined {
  return text === undefined ? undefined : { pointer: '/defaults/base-url', text }
}

type Manner = Pick<Check, 'session' | 'redirects' | 'resolve' | 'ip' | 'timeout' | 'connectTimeout'>

/** How the request is made. */
function readManner(scope: Scope, pointer: string, raw: RawCheck, defaults: RawDefaults, settings: Settings): Manner {
  const timeout = readTime(scope, pointer, raw, defaults, 'timeout') ?? settings.timeout
  const connect = readTime(scope, pointer, raw, defaults, 'connect-timeout')
  const followed = wantsRedirect(readStatuses(raw)) ? 'none' : (defaults.redirects ?? 'same-host')
  return {
    session: scope.plain(at(pointer, 'session'), raw.session ?? defaults.session ?? 'default'),
    redirects: raw.redirects ?? followed,
    resolve: readResolve(scope, pointer, raw, defaults),
    ip: readIp(raw.ip ?? defaults.ip ?? settings.ip),
    timeout,
    connectTimeout: connect ?? Math.min(settings.connectTimeout, timeout),
  }
}

function readTime(
  scope: Scope,
  pointer: string,
  raw: RawCheck,
  defaults: RawDefaults,
  key: 'timeout' | 'connect-timeout',
): number | undefined {
  const text = raw[key] ?? defaults[key]
  if (text === undefined) return undefined
  return readDuration(scope, at(raw[key] === undefined ? '/defaults' : pointer, key), text)
}

function readIp(ip: NonNullable<RawCheck['ip']>): Check['ip'] {
  if (ip === 4 || ip === '4') return '4'
  return ip === 6 || ip === '6' ? '6' : ip
}

type Values = Pick<Check, 'version' | 'json' | 'headers' | 'cookies' | 'body' | 'maxBodySize' | 'capture'>

/** What single values of the answer must be, and which of them later checks use. */
function readValues(scope: Scope, pointer: string, raw: RawCheck): Values {
  const { 'max-size': maxSize, ...body } = raw.body ?? {}
  return {
    ...(raw.version !== undefined && { version: readSource(scope, at(pointer, 'version'), raw.version) }),
    json: Object.entries(raw.json ?? {}).map(([path, condition]) => {
      const place = at(pointer, 'json', path)
      return [readPath(scope, place, path, 'key'), readCondition(scope, place, condition)]
    }),
    headers: Object.entries(raw.headers ?? {}).flatMap(([name, value]) => {
      const place = at(pointer, 'headers', name)
      if (!isCondition(value)) return []
      return [[readHeaderName(scope, place, name, 'key'), readCondition(scope, place, value)]]
    }),
    cookies: Object.entries(raw.cookies ?? {}).map(([name, condition]) => {
      const place = at(pointer, 'cookies', name)
      return [scope.plain(place, name, 'key'), readCondition(scope, place, condition)]
    }),
    ...(Object.keys(body).length > 0 && { body: readCondition(scope, at(pointer, 'body'), body) }),
    ...(maxSize !== undefined && { maxBodySize: readSize(maxSize) }),
    capture: Object.entries(raw.capture ?? {}).map(([name, source]) => {
      const place = at(pointer, 'capture', name)
      reportCaptureName(scope, place, name)
      return [name, readSource(scope, place, source)]
    }),
  }
}

function isCondition(value: string | null | RawCondition): value is RawCondition {
  return typeof value === 'object' && value !== null
}

function reportCaptureName(scope: Scope, pointer: string, name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return
  scope.report(
    pointer,
    'This is not a name for a capture.',
    'Write it with letters, digits and _, as in item_id.',
    'key',
  )
}
