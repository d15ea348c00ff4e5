/** The few expressions of Handlebars that patterns and values have: `{{name}}`. */
import { Failure } from '../../action.ts'

export type Values = Readonly<Record<string, string>>

/** @throws Failure for an expression that the stand-in does not know */
export function fill(text: string, values: Values): string {
  return text.replace(/\{\{\s*(.*?)\s*\}\}/g, (whole, expression: string) => {
    const value = values[expression]
    if (value !== undefined) return value
    const known = Object.keys(values)
      .map((name) => `{{${name}}}`)
      .join(', ')
    throw new Failure(`The rehearsal's stand-in does not support the expression ${whole}. It knows ${known}.`)
  })
}

/** Whether the pattern is `{{raw}}` and nothing else. */
export function isRaw(pattern: string): boolean {
  return /^\{\{\s*raw\s*\}\}$/.test(pattern)
}
