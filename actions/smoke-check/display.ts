import type { Template } from './check.ts'
import { displayUrl } from './http/display-url.ts'

const NOTHING: ReadonlySet<string> = new Set()

/**
 * A URL in which a capture that is still open shows its name; every query value is hidden.
 *
 * @param known query values that may be shown
 */
export function displayTemplate(template: Template, known = NOTHING): string {
  const url = template.map((part) => (typeof part === 'string' ? part : `\${${part.capture}}`)).join('')
  const shown = displayUrl(url)
  const [path, query] = halves(shown)
  const values = halves(url.replace(/#.*$/, ''))[1].split('&')
  const parts = query.split('&').map((part, index) => (isKnown(values[index], known) ? values[index] : part))
  return query === '' ? path : `${path}?${parts.join('&')}`
}

function halves(url: string): readonly [string, string] {
  const at = url.indexOf('?')
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

function isKnown(parameter: string | undefined, known: ReadonlySet<string>): boolean {
  const [pair] = [...new URLSearchParams(parameter ?? '')]
  return pair !== undefined && pair[1] !== '' && known.has(pair[1])
}
