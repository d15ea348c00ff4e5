/** A rule of `_redirects` or `_routes.json`: `*` stands for anything, `:name` for one segment. */

/** How many more comparisons are worth making; shared by all rules, since whoever pushes writes them. */
export interface Work {
  left: number
}

/** A character of its own, anything, or a segment with at least one character. */
type Token = string | typeof ANYTHING | typeof SEGMENT
const ANYTHING = Symbol('*')
const SEGMENT = Symbol(':name')

/** Matched by following all readings at once, so that the work is at most the rule's length times the path's. */
export class Glob {
  readonly #tokens: readonly Token[]

  constructor(rule: string) {
    this.#tokens = [...rule.matchAll(/\*+|:[A-Za-z]\w*|./gsu)].map(([text]) => tokenOf(text))
  }

  /** Whether the whole path fits, a slash at its end aside. Out of work it says yes, which rules the path out. */
  matches(path: string, work: Work): boolean {
    let reached = this.#skip([0])
    for (const character of path) {
      work.left -= reached.length + 1
      if (work.left <= 0) return true
      if (reached.length === 0) return false
      reached = this.#skip(reached.flatMap((at) => this.#after(at, character)))
    }
    return reached.some((at) => at >= this.#tokens.length)
  }

  /** Where in the rule one may be, once this character of the path has been taken there. */
  #after(at: number, character: string): readonly number[] {
    const token = at === this.#tokens.length ? '/' : this.#tokens[at]
    if (token === ANYTHING) return [at]
    if (token === SEGMENT) return character === '/' ? [] : [at, at + 1]
    return token === character ? [at + 1] : []
  }

  /** Adds the places behind each `*`, which may stand for nothing; every place once and in order. */
  #skip(places: readonly number[]): readonly number[] {
    const all: number[] = []
    for (const place of places) {
      let at = place
      while (at > (all.at(-1) ?? -1)) {
        all.push(at)
        if (this.#tokens[at] === ANYTHING) at += 1
      }
    }
    return all
  }
}

function tokenOf(text: string): Token {
  if (text.startsWith('*')) return ANYTHING
  return text.length > 1 && text.startsWith(':') ? SEGMENT : text
}
