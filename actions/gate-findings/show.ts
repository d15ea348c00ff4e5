/** What reports and servers say, as people may see it: short, on one line, with nothing in it that cannot be seen. */

/** Characters of one value. */
const LONGEST = 120

export function shown(text: string, longest = LONGEST): string {
  const short =
    text.length <= longest
      ? text
      : `${text
          .slice(0, longest - 1)
          .toWellFormed()
          .replace(/\uFFFD$/, '')}…`
  return short.replace(/[\t\r\n]+/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** `1 finding`, `3 findings`. */
export function count(amount: number, singular: string, plural = `${singular}s`): string {
  return `${amount} ${amount === 1 ? singular : plural}`
}

/** `critical`, `critical or high`, `critical, high or medium`. */
export function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
