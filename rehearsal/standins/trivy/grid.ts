/**
 * A table with borders, whose equal neighbours below each other are one cell: what github.com/aquasecurity/table draws
 * for a file. Widths are counted in characters.
 */

/** Wider tables are wrapped. */
const AVAILABLE = 80
const MAX_COLUMN = 60

interface Cell {
  readonly text: string
  readonly lines: readonly string[]
}

/** @param rows each with as many cells as the header */
export function grid(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const wraps = Math.max(...all.map(lineWidth)) > AVAILABLE
  const cells = all.map((row) => row.map((text) => ({ text, lines: wrap(text, wraps ? MAX_COLUMN : text.length) })))
  const widths = header.map((_, at) => Math.max(...cells.map((row) => widthOf(row[at]))))
  const below = cells.map((row, at) => row.map((cell, column) => isMerged(cells, at, column, cell)))
  const drawn = cells.flatMap((row, at) => [
    lineAbove(widths, below[at] ?? [], at === 0),
    ...content(row, widths, below[at] ?? [], at === 0),
  ])
  return [...drawn, `└${widths.map((width) => '─'.repeat(width + 2)).join('┴')}┘`, ''].join('\n')
}

function lineWidth(row: readonly string[]): number {
  return row.reduce((sum, text) => sum + [...text].length + 3, 1)
}

function widthOf(cell: Cell | undefined): number {
  return Math.max(0, ...(cell?.lines ?? []).map((line) => [...line].length))
}

/** Neither a header nor the row below it is part of the row above. */
function isMerged(cells: readonly (readonly Cell[])[], at: number, column: number, { text }: Cell): boolean {
  return at > 1 && text.trim() !== '' && cells[at - 1]?.[column]?.text === text
}

function lineAbove(widths: readonly number[], merged: readonly boolean[], first: boolean): string {
  const parts = widths.map((width, at) => corner(merged, at, first) + (merged[at] ? ' ' : '─').repeat(width + 2))
  return `${parts.join('')}${first ? '┐' : merged.at(-1) ? '│' : '┤'}`
}

function corner(merged: readonly boolean[], at: number, first: boolean): string {
  const before = at > 0 && merged[at - 1] === true
  if (first) return at === 0 ? '┌' : '┬'
  if (at === 0) return merged[at] ? '│' : '├'
  if (merged[at]) return before ? '│' : '┤'
  return before ? '├' : '┼'
}

function content(
  row: readonly Cell[],
  widths: readonly number[],
  merged: readonly boolean[],
  header: boolean,
): readonly string[] {
  const height = Math.max(...row.map(({ lines }) => lines.length))
  return Array.from({ length: height }, (_, y) => {
    const texts = row.map(({ lines }, at) => {
      const text = merged[at] ? '' : (lines[y] ?? '')
      return header ? centred(text, widths[at] ?? 0) : text + ' '.repeat((widths[at] ?? 0) - [...text].length)
    })
    return `│ ${texts.join(' │ ')} │`
  })
}

function centred(text: string, width: number): string {
  const room = width - [...text].length
  const left = Math.floor(room / 2)
  return ' '.repeat(left) + text + ' '.repeat(room - left)
}

/** Words on lines of at most that many characters; a word that is longer is cut with a hyphen. */
function wrap(text: string, size: number): readonly string[] {
  const lines = text.split('\n').flatMap((line) => wrapLine(line.trim(), size))
  return lines.length > 0 ? lines : ['']
}

function wrapLine(line: string, size: number): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/\s+/).flatMap((long) => pieces(long, size))) {
    const joined = current === '' ? word : `${current} ${word}`
    if (joined.length <= size) current = joined
    else {
      lines.push(current)
      current = word
    }
  }
  return current === '' ? lines : [...lines, current]
}

function pieces(word: string, size: number): readonly string[] {
  if (word.length <= size) return [word]
  return [`${word.slice(0, size - 1)}-`, ...pieces(word.slice(size - 1), size)]
}
