/** Combinations of keys that no answer could ever meet, or that mean nothing. */
import { isIP } from 'node:net'
import type { Check, StatusMatch } from '../check.ts'
import { at } from './pointer.ts'
import type { RawCheck } from './raw.ts'
import type { Scope } from './variables.ts'

const REDIRECTS = [301, 302, 303, 307, 308]
const READ_BODY = ['no-debug', 'json-error', 'pagination', 'csrf']

export function reportImpossible(scope: Scope, pointer: string, raw: RawCheck, check: Check): void {
  const bodyless = bodylessAnswer(check)
  if (bodyless !== undefined) reportBodies(scope, pointer, raw, bodyless)
  reportRedirects(scope, pointer, raw, check)
  reportTimeouts(scope, pointer, raw, check)
  reportPlainHttp(scope, pointer, raw, check)
  reportAddresses(scope, pointer, raw, check)
}

function bodylessAnswer({ method, status }: Check): string | undefined {
  if (method === 'HEAD') return 'An answer to HEAD'
  const exact = status.flatMap((one) => ('exact' in one ? [one.exact] : [200]))
  return exact.every((one) => one === 204 || one === 304) ? `An answer with status ${exact.join(' or ')}` : undefined
}

function reportBodies(scope: Scope, pointer: string, raw: RawCheck, answer: string): void {
  const tell = (...keys: readonly (string | number)[]) =>
    scope.report(
      at(pointer, ...keys),
      `${answer} has no body.`,
      'Leave this out, or ask for an answer with one.',
      'key',
    )
  if (raw.json !== undefined) tell('json')
  if (raw.body !== undefined) tell('body')
  if (raw.version?.json !== undefined || raw.version?.['body-matches'] !== undefined) tell('version')
  for (const [name, source] of Object.entries(raw.capture ?? {})) {
    if (source.json !== undefined || source['body-matches'] !== undefined) tell('capture', name)
  }
  for (const [index, preset] of (raw.presets ?? []).entries()) {
    const [name = ''] = typeof preset === 'string' ? [preset] : Object.keys(preset)
    if (READ_BODY.includes(name)) tell('presets', index)
  }
}

function reportRedirects(scope: Scope, pointer: string, raw: RawCheck, { status }: Check): void {
  if (typeof raw.redirects !== 'number' || !wantsRedirect(status)) return
  const message = 'Redirects are followed, so that the status of one is never the answer.'
  scope.report(at(pointer, 'redirects'), message, 'Set redirects: none, or leave it out.')
}

/** Whether nothing but a redirect is right; such a check follows none unless it says so. */
export function wantsRedirect(status: readonly StatusMatch[]): boolean {
  return status.every((one) => ('class' in one ? one.class === 3 : REDIRECTS.includes(one.exact)))
}

function reportTimeouts(scope: Scope, pointer: string, raw: RawCheck, { timeout, connectTimeout }: Check): void {
  if (raw['connect-timeout'] === undefined || connectTimeout <= timeout) return
  const message = 'It is longer than timeout, which ends the request before.'
  scope.report(at(pointer, 'connect-timeout'), message, 'Set it shorter, or timeout longer.')
}

function reportPlainHttp(scope: Scope, pointer: string, raw: RawCheck, { url, redirects }: Check): void {
  if (raw.tls == null || redirects !== 'none' || addressOf(url)?.protocol !== 'http:') return
  scope.report(at(pointer, 'tls'), 'A URL with http:// has no certificate.', 'Write https://, or leave tls out.', 'key')
}

/** Without captures; of a link it is not known yet. */
function addressOf([first, second]: Check['url']): URL | null {
  const isLink = typeof second === 'object' && second.link === true
  return typeof first === 'string' && !isLink ? URL.parse(first) : null
}

function reportAddresses(scope: Scope, pointer: string, raw: RawCheck, { url, redirects, resolve, ip }: Check): void {
  if (raw.resolve === undefined && raw.ip === undefined) return
  const host = addressOf(url)?.hostname
  for (const [name, address] of Object.entries(raw.resolve ?? {})) {
    const place = at(pointer, 'resolve', name)
    if (host !== undefined && host !== name.toLowerCase() && typeof redirects !== 'number') {
      scope.report(place, 'The check never asks this host.', 'Write the host as it stands in url.', 'key')
    }
    reportFamily(scope, place, address, ip)
  }
  const family = host === undefined ? 0 : isIP(host.replace(/^\[(.*)\]$/, '$1'))
  if (raw.ip !== undefined && family !== 0 && String(raw.ip) !== 'auto' && !resolve.has(host ?? '')) {
    reportFamily(scope, at(pointer, 'ip'), family === 4 ? '0.0.0.0' : '::', ip)
  }
}

function reportFamily(scope: Scope, pointer: string, address: string, ip: Check['ip']): void {
  const family = isIP(address)
  if (family === 0 || ip === 'auto' || ip === String(family)) return
  const message = `The address is of IPv${family}, and ip is ${ip}.`
  scope.report(pointer, message, `Set ip: ${family} for this check, or leave it out.`)
}
