/** What a step tells the runner: file commands, and workflow commands on standard output. */

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly message: string
  readonly title?: string
  readonly file?: string
  readonly line?: string
}

export interface CommandOutput {
  /** Without the add-mask commands. */
  readonly stdout: string
  readonly masks: readonly string[]
  readonly annotations: readonly Annotation[]
}

/** `name=value` and `name<<DELIMITER` entries, as actions/runner `FileCommandManager.cs` reads them. */
export function readFileCommand(content: string): Record<string, string> {
  const entries: Record<string, string> = {}
  const lines = content.split('\n')
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    if (line === '') continue
    const [, name, operator, rest] = /^([^=<]+)(=|<<)(.*)$/.exec(line) ?? []
    if (name === undefined || rest === undefined) throw new Error(`Not a file command: ${line}`)
    entries[name] = operator === '=' ? rest : readHeredoc(lines, rest)
  }
  return entries
}

function readHeredoc(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter)
  if (end < 0) throw new Error(`The delimiter ${delimiter} is missing.`)
  return lines
    .splice(0, end + 1)
    .slice(0, -1)
    .join('\n')
}

/** Workflow commands on standard output: masks are taken out of it, annotations are listed besides. */
export function readCommands(stdout: string): CommandOutput {
  const masks: string[] = []
  const annotations: Annotation[] = []
  const visible = stdout.split('\n').filter((line) => {
    const [, command, properties = '', value = ''] = /^::([a-z-]+)(?: ([^:]*))?::(.*)$/.exec(line) ?? []
    if (command === 'error' || command === 'warning' || command === 'notice') {
      annotations.push({ level: command, message: unescapeData(value), ...readProperties(properties) })
    }
    if (command === 'add-mask') masks.push(unescapeData(value))
    return command !== 'add-mask'
  })
  return { stdout: visible.join('\n'), masks, annotations }
}

/** `title=…,file=…,line=…`, in which colons and commas are escaped. */
function readProperties(text: string): Pick<Annotation, 'title' | 'file' | 'line'> {
  const pairs = text.split(',').map((pair): [string, string] => {
    const [name = '', value = ''] = pair.split('=', 2)
    return [name, unescapeData(value.replaceAll('%3A', ':').replaceAll('%2C', ','))]
  })
  const { title, file, line } = Object.fromEntries(pairs)
  return { ...(title && { title }), ...(file && { file }), ...(line && { line }) }
}

function unescapeData(value: string): string {
  return value.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
