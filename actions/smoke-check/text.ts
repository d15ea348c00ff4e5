/** Text as people read it: short, on one line, with nothing in it that cannot be seen. */

/** `1 time`, `3 times`, `1,000 times`. */
export function count(amount: number, singular: string, plural = `${singular}s`): string {
  const figure = String(amount).replace(/\B(?=(?:\d{3})+$)/g, ',') // a formatter of numbers takes long to load
  return `${figure} ${amount === 1 ? singular : plural}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[], word = 'and'): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`
}

/** Cut where it is too long, never inside a character. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text
    .slice(0, longest - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}

/** A terminal obeys control characters, and what a server sends must not command it. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** Control characters, bidi marks and other invisible ones as escapes. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
