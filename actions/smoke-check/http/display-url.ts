/** What stands in for a value that is not shown. */
const HIDDEN = '***'

/**
 * A URL, or a reference as `location` headers have it, that may be shown: user and password, every query value and the
 * fragment (where logins put their tokens) are replaced. A part of the query without `=` counts as a value.
 */
export function displayUrl(url: string | URL): string {
  const text = typeof url === 'string' ? url : url.href
  const { address, query, fragment } = split(text)
  const shown = address.replace(/^([a-z][a-z\d+.-]*:)?([/\\]{2})[^/\\]*@/i, `$1$2${HIDDEN}@`)
  return shown + (query === undefined ? '' : `?${hideValues(query)}`) + (fragment ? `#${HIDDEN}` : '')
}

function split(text: string) {
  const [rest = '', fragment] = cut(text, '#')
  const [address = '', query] = cut(rest, '?')
  return { address, query, fragment }
}

function cut(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function hideValues(query: string): string {
  return query
    .split('&')
    .map((part) => {
      const [name, value] = cut(part, '=')
      if (value === undefined) return name === '' ? '' : HIDDEN
      return `${name}=${value === '' ? '' : HIDDEN}`
    })
    .join('&')
}

/** Without the brackets of an IPv6 literal, as Node's sockets want it. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

export function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
}

/** `example.com:443`, as problems name a server. */
export function placeOf(url: URL): string {
  return `${url.hostname}:${portOf(url)}`
}
