/** Takes values that must never be shown out of whatever is shown. */
import { formsOf } from './forms.ts'

export const REDACTED = '***'

/** A value shorter than this is taken out only where it stands alone: `1` says nothing, and would ruin every text. */
const SHORTEST = 4
/** How texts say that something was left out. A value that was cut in two there is still one. */
const CUT = /…|\.\.\./g

export class Redactor {
  readonly #values = new Set<string>()
  /** By their first characters, so that a text is gone through once however many there are. */
  readonly #byStart = new Map<string, Set<string>>()
  readonly #byEnd = new Map<string, Set<string>>()
  #longest = 0

  constructor(values: Iterable<string> = []) {
    for (const value of values) this.add(value)
  }

  /** Whether it was new. */
  add(value: string): boolean {
    if (value.trim() === '' || this.#values.has(value)) return false
    this.#values.add(value)
    for (const form of formsOf(value, SHORTEST)) {
      file(this.#byStart, form.slice(0, SHORTEST), form)
      file(this.#byEnd, form.slice(-SHORTEST), form)
      this.#longest = Math.max(this.#longest, form.length)
    }
    return true
  }

  /** The text with `***` for each value, in whatever form it stands there. */
  redact(text: string): string {
    if (this.#values.size === 0) return text
    return this.#redactShort(this.#redactLong(this.#redactCut(text)))
  }

  /** Values may overlap, so that the end of one is the beginning of another: both are gone then. */
  #redactLong(text: string): string {
    let result = ''
    let shown = 0
    let hiddenTo = 0
    for (let index = 0; index + SHORTEST <= text.length; index++) {
      const length = this.#longestAt(text, index)
      if (length === 0) continue
      if (index >= hiddenTo) result += text.slice(shown, index) + REDACTED
      hiddenTo = Math.max(hiddenTo, index + length)
      shown = hiddenTo
    }
    return result + text.slice(shown)
  }

  #longestAt(text: string, index: number): number {
    let longest = 0
    for (const form of this.#byStart.get(text.slice(index, index + SHORTEST)) ?? []) {
      if (form.length > longest && text.startsWith(form, index)) longest = form.length
    }
    return longest
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
    for (let start = Math.max(0, text.length - this.#longest); start + SHORTEST <= text.length; start++) {
      const forms = [...(this.#byStart.get(text.slice(start, start + SHORTEST)) ?? [])]
      if (forms.some((form) => form.startsWith(text.slice(start)))) return text.slice(0, start) + REDACTED
    }
    return text
  }

  #withoutLastPart(text: string): string {
    for (let end = Math.min(text.length, this.#longest); end >= SHORTEST; end--) {
      const forms = [...(this.#byEnd.get(text.slice(end - SHORTEST, end)) ?? [])]
      if (forms.some((form) => form.endsWith(text.slice(0, end)))) return REDACTED + text.slice(end)
    }
    return text
  }

  #redactShort(text: string): string {
    let result = text
    for (const value of this.#values) {
      if (value.length < SHORTEST) result = result.replace(alone(value), REDACTED)
    }
    return result
  }
}

function file(index: Map<string, Set<string>>, key: string, form: string): void {
  const forms = index.get(key)
  if (forms === undefined) index.set(key, new Set([form]))
  else forms.add(form)
}

function alone(value: string): RegExp {
  return new RegExp(
    `(?<![\\p{L}\\p{N}])${value.trim().replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}(?![\\p{L}\\p{N}])`,
    'gu',
  )
}
