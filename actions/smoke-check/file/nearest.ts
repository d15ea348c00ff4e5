/** What was probably meant by a word that is not known. */
import { distance } from 'fastest-levenshtein'

/** The candidate that differs in a letter or two, or only in case and separators (`base_url`, `baseUrl`). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const plain = plainly(word)
  const ranked = candidates
    .map((candidate) => ({ candidate, away: slips(plain, plainly(candidate)) }))
    .sort((one, other) => one.away - other.away)
  const [best] = ranked
  if (best === undefined) return undefined
  const longest = Math.max(plain.length, plainly(best.candidate).length)
  const most = longest <= 2 ? 0 : Math.max(1, Math.floor(longest / 3))
  if (best.away <= most) return best.candidate
  return ranked.find(({ candidate }) => isBeginning(plainly(candidate), plain))?.candidate
}

/** How many letters are wrong, missing or too many; two neighbours that changed places (`nmae`) are one slip. */
function slips(word: string, candidate: string): number {
  const swapped = Array.from(
    { length: Math.max(0, word.length - 1) },
    (_, index) => word.slice(0, index) + word.charAt(index + 1) + word.charAt(index) + word.slice(index + 2),
  )
  return Math.min(distance(word, candidate), ...swapped.map((one) => distance(one, candidate) + 1))
}

/** As of `status-code` and `status`. */
function isBeginning(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= 4 && (one.startsWith(other) || other.startsWith(one))
}

function plainly(word: string): string {
  return word
    .toLowerCase()
    .replace(/[-_\s]/g, '')
    .slice(0, 100)
}

/** A hint that asks for it, and the list of what there is where nothing is near. */
export function suggest(word: string, candidates: readonly string[]): string {
  const found = nearest(word, candidates)
  if (found !== undefined) return `Did you mean "${found}"?`
  if (candidates.length === 0) return ''
  const shown = candidates.slice(0, 30).join(', ')
  return `There ${candidates.length === 1 ? 'is' : 'are'}: ${shown}${candidates.length > 30 ? ', …' : ''}.`
}
