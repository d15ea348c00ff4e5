/** Names that others choose: a control character in one could pass for a line of its own wherever it is shown. */
import type { Problem } from './problem.ts'

/** U+0085 ends a line for .NET, and so for the runner; the last two do for JavaScript. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u
const CONTROLS = new RegExp(CONTROL, 'gu')

/** @param what whose name it is, as in "the branch"; undefined for an entry of the folder */
export function checkName(what: string | undefined, name: string): Problem | undefined {
  if (!CONTROL.test(name)) return undefined
  const shown = `"${escapeControls(name)}"`
  return {
    message: `${what === undefined ? `The name ${shown}` : `The name of ${what}, ${shown},`} holds a control character.`,
    hint: 'Rename it.',
  }
}

/** Each as an escape sequence: a line break as `\u000a`. */
export function escapeControls(name: string): string {
  return name.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Of a text, only line feeds and tabs are kept. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, (control) => (control === '\n' || control === '\t' ? control : ''))
}
