/** JSON pointers (RFC 6901) into a checks file, and how a person is told of one. */

export function at(pointer: string, ...segments: readonly (string | number)[]): string {
  return pointer + segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function parentOf(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')))
}

export function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** As `latency.p95` or `json["$.data[0]"].equals`. */
export function dotted(segments: readonly string[]): string {
  return segments.map(segmentText).join('').replace(/^\./, '')
}

function segmentText(segment: string): string {
  if (/^\d+$/.test(segment)) return `[${segment}]`
  return /^[A-Za-z_][\w-]*$/.test(segment) ? `.${segment}` : `[${JSON.stringify(shorten(segment))}]`
}

/** Text of others as part of a message: control characters escaped, cut where it is long. */
export function shorten(text: string, length = 60): string {
  const shown = text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text
  return shown.replace(/[\p{Cc}\u2028\u2029]/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
