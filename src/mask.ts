/**
 * The forms in which a value comes back: a server echoes it in a page, a log line, a redirect, a token of its own. One
 * list for the masks of the log and for what is taken out of reports.
 */
import { escapeMarkdown } from './summary.ts'

/** Lines of a value of several lines that are shorter are no masks: `{` and `}` would ruin the whole log. */
const SHORTEST_LINE = 8

/**
 * What the runner has to be told to hide a value in the log: all forms but those that it derives by itself, as base64 and
 * JSON (actions/runner `HostContext.cs`). It takes each line of a mask for a mask, so that lines are given one by one.
 *
 * @returns nothing for a value of white space only: it would mask everything
 */
export function masksOf(value: string): readonly string[] {
  if (value.trim() === '') return []
  const lines = value.split(/[\r\n]+/).map((line) => line.trim())
  const forms = [value, ...lines].flatMap((text) => [...ownForms(text), escapeMarkdown(text)]).flatMap(bothCases)
  if (lines.length === 1) return distinct(forms)
  return distinct(forms).filter((form) => form.length >= SHORTEST_LINE && !/[\r\n]/.test(form))
}

/**
 * Distinct forms of a value, the value itself first; none is shorter than `shortest` characters. Forms that differ only
 * in the case of letters which stand for octets, as `%2F` and `%2f`, are one.
 */
export function formsOf(value: string, shortest: number): readonly string[] {
  const text = value.toWellFormed()
  const lines = text.split(/[\r\n]+/).map((line) => line.trim())
  const wholes = distinct([text, text.trim(), text.replace(/\s+/g, ' ').trim(), ...lines])
  const forms = wholes.filter((whole) => whole.length >= shortest).flatMap(encodings)
  return distinct(forms).filter((form) => form.length >= shortest)
}

/** The runner compares letter for letter. */
function bothCases(form: string): readonly string[] {
  const escapes = /\\u[0-9a-f]{4}|%[0-9a-f]{2}/gi
  const upper = form.replace(escapes, (unit) => unit.toUpperCase().replace('\\U', '\\u'))
  const lower = form.replace(escapes, (unit) => unit.toLowerCase())
  return [form, upper, lower]
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

function encodings(text: string): readonly string[] {
  return [...ownForms(text), ...derivedForms(text)]
}

function ownForms(given: string): readonly string[] {
  const text = given.toWellFormed()
  const bytes = Buffer.from(text)
  return [
    text,
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...wrapped(bytes),
    bytes.toString('base64url'),
    ...insideBase64(bytes)
      .filter((form) => /[+/]/.test(form))
      .map(toBase64Url),
    bytes.toString('latin1'), // a header's bytes, read as the characters that HTTP once said they were
    ...urlForms(text),
    ...jsonForms(text),
    ...htmlForms(text),
  ]
}

function derivedForms(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  const alone = bytes.toString('base64')
  return [alone, alone.replace(/=+$/, ''), toBase64Url(alone), ...insideBase64(bytes)]
}

/**
 * As part of something longer (`user:password`), where its first byte can stand at any of three places of a group; the
 * characters that its neighbours share are left out then.
 */
function insideBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes])
    const whole = Math.floor((all.length * 8) / 6)
    return all.toString('base64').slice(before === 0 ? 0 : before + 1, whole)
  })
}

/** As `base64` and PEM put it into lines; what fits into one is the whole form. */
function wrapped(bytes: Buffer): readonly string[] {
  const text = bytes.toString('base64')
  return [64, 76].flatMap((width) =>
    text.length > width ? (text.match(new RegExp(`.{${SHORTEST_LINE},${width}}`, 'g')) ?? []) : [],
  )
}

function toBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

function urlForms(text: string): readonly string[] {
  const component = encodeURIComponent(text)
  const strict = component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  return [component, strict, form, encodeURI(text), encodeURIComponent(component)]
}

function jsonForms(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  const ascii = escapeUnits(plain, /[^\u0020-\u007e]/g)
  const html = escapeUnits(plain, /[<>&'\u2028\u2029]/g) // Go and Rails do so by default
  const gson = escapeUnits(plain, /[<>&'=]/g)
  const dotnet = escapeUnits(ascii, /[<>&'+`]/g)
  const forms = [plain, ascii, html, escapeUnits(ascii, /[<>&']/g), gson, dotnet]
  return forms.flatMap((form) => [form, form.replaceAll('/', '\\/')])
}

function escapeUnits(text: string, units: RegExp): string {
  return text.replace(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Double and single quotes, as text nodes leave them and as Django, PHP, Go, Python, lodash and XML write them. */
const QUOTES = [
  ['"', "'"],
  ['&quot;', "'"],
  ['&quot;', '&#x27;'],
  ['&quot;', '&#39;'],
  ['&quot;', '&#039;'],
  ['&quot;', '&apos;'],
  ['&#34;', '&#39;'],
] as const

function htmlForms(text: string): readonly string[] {
  const inner = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return QUOTES.map(([double, single]) => inner.replaceAll('"', double).replaceAll("'", single))
}
