/** The small languages inside of a checks file: regular expressions, JSONPath, sizes, durations, statuses, header names. */
import { compile } from 'json-p3'
import { parseDuration } from '../../../src/duration.ts'
import { messageOf } from '../../../src/errors.ts'
import type { StatusMatch, ValueSource } from '../check.ts'
import { at, shorten } from './pointer.ts'
import type { RawSource, RawStatus } from './raw.ts'
import type { Scope } from './variables.ts'

const SIZES = { B: 1, KB: 1e3, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/** Source of a regular expression, in which variables stand for their characters as they are. */
export function readPattern(scope: Scope, pointer: string, text: string): string {
  const pattern = scope.fillPattern(pointer, text)
  const [, inner, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? []
  if (inner !== undefined) {
    const bare = flags === '' ? inner : `(?${flags}:${inner})`
    const hint = `Write ${shorten(bare)}, or \\/ for each slash that is meant.`
    scope.report(pointer, 'A regular expression stands here without slashes around it.', hint)
  }
  try {
    new RegExp(pattern, 'u')
  } catch (error) {
    const [, reason] = /^Invalid regular expression: .*: (.+)$/s.exec(messageOf(error)) ?? []
    scope.report(
      pointer,
      `This is not a regular expression: ${(reason ?? 'it is invalid').toLowerCase()}.`,
      patternHint(text),
    )
  }
  return pattern
}

function patternHint(text: string): string {
  const [, flags, rest] = /^\(\?([ims]+)\)(.*)$/s.exec(text) ?? []
  if (rest !== undefined) return `Write flags as (?${flags}:${shorten(rest)}).`
  return 'It is read as ECMAScript does with the flag u: write \\ before a character that is meant as it is.'
}

export function readPath(scope: Scope, pointer: string, path: string, part: 'key' | 'value'): string {
  scope.plain(pointer, path, part)
  try {
    compile(path)
  } catch (error) {
    const reason = messageOf(error).replace(/ \('.*':\d+\)$/s, '')
    const hint = 'Write it as RFC 9535 has it, as $.commit, $.data[0].id or $["a key"].'
    scope.report(pointer, `This is not a JSONPath: ${reason}.`, hint, part)
  }
  return path
}

export function readSource(scope: Scope, pointer: string, raw: RawSource): ValueSource {
  if (raw.json !== undefined) return { json: readPath(scope, at(pointer, 'json'), raw.json, 'value') }
  if (raw.header !== undefined) return { header: readHeaderName(scope, at(pointer, 'header'), raw.header, 'value') }
  if (raw.cookie !== undefined) return { cookie: scope.plain(at(pointer, 'cookie'), raw.cookie) }
  return { bodyMatches: readPattern(scope, at(pointer, 'body-matches'), raw['body-matches'] ?? '') }
}

export function readHeaderName(scope: Scope, pointer: string, name: string, part: 'key' | 'value'): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    scope.report(pointer, 'This is not the name of a header.', 'Names have letters, digits and hyphens.', part)
  }
  return name
}

/** Milliseconds. The schema has let only durations through. */
export function readDuration(scope: Scope, pointer: string, text: string): number {
  const milliseconds = parseDuration(text, 'It')
  if (milliseconds === 0) scope.report(pointer, 'It is 0, and nothing takes no time.', 'Write how long it may take.')
  return milliseconds
}

/** Bytes. The schema has let only sizes through. */
export function readSize(text: string): number {
  const [, amount, unit] = /^([\d.]+)(.+)$/.exec(text) ?? []
  const entry = Object.entries(SIZES).find(([name]) => name === unit)
  return Math.floor(Number(amount) * (entry?.[1] ?? 1))
}

export function readStatus(raw: RawStatus): StatusMatch {
  const text = String(raw)
  return text.endsWith('xx') ? { class: Number(text[0]) } : { exact: Number(text) }
}
