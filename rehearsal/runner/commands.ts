/** Workflow commands: `::error file=a.ts,line=3::text` and the older `##[error]text`, as a step prints them. */

export interface Command {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly message: string
  readonly title?: string
  readonly file?: string
  readonly line?: number
}

/** What a line of a step's output means. `print` lines go to the log; the rest has its own effect. */
export type Meaning =
  | { readonly kind: 'print'; readonly text: string }
  | { readonly kind: 'annotation'; readonly annotation: Annotation }
  | { readonly kind: 'mask'; readonly value: string }
  | { readonly kind: 'group'; readonly title: string }
  | { readonly kind: 'endgroup' }
  | { readonly kind: 'debug'; readonly text: string }
  | { readonly kind: 'output' | 'state'; readonly name: string; readonly value: string }
  | { readonly kind: 'refused'; readonly message: string }

const known = new Set(
  'add-mask debug notice warning error group endgroup echo stop-commands set-output save-state'
    .split(' ')
    .concat('set-env', 'add-path', 'add-matcher', 'remove-matcher'),
)

/** Reads one stream of lines; keeps what `stop-commands` asked for. */
export class CommandReader {
  #resumeToken: string | undefined

  read(line: string): Meaning {
    const command = parseCommand(line)
    if (command === undefined) return { kind: 'print', text: line }
    if (this.#resumeToken !== undefined) {
      if (command.name === this.#resumeToken.toLowerCase()) this.#resumeToken = undefined
      return { kind: 'print', text: line }
    }
    if (command.name === 'stop-commands') this.#resumeToken = command.data
    return known.has(command.name) ? meaningOf(command, line) : { kind: 'print', text: line }
  }
}

/** @returns undefined when the line is no command. */
export function parseCommand(line: string): Command | undefined {
  const modern = /^\s*::([^\s:]+)(?: (.*?))?::(.*)$/.exec(line)
  if (modern !== null) return build(modern, ',', unescapeProperty, unescapeData)
  const old = /##\[([^\s\]]+)(?: ([^\]]*))?\](.*)$/.exec(line)
  return old === null ? undefined : build(old, ';', unescapeOld, unescapeOld)
}

type Unescape = (text: string) => string

function build(
  [, name = '', list = '', data = '']: RegExpExecArray,
  separator: string,
  prop: Unescape,
  text: Unescape,
) {
  const pairs = list
    .split(separator)
    .map((pair) => pair.trim().split(/=(.*)/, 2))
    .filter(([key, value]) => key !== '' && value !== undefined && value !== '')
    .map(([key = '', value = '']) => [key, prop(value)])
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), data: text(data) }
}

function meaningOf({ name, properties, data }: Command, line: string): Meaning {
  switch (name) {
    case 'error':
    case 'warning':
    case 'notice':
      return { kind: 'annotation', annotation: annotation(name, properties, data) }
    case 'add-mask':
      return { kind: 'mask', value: data }
    case 'group':
      return { kind: 'group', title: data }
    case 'endgroup':
      return { kind: 'endgroup' }
    case 'debug':
      return { kind: 'debug', text: data }
    case 'set-output':
    case 'save-state':
      return { kind: name === 'set-output' ? 'output' : 'state', name: properties['name'] ?? '', value: data }
    case 'set-env':
    case 'add-path':
      return { kind: 'refused', message: `The \`${name}\` command is disabled. Use the ${fileOf(name)} file instead.` }
    default:
      return { kind: 'print', text: line }
  }
}

function fileOf(name: 'set-env' | 'add-path'): string {
  return name === 'set-env' ? 'GITHUB_ENV' : 'GITHUB_PATH'
}

function annotation(level: Annotation['level'], properties: Command['properties'], message: string): Annotation {
  const { title, file, line } = properties
  return {
    level,
    message,
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file }),
    ...(line !== undefined && /^\d+$/.test(line) ? { line: Number(line) } : {}),
  }
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','))
}

function unescapeOld(text: string): string {
  return unescapeData(text.replaceAll('%3B', ';').replaceAll('%5D', ']'))
}
