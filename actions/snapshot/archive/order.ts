/** The order of a snapshot's entries: by the bytes of their paths in UTF-8, as `LC_ALL=C sort` and jq have it. */

/** For `toSorted`. Comparing UTF-16 units, as `<` does, would put U+FFFD behind every character beyond U+FFFF. */
export function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return compareText(one.path, other.path)
}

export function compareText(one: string, other: string): number {
  if (one === other) return 0
  const length = Math.min(one.length, other.length)
  let at = 0
  while (at < length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1
  if (at === length) return one.length - other.length
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
}

/** A surrogate stands for a character that is higher than every single unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
