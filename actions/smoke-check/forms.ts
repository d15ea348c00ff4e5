/** The forms in which a value comes back: a server echoes it in a page, a log line, a redirect, a token of its own. */

/** Distinct forms of a value, the value itself first; none is shorter than `shortest` characters. */
export function formsOf(value: string, shortest: number): readonly string[] {
  const text = value.toWellFormed()
  const lines = text.split(/[\r\n]+/).map((line) => line.trim())
  const wholes = new Set([text, text.trim(), text.replace(/\s+/g, ' ').trim(), ...lines])
  const forms = [...wholes].filter((whole) => whole.length >= shortest).flatMap(encodings)
  return [...new Set(forms)].filter((form) => form.length >= shortest)
}

function encodings(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  const hex = bytes.toString('hex')
  return [
    text,
    bytes.toString('latin1'), // a header's bytes, read as the characters that HTTP once said they were
    hex,
    hex.toUpperCase(),
    ...urlForms(text),
    ...base64Forms(bytes),
    ...jsonForms(text),
    ...htmlForms(text),
  ]
}

function urlForms(text: string): readonly string[] {
  const component = encodeURIComponent(text)
  const strict = component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  const forms = [component, strict, form, encodeURI(text), encodeURIComponent(component)]
  return forms.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())])
}

/**
 * By itself, with and without padding, and as part of something longer (`user:password`), where its first byte can
 * stand at any of three places of a group; the characters that its neighbours share are left out then.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const alone = bytes.toString('base64')
  const inside = [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes])
    const whole = Math.floor((all.length * 8) / 6)
    return all.toString('base64').slice(before === 0 ? 0 : before + 1, whole)
  })
  const forms = [alone, alone.replace(/=+$/, ''), ...inside]
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}

function jsonForms(text: string): readonly string[] {
  const plain = JSON.stringify(text).slice(1, -1)
  const ascii = escapeUnits(plain, /[^\u0020-\u007e]/g)
  const html = escapeUnits(plain, /[<>&'\u2028\u2029]/g) // Go and Rails do so by default
  const forms = [plain, ascii, html, escapeUnits(ascii, /[<>&']/g)]
  return forms.flatMap((form) => [form, form.replaceAll('/', '\\/'), form.replace(/\\u[0-9a-f]{4}/g, upperUnit)])
}

function escapeUnits(text: string, units: RegExp): string {
  return text.replace(units, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function upperUnit(unit: string): string {
  return `\\u${unit.slice(2).toUpperCase()}`
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
