/** Patterns of paths, as Go's filepath.Match has them, with `**` for any number of folders. */

/** @param below whether what lies below a match matches too */
export function toRegExp(pattern: string, { below = false } = {}): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]*\]|[.+^$(){}|\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    return token.startsWith('[') ? token : `\\${token}`
  })
  return new RegExp(`^${source}${below ? '(?:/.*)?' : ''}$`)
}
