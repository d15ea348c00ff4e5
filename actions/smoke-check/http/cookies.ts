/** The cookie jar at each hop. */
import type { Cookie, CookieJar } from 'tough-cookie'

/** Which origin a jar's cookie without a Domain attribute came from; jars themselves know hosts, and no ports. */
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
 * @param redirectedHere whether another origin has redirected here: then the cookies of a host whose port or scheme
 *   differs stay away too, which a jar by itself would send
 */
export function cookiesFor(jar: CookieJar, url: URL, redirectedHere: boolean): string {
  if (!origins.has(jar)) return '' // asking an empty jar costs as much as a full one
  return jar
    .getCookiesSync(url.href)
    .filter((cookie) => !redirectedHere || isOwn(jar, cookie, url))
    .map((cookie) => cookie.cookieString())
    .join('; ')
}

/** A Domain attribute says that other origins are meant to have it. */
function isOwn(jar: CookieJar, cookie: Cookie, url: URL): boolean {
  const origin = originsOf(jar).get(keyOf(cookie))
  return cookie.hostOnly !== true || origin === undefined || origin === url.origin
}

function originsOf(jar: CookieJar): Map<string, string> {
  const known = origins.get(jar) ?? new Map<string, string>()
  origins.set(jar, known)
  return known
}

function keyOf({ domain, path, key }: Cookie): string {
  return JSON.stringify([domain, path, key])
}
