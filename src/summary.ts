/** Markdown for the job summary. Values come from commits, branches and servers: they are escaped, never trusted. */

/** Text as inert Markdown: no HTML, no links, no mentions of users, no broken table cells. */
export function escapeMarkdown(text: string): string {
  // A bare address would become a link.
  return escapeLabel(text)
    .replaceAll('://', ':&#47;&#47;')
    .replace(/\bwww\./gi, (prefix) => `${prefix.slice(0, -1)}&#46;`)
}

/** Text inside a link, where no other link can begin. */
function escapeLabel(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/([\\`*_{}[\]#|~!])/g, '\\$1')
    .replace(/@/g, '&#64;')
}

/** Text as inline code that nothing in it can close, inside a table too. */
export function code(text: string): string {
  const flat = text.replace(/[\r\n]+/g, ' ')
  if (/[`|\\]/.test(flat)) return `<code>${escapeMarkdown(flat)}</code>`
  return `\`${flat}\``
}

/** A link when the address is HTTP(S), else the address as text. */
export function link(address: string, label = address): string {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) return escapeMarkdown(label)
  const destination = url.href.replace(
    /[()\\|]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `[${escapeLabel(label)}](${destination})`
}

/** A two-column table of names and already formatted values, in the order given; undefined values are left out. */
export function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  return table(
    ['', ''],
    rows.flatMap(([name, value]) => (value === undefined ? [] : [[`**${name}**`, value]])),
  )
}

/** A table of already formatted cells. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Bytes as a person reads them: `812 B`, `3.4 kB`, `26.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 999_950 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
