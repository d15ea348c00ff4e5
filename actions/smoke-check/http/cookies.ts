/** The cookie jar at each hop. */
import { Cookie, type CookieJar } from 'tough-cookie'

/** Which origin has set a jar's cookie last; jars themselves know hosts, and no ports. */
const origins = new WeakMap<CookieJar, Map<string, string>>()

/** Takes over what a jar likes of an answer's cookies; one that it refuses (a foreign domain, Secure over http) is not kept. */
export function keepCookies(jar: CookieJar, url: URL, setCookies: readonly string[]): void {
  for (const line of setCookies) {
    const cookie = jar.setCookieSync(line, url.href, { ignoreError: true })
    if (cookie !== undefined && cookie !== null) originsOf(jar).set(keyOf(cookie), url.origin)
  }
}

/**
 * The value of a cookie header; empty when there are none.
 *
 * @param redirectedHere whether another origin has redirected here: then only what this very origin has set goes along,
 *   while a jar by itself would also send the cookies of other ports, and those with a Domain attribute of other hosts
 */
export function cookiesFor(jar: CookieJar, url: URL, redirectedHere: boolean): string {
  if (!origins.has(jar)) return '' // asking an empty jar costs as much as a full one
  return jar
    .getCookiesSync(url.href)
    .filter((cookie) => !redirectedHere || isOwn(jar, cookie, url))
    .map((cookie) => cookie.cookieString())
    .join('; ')
}

function isOwn(jar: CookieJar, cookie: Cookie, url: URL): boolean {
  return originsOf(jar).get(keyOf(cookie)) === url.origin
}

function originsOf(jar: CookieJar): Map<string, string> {
  const known = origins.get(jar) ?? new Map<string, string>()
  origins.set(jar, known)
  return known
}

function keyOf({ domain, path, key }: Cookie): string {
  return JSON.stringify([domain, path, key])
}

/** Name and value of a set-cookie line; undefined when it is none. */
export function readCookie(line: string): { readonly name: string; readonly value: string } | undefined {
  const cookie = Cookie.parse(line, { loose: true })
  return cookie === undefined ? undefined : { name: cookie.key, value: cookie.value }
}
