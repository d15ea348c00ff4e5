/** The YAML parser, and its complaints in words that say what to write instead. */
import { Composer, CST, type Document, Lexer, type LineCounter, Parser, YAMLParseError } from 'yaml'
import { shorten } from './pointer.ts'

/** Levels of values within values. */
export const DEEPEST = 40

export type Report = (offset: number, message: string, hint: string) => void

/** @returns undefined when the text is not YAML, which is reported */
export function compose(text: string, lineCounter: LineCounter, report: Report): Document.Parsed | undefined {
  const depth = new Depth()
  const document = parse(text, lineCounter, depth)
  if (document === undefined) {
    report(depth.offset, `Values are nested more than ${DEEPEST} deep.`, 'Check the brackets.')
    return undefined
  }
  const broken = document.errors.length > 0
  for (const error of firstOfEachLine(broken ? document.errors : document.warnings, lineCounter)) {
    report(error.pos[0], `This is not YAML that can be used: ${shorten(error.message, 200)}.`, hintFor(error, text))
  }
  if (document.directives.yaml.explicit && document.directives.yaml.version === '1.1') {
    report(0, 'The file asks for YAML 1.1; checks are read as YAML 1.2.', 'Remove the line %YAML 1.1.')
  }
  return broken ? undefined : document
}

const OPTIONS = {
  version: '1.2',
  prettyErrors: false,
  uniqueKeys: false, // told below, with the place of the first one
  resolveKnownTags: false,
} as const

/** As `parseDocument`, which would take the text apart a second time. @returns undefined when it is nested too deep */
function parse(text: string, lineCounter: LineCounter, depth: Depth): Document.Parsed | undefined {
  const parser = new Parser(lineCounter.addNewLine)
  const tokens: CST.Token[] = []
  lineCounter.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    if (!depth.allows(lexeme)) return undefined
    tokens.push(...parser.next(lexeme))
  }
  tokens.push(...parser.end())
  const [document, second] = new Composer({ ...OPTIONS, lineCounter }).compose(tokens, true, text.length)
  if (document === undefined) throw new Error('The parser has given no document.')
  if (second !== undefined) {
    const place: [number, number] = [second.range[0], second.range[1]]
    document.errors.push(new YAMLParseError(place, 'MULTIPLE_DOCS', 'The file holds more than one document'))
  }
  return document as Document.Parsed
}

/** Signs among the tokens that stand for no character of the text. */
const WIDTHLESS = ['doc-mode', 'flow-error-end', 'scalar']

/** The parser's time grows with the square of the depth: it takes half a minute for 200,000 brackets (yaml 2.9.1). */
class Depth {
  /** Where the text has been read to. */
  offset = 0
  #brackets = 0
  #indicators = 0

  allows(lexeme: string): boolean {
    const type = CST.tokenType(lexeme)
    if (type === 'newline') this.#indicators = 0
    if (type === 'flow-seq-start' || type === 'flow-map-start') this.#brackets++
    if (type === 'flow-seq-end' || type === 'flow-map-end') this.#brackets = Math.max(0, this.#brackets - 1)
    if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') this.#indicators++
    if (this.#brackets > DEEPEST || (this.#brackets === 0 && this.#indicators > DEEPEST)) return false
    if (!WIDTHLESS.includes(type ?? '')) this.offset += lexeme.length
    return true
  }
}

type YamlError = Document.Parsed['errors'][number] | Document.Parsed['warnings'][number]

/** One mistake makes the parser stumble several times over. */
function firstOfEachLine(errors: readonly YamlError[], lines: LineCounter): readonly YamlError[] {
  const byLine = new Map<number, YamlError>()
  for (const error of errors) {
    const { line } = lines.linePos(error.pos[0])
    if (!byLine.has(line)) byLine.set(line, error)
  }
  return [...byLine.values()]
}

function hintFor(error: YamlError, text: string): string {
  const { code } = error
  if (code === 'MULTIPLE_DOCS') return 'Put all checks into one document, and remove the line ---.'
  if (code === 'TAB_AS_INDENT') return 'Indent with spaces.'
  if (code === 'TAG_RESOLVE_FAILED') return 'Put a value that begins with ! in quotes.'
  if (code === 'BAD_SCALAR_START') return 'Put a value that begins with a special character in quotes.'
  if (code === 'BAD_DQ_ESCAPE') return "Use single quotes, in which a backslash is just one, as in '\\d+'."
  const start = text.lastIndexOf('\n', error.pos[0] - 1) + 1
  const line = text.slice(start, text.indexOf('\n', error.pos[0]) + 1 || undefined)
  if (/[{[,:]\s*[^"'\s,]*\$/.test(line) && /[{[]/.test(line)) {
    return `Inside { } and [ ], a value or key that holds { } [ ] or a comma stands in quotes, as "\${NAME}" and "$.items[0]".`
  }
  if (/:\s+[^"'\s].*:\s/.test(line)) return 'Put a value that holds ": " in quotes.'
  if (/:\s+[*&%@`|>!]/.test(line)) return 'Put a value that begins with a special character in quotes.'
  return 'Check indentation, quotes and brackets here and in the line above.'
}
