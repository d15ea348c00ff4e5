/** A step's summary for a terminal: its tables become aligned lines; everything else stays the Markdown that it is. */
import { columns } from './style.ts'

export function renderSummary(markdown: string): string {
  const lines = markdown.trim().split('\n')
  const rendered: string[] = []
  let fenced = false
  while (lines.length > 0) {
    const table = fenced ? [] : takeTable(lines)
    const line = table.length > 0 ? undefined : lines.shift()
    if (/^\s*(```|~~~)/.test(line ?? '')) fenced = !fenced
    if (line === undefined) rendered.push(...renderTable(table))
    else rendered.push(!fenced && /^#{1,6} /.test(line) ? plain(line) : line)
  }
  return rendered.join('\n')
}

/** Takes a table from the front of the lines: its header, the line below it, and its rows. */
function takeTable(lines: string[]): readonly string[] {
  if (!isRow(lines[0]) || !/^\|(\s*:?-+:?\s*\|)+\s*$/.test(lines[1] ?? '')) return []
  const end = lines.findIndex((line) => !isRow(line))
  return lines.splice(0, end < 0 ? lines.length : end)
}

function isRow(line: string | undefined): boolean {
  return line?.startsWith('|') === true
}

function renderTable([header = '', , ...rows]: readonly string[]): readonly string[] {
  const names = cells(header)
  const titled = names.some((name) => name !== '')
  return columns([...(titled ? [names] : []), ...rows.map(cells)].flatMap(stack))
}

function cells(row: string): readonly string[] {
  const parts = row.trim().split(/(?<!\\)\|/)
  return parts.slice(1, -1).map((cell) => plain(cell.trim()))
}

/** A row whose cells have several lines, as that many rows. */
function stack(row: readonly string[]): readonly (readonly string[])[] {
  const lines = row.map((cell) => cell.split('\n'))
  const height = Math.max(...lines.map(({ length }) => length))
  return Array.from({ length: height }, (_, at) => lines.map((cell) => cell[at] ?? ''))
}

const escaped = /\\([!-/:-@[-`{-~])/
const entity = /&(lt|gt|amp|quot|#\d+);/
const tag = /<br ?\/?>|<\/?code>/
const code = /`([^`]+)`/
const link = /\[((?:\\.|[^\]\\])*)\]\(([^)\s]*)\)/
const inline = new RegExp(
  [escaped, entity, tag, code, link]
    .map(({ source }) => source)
    .join('|')
    .concat('|\\*\\*'),
  'g',
)

/** The text of inline Markdown; a link keeps its address where that is not its text anyway. */
function plain(markdown: string): string {
  return markdown.replace(inline, (all, character, name, quoted, label, address) => {
    if (character !== undefined) return character
    if (name !== undefined) return characterOf(name)
    if (quoted !== undefined) return quoted
    if (label !== undefined) return linkText(plain(label), address)
    return all.startsWith('<br') ? '\n' : ''
  })
}

function characterOf(name: string): string {
  if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
  return { lt: '<', gt: '>', amp: '&', quot: '"' }[name] ?? ''
}

function linkText(label: string, address: string): string {
  return label === '' || label === address || `${label}/` === address ? label || address : `${label} (${address})`
}
