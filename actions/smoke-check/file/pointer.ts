/** JSON pointers (RFC 6901) into a checks file, and how a person is told of one. */
import { clip, visible } from '../text.ts'

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

/** Text of others as part of a message: what cannot be seen escaped, cut where it is long. */
export function shorten(text: string, length = 60): string {
  return visible(clip(text, length + 1))
}
