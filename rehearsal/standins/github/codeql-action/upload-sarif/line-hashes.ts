/**
 * A hash for each line of a text, by which code scanning knows a result again when other lines have moved it: the
 * algorithm of github/codeql-action src/fingerprints.ts.
 */

/** The hash of a line is that of the next 100 characters that are neither blanks nor tabs. */
const BLOCK = 100
const BASE = 37n
/** What stands after the last character. */
const END = 0xffff
/** What the character that leaves the block has become: 37^100. */
const LEAVING = BigInt.asUintN(64, BASE ** BigInt(BLOCK))

/** @returns `hash:count` of each line, the first line first; the count tells equal hashes apart */
export function lineHashes(text: string): readonly string[] {
  const { characters, starts } = significant(text)
  const counts = new Map<string, number>()
  const hashes: string[] = []
  let hash = 0n
  for (let at = 0; hashes.length < starts.length; at++) {
    const leaving = characters[at - BLOCK] ?? 0
    hash = BigInt.asUintN(64, hash * BASE + BigInt(characters[at] ?? 0) - LEAVING * BigInt(leaving))
    if (starts[hashes.length] !== at - BLOCK + 1) continue
    const digits = hash.toString(16)
    const count = (counts.get(digits) ?? 0) + 1
    counts.set(digits, count)
    hashes.push(`${digits}:${count}`)
  }
  return hashes
}

/** The characters that count, with `\r` and `\r\n` as `\n`, and where each line begins among them. */
function significant(text: string): { readonly characters: readonly number[]; readonly starts: readonly number[] } {
  const characters: number[] = []
  const starts = [0]
  const lines = text.split(/\r\n|\r|\n/)
  for (const [at, line] of lines.entries()) {
    for (let column = 0; column < line.length; column++) {
      const code = line.charCodeAt(column)
      if (code !== 0x20 && code !== 0x09) characters.push(code)
    }
    if (at === lines.length - 1) continue
    characters.push(0x0a)
    starts.push(characters.length)
  }
  return { characters: [...characters, END], starts }
}
