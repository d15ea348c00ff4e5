/** Looks for values in everything that a run has left or said, in each form in which one could stand there. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a text is from, and the text. */
export type Texts = Readonly<Record<string, string>>

/** Characters of a line that is looked for by itself: what is shorter stands everywhere. */
const SHORTEST = 8

/** The forms of a value, and of each of its lines, by their names. */
export function formsOf(value: string): ReadonlyMap<string, string> {
  const forms = new Map<string, string>()
  const wholes = [value, value.trim(), ...value.split('\n').map((line) => line.trim())]
  for (const whole of new Set(wholes.filter(({ length }) => length >= SHORTEST))) {
    for (const [name, form] of formsOfOne(whole)) if (form.length >= SHORTEST && !forms.has(form)) forms.set(form, name)
  }
  return forms
}

function formsOfOne(value: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  const inside = [0, 1, 2].map((before) => base64Inside(bytes, before))
  const digest = createHash('sha256').update(bytes).digest()
  return [
    ['plain', value],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ...inside.map((form, before) => [`base64 after ${before}`, form] as const),
    ...inside.map((form, before) => [`base64url after ${before}`, toUrl(form)] as const),
    ['URL', encodeURIComponent(value)],
    ['form', new URLSearchParams([['', value]]).toString().slice(1)],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['digest, hex', digest.toString('hex')],
    ['digest, base64', digest.toString('base64').replace(/=+$/, '')],
    ['digest, base64url', digest.toString('base64url')],
  ]
}

/** The characters that no neighbour has a part in, when so many bytes stand before it in its group of three. */
function base64Inside(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
  return text.slice(before === 0 ? 0 : before + 1, Math.floor(((bytes.length + before) * 8) / 6))
}

function toUrl(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

/** @returns `stdout has the value in hex`, one for each that was found */
export function leaksIn(texts: Texts, values: Iterable<string>): readonly string[] {
  const found = new Set<string>()
  for (const [index, value] of [...new Set(values)].entries()) {
    for (const [form, name] of formsOf(value)) {
      for (const [place, text] of Object.entries(texts)) {
        if (text.includes(form)) found.add(`${place} has value ${index} (${name})`)
      }
    }
  }
  return [...found]
}

/** Every file below a folder, by its path; the bytes as they are. */
export async function filesOf(folder: string): Promise<Texts> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const))
  return Object.fromEntries(texts)
}
