/** Takes values that must never be shown out of whatever is shown. */
import { formsOf } from '../../src/mask.ts'

export const REDACTED = '***'

/** A value shorter than this is taken out only where it stands alone: `1` says nothing, and would ruin every text. */
const SHORTEST = 4
/** From here on letters are compared without their case: hosts, header names and tokens come back in lower case. */
const CASELESS = 12
/** So many characters at either end of a long token are taken out even where the rest is missing. */
const PART = 12
const LONG = 24
/** How texts say that something was left out. A value that was cut in two there is still one. */
const CUT = /…|\.\.\./g

interface Form {
  readonly text: string
  /** With small letters, where case makes no difference. */
  readonly folded: string
  readonly caseless: boolean
  /** Whether a part of it gives it away: a token, unlike an address or a sentence. */
  readonly divisible: boolean
}

interface Range {
  readonly from: number
  readonly to: number
}

export class Redactor {
  readonly #values = new Set<string>()
  readonly #short: RegExp[] = []
  /** By their first and last characters, so that a text is gone through once however many there are. */
  readonly #byStart = new Map<string, Form[]>()
  readonly #byEnd = new Map<string, Form[]>()
  #longest = 0

  constructor(values: Iterable<string> = []) {
    for (const value of values) this.add(value)
  }

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  /** Whether it was new. */
  add(value: string): boolean {
    if (value.trim() === '' || this.#values.has(value)) return false
    this.#values.add(value)
    if (value.length < SHORTEST) this.#short.push(alone(value))
    for (const text of formsOf(value, SHORTEST)) {
      const caseless = text.length >= CASELESS || text !== value
      const divisible = text === value && text.length >= LONG && /^[\w.~+/=-]+$/.test(text) && !text.includes('//')
      const form = { text, folded: fold(text), caseless, divisible }
      file(this.#byStart, form.folded.slice(0, SHORTEST), form)
      file(this.#byEnd, form.folded.slice(-SHORTEST), form)
      this.#longest = Math.max(this.#longest, text.length)
    }
    return true
  }

  /** The text with `***` for each value, in whatever form it stands there. */
  redact(text: string): string {
    if (this.#values.size === 0) return text
    const long = this.#longest === 0 ? text : this.#redactLong(this.#redactCut(text))
    return this.#short.reduce((rest, value) => rest.replace(value, REDACTED), long)
  }

  /** Values may overlap, so that the end of one is the beginning of another: both are gone then. */
  #redactLong(text: string): string {
    let result = ''
    let shown = 0
    for (const { from, to } of joined(this.#rangesIn(text))) {
      result += text.slice(shown, from) + REDACTED
      shown = to
    }
    return result + text.slice(shown)
  }

  #rangesIn(text: string): readonly Range[] {
    const folded = fold(text)
    const ranges: Range[] = []
    for (let index = 0; index + SHORTEST <= text.length; index++) {
      const key = folded.slice(index, index + SHORTEST)
      const ahead = longest(this.#byStart.get(key), (form) => lengthAt(form, text, folded, index))
      if (ahead > 0) ranges.push({ from: index, to: index + ahead })
      const end = index + SHORTEST
      const behind = longest(this.#byEnd.get(key), (form) => (form.divisible ? commonEnd(form.folded, folded, end) : 0))
      if (behind >= PART) ranges.push({ from: end - behind, to: end })
    }
    return ranges
  }

  /** Whoever cuts a long text may cut a value in two: the first part stands before the cut then, or the last behind it. */
  #redactCut(text: string): string {
    const pieces: string[] = []
    let from = 0
    for (const { 0: mark, index } of text.matchAll(CUT)) {
      pieces.push(text.slice(from, index), mark)
      from = index + mark.length
    }
    pieces.push(text.slice(from))
    return pieces
      .map((piece, index) => {
        if (index % 2 === 1) return piece
        const rest = index === 0 ? piece : this.#withoutLastPart(piece)
        return index === pieces.length - 1 ? rest : this.#withoutFirstPart(rest)
      })
      .join('')
  }

  #withoutFirstPart(text: string): string {
    const folded = fold(text)
    for (let start = Math.max(0, text.length - this.#longest); start + SHORTEST <= text.length; start++) {
      const forms = this.#byStart.get(folded.slice(start, start + SHORTEST)) ?? []
      const begins = ({ text: whole, folded: small, caseless }: Form) =>
        caseless ? small.startsWith(folded.slice(start)) : whole.startsWith(text.slice(start))
      if (forms.some(begins)) return text.slice(0, start) + REDACTED
    }
    return text
  }

  #withoutLastPart(text: string): string {
    const folded = fold(text)
    for (let end = Math.min(text.length, this.#longest); end >= SHORTEST; end--) {
      const forms = this.#byEnd.get(folded.slice(end - SHORTEST, end)) ?? []
      const ends = ({ text: whole, folded: small, caseless }: Form) =>
        caseless ? small.endsWith(folded.slice(0, end)) : whole.endsWith(text.slice(0, end))
      if (forms.some(ends)) return REDACTED + text.slice(end)
    }
    return text
  }
}

/** Of ASCII letters only: every character keeps its place. */
function fold(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text
}

function lengthAt(form: Form, text: string, folded: string, index: number): number {
  const whole = form.caseless ? folded.startsWith(form.folded, index) : text.startsWith(form.text, index)
  if (whole) return form.text.length
  const common = form.divisible ? commonStart(form.folded, folded, index) : 0
  return common >= PART ? common : 0
}

function commonStart(form: string, text: string, index: number): number {
  let length = 0
  while (length < form.length && form[length] === text[index + length]) length++
  return length
}

function commonEnd(form: string, text: string, end: number): number {
  let length = 0
  while (length < form.length && length < end && form.at(-1 - length) === text[end - 1 - length]) length++
  return length
}

function longest(forms: readonly Form[] = [], lengthOf: (form: Form) => number): number {
  return forms.reduce((most, form) => Math.max(most, lengthOf(form)), 0)
}

/** Overlapping ones made one, in order. */
function joined(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = []
  for (const range of ranges.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1)
    if (last === undefined || range.from >= last.to) result.push(range)
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
  }
  return result
}

function file(index: Map<string, Form[]>, key: string, form: Form): void {
  const forms = index.get(key)
  if (forms === undefined) index.set(key, [form])
  else forms.push(form)
}

function alone(value: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])${value.trim().replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![\\p{L}\\p{N}])`, 'gu')
}
