/** What can be told of a Terraform configuration by its text alone. Heredocs are left as they are. */

const closing = { '}': '{', ']': '[', ')': '(' }

/** @returns `LINE: what is wrong` for blocks that do not open or close */
export function findMistakes(text) {
  const open = []
  const mistakes = []
  for (const { code, number } of linesOf(text)) {
    for (const sign of code.match(/[{}[\]()]/g) ?? []) {
      if (!(sign in closing)) open.push({ sign, number })
      else if (open.pop()?.sign !== closing[sign]) mistakes.push(`${number}: "${sign}" closes nothing that is open`)
    }
  }
  return [...mistakes, ...open.map(({ sign, number }) => `${number}: "${sign}" is never closed`)]
}

/** The text with two spaces for each open block, and the `=` of neighbouring lines below each other. */
export function format(text) {
  const lines = linesOf(text)
  let depth = 0
  const set = lines.map(({ line, code, kept }) => {
    if (kept) return { text: line, depth: -1 }
    const [opened, closed] = [(code.match(/[{[(]/g) ?? []).length, (code.match(/[}\])]/g) ?? []).length]
    const leading = /^\s*([}\])]*)/.exec(code)?.[1]?.length ?? 0
    const at = Math.max(0, depth - leading)
    depth += Math.min(1, Math.max(-1, opened - closed))
    return { text: line.trim() === '' ? '' : `${'  '.repeat(at)}${line.trim()}`, depth: opened > closed ? -1 : at }
  })
  return align(set).join('\n')
}

/** Attributes of one line each that stand together; one that opens a block ends the group. */
function align(set) {
  const pattern = /^(\s*)([\w.-]+|"[^"]*")\s*=(?!=)\s*(.*)$/
  const widths = new Map()
  let group = 0
  const keys = set.map(({ text, depth }) => {
    const match = depth < 0 ? null : pattern.exec(text)
    if (match === null) {
      group += 1
      return undefined
    }
    widths.set(group, Math.max(widths.get(group) ?? 0, match[2].length))
    return { match, group }
  })
  return set.map(({ text }, index) => {
    const key = keys[index]
    if (key === undefined) return text.replace(pattern, '$1$2 = $3')
    const [, indent, name, value] = key.match
    return `${indent}${name.padEnd(widths.get(key.group))} = ${value}`
  })
}

/** Whether it is about nothing outside of Terraform: no provider, module, backend or provisioner, and only `terraform_data`. */
export function readsOnlyItself(files) {
  const code = files.flatMap(({ text }) => linesOf(text)).map(({ line, code: plain }) => (plain === '' ? '' : line))
  const blocks = code.flatMap((line) => /^\s*([a-z_]+)\b(?:\s+"([^"]*)")?[^=]*\{/.exec(line)?.slice(1, 3) ?? [])
  const pairs = Array.from({ length: blocks.length / 2 }, (_, index) => blocks.slice(2 * index, 2 * index + 2))
  return pairs.every(([kind, type]) => {
    if (kind === 'resource' || kind === 'ephemeral' || kind === 'data') return type === 'terraform_data'
    return !['provider', 'required_providers', 'module', 'backend', 'cloud', 'provisioner', 'import'].includes(kind)
  })
}

/** Each line with its code: neither strings nor comments, and nothing of a heredoc, which is kept. */
function linesOf(text) {
  let end
  return text.split('\n').map((line, index) => {
    const number = index + 1
    if (end !== undefined) {
      if (line.trim() === end) end = undefined
      return { line, code: '', kept: true, number }
    }
    const code = line.replace(/"(?:\\.|[^"\\])*"/g, '""').replace(/(#|\/\/).*$/, '')
    end = /<<[-~]?(\w+)\s*$/.exec(code)?.[1]
    return { line, code, kept: false, number }
  })
}
