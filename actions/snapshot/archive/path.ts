/** Paths inside a snapshot, and what is wrong with them. */

/** Why no entry can have this path: relative, with `/`, nothing empty, no `.`, no `..`. */
export function pathProblem(path: string): string | undefined {
  const problem = textProblem(path)
  if (problem !== undefined) return `The path ${shown(path)} ${problem}.`
  if (path.startsWith('/')) return `The path ${shown(path)} is absolute.`
  if (path.split(/[\\/]/).includes('..')) return `The path ${shown(path)} leads out of the snapshot.`
  if (path.split('/').some((part) => part === '' || part === '.')) return `The path ${shown(path)} is not a plain one.`
  return undefined
}

/** What no path and no target of a link may be, here or on the system that it is restored on. */
export function textProblem(text: string): string | undefined {
  if (text === '') return 'is empty'
  if (!text.isWellFormed()) return 'is no Unicode text'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f\x7f]/.test(text)) return 'contains a control character'
  if (process.platform === 'win32' && /[\\:]/.test(text)) return 'contains a character that Windows gives a meaning'
  return undefined
}

/** As a JSON string, so that nothing in it can pretend to be the text around it. */
export function shown(path: string): string {
  return JSON.stringify(path)
}
