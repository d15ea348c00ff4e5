import { shown } from '../archive/path.ts'

/** For sentences: the first of many names, and how many more there are. */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length > most ? `, and ${names.length - most} more` : ''
  return `${names.slice(0, most).map(shown).join(', ')}${more}`
}
