/** Pearson's test of a distribution. */

/** How far counts are from what was expected: about one for each cell but one if they came from it. */
export function chiSquare(cells: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>): number {
  const drawn = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const stray = [...counts.keys()].filter((cell) => !cells.has(cell))
  if (stray.length > 0) return Number.POSITIVE_INFINITY
  return [...cells].reduce((sum, [cell, probability]) => {
    const expected = drawn * probability
    return sum + ((counts.get(cell) ?? 0) - expected) ** 2 / expected
  }, 0)
}

/**
 * What a right generator exceeds with a probability of at most e^-25, which is once in 7 * 10^10 runs: the bound of Laurent
 * and Massart, "Adaptive estimation of a quadratic functional by model selection" (2000), lemma 1.
 */
export function chiSquareBound(cells: number): number {
  const freedom = cells - 1
  const x = 25
  return freedom + 2 * Math.sqrt(freedom * x) + 2 * x
}

export function countOf(values: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

export function uniform(cells: Iterable<string>): ReadonlyMap<string, number> {
  const all = [...cells]
  return new Map(all.map((cell) => [cell, 1 / all.length]))
}
