/** Header fields and cookies of an answer. */
import { Cookie } from 'tough-cookie'
import type { HttpResponse } from '../exchange.ts'

/** The field lines of that name, as sent. */
export function headerLines(response: HttpResponse, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  return response.headers.filter(([header]) => header === wanted).map(([, value]) => value)
}

/** Repeated lines joined with a comma, which means the same (RFC 9110, section 5.3); not for set-cookie. */
export function headerValue(response: HttpResponse, name: string): string | undefined {
  const lines = headerLines(response, name)
  return lines.length === 0 ? undefined : lines.join(', ')
}

/** The elements of a comma-separated list, in lower case. */
export function headerTokens(response: HttpResponse, name: string): readonly string[] {
  return headerLines(response, name)
    .flatMap((line) => line.split(','))
    .map((token) => token.trim().toLowerCase())
    .filter((token) => token !== '')
}

/** The cookies that an answer sets, in order, deleted ones included. */
export function setCookies(response: HttpResponse): readonly Cookie[] {
  return headerLines(response, 'set-cookie')
    .map((line) => Cookie.parse(line, { loose: false }))
    .filter((cookie) => cookie !== undefined)
}

/** The last one of that name, which wins (RFC 6265, section 5.3). One that has already expired is deleted, hence absent. */
export function setCookie(response: HttpResponse, name: string, now: number): Cookie | undefined {
  const cookie = setCookies(response).findLast(({ key }) => key === name)
  return cookie === undefined || isDeleted(cookie, now) ? undefined : cookie
}

function isDeleted({ maxAge, expires }: Cookie, now: number): boolean {
  if (maxAge !== null && maxAge !== undefined)
    return maxAge === '-Infinity' || (typeof maxAge === 'number' && maxAge <= 0)
  return expires instanceof Date && expires.getTime() <= now
}
