/** Colour where a person looks at a terminal and wants it, plain text elsewhere. */
import { styleText } from 'node:util'

export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly blue: (text: string) => string
  /** A line of a program's own output: its colours stay or go with ours. */
  readonly foreign: (text: string) => string
}

type Name = Exclude<keyof Style, 'foreign'>

export function makeStyle(coloured: boolean): Style {
  const as = (name: Name) => (text: string) => (coloured ? styleText(name, text, { validateStream: false }) : text)
  return {
    bold: as('bold'),
    dim: as('dim'),
    red: as('red'),
    green: as('green'),
    yellow: as('yellow'),
    blue: as('blue'),
    foreign: coloured ? (text) => text : stripControls,
  }
}

/** https://no-color.org */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === ''
}

function stripControls(text: string): string {
  return text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g'), '')
}

/** `0.4 s`, `12.0 s`, `2 min 5 s`. */
export function seconds(ms: number): string {
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`
  const whole = Math.round(ms / 1000)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}

export function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`))
    .join('\n')
}

/** Columns padded to their widest cell; styles are applied by the caller, after. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>((all, row) => {
    row.forEach((cell, index) => {
      all[index] = Math.max(all[index] ?? 0, cell.length)
    })
    return all
  }, [])
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
