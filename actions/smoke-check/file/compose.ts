/** The YAML parser, and its complaints in words that say what to write instead. */
import { CST, type Document, Lexer, type LineCounter, parseDocument } from 'yaml'
import { shorten } from './pointer.ts'

/** Levels of values within values. */
export const DEEPEST = 40

export type Report = (offset: number, message: string, hint: string) => void

/** @returns undefined when the text is not YAML, which is reported */
export function compose(text: string, lineCounter: LineCounter, report: Report): Document.Parsed | undefined {
  const tooDeep = findTooDeep(text)
  if (tooDeep !== undefined) {
    for (let end = -1; ; ) {
      lineCounter.addNewLine(end + 1)
      end = text.indexOf('\n', end + 1)
      if (end === -1 || end >= tooDeep) break
    }
    report(tooDeep, `Values are nested more than ${DEEPEST} deep.`, 'Check the brackets.')
    return undefined
  }
  const document = parseDocument(text, {
    version: '1.2',
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false, // told below, with the place of the first one
    resolveKnownTags: false,
  })
  const broken = document.errors.length > 0
  for (const error of firstOfEachLine(broken ? document.errors : document.warnings, lineCounter)) {
    report(error.pos[0], `This is not YAML that can be used: ${shorten(error.message, 200)}.`, hintFor(error, text))
  }
  if (document.directives.yaml.explicit && document.directives.yaml.version === '1.1') {
    report(0, 'The file asks for YAML 1.1; checks are read as YAML 1.2.', 'Remove the line %YAML 1.1.')
  }
  return broken ? undefined : document
}

/** Signs among the tokens that stand for no character of the text. */
const WIDTHLESS = ['doc-mode', 'flow-error-end', 'scalar']

/** The parser's time grows with the square of the depth: it takes half a minute for 200,000 brackets (yaml 2.9.1). */
function findTooDeep(text: string): number | undefined {
  let [offset, brackets, indicators] = [0, 0, 0]
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (type === 'newline') indicators = 0
    if (type === 'flow-seq-start' || type === 'flow-map-start') brackets++
    if (type === 'flow-seq-end' || type === 'flow-map-end') brackets = Math.max(0, brackets - 1)
    if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') indicators++
    if (brackets > DEEPEST || (brackets === 0 && indicators > DEEPEST)) return offset
    if (!WIDTHLESS.includes(type ?? '')) offset += token.length
  }
  return undefined
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
  const start = text.lastIndexOf('\n', error.pos[0] - 1) + 1
  const line = text.slice(start, text.indexOf('\n', error.pos[0]) + 1 || undefined)
  if (/[{[,:]\s*[^"'\s,]*\$/.test(line) && /[{[]/.test(line)) {
    return `Inside { } and [ ], a value or key that holds { } [ ] or a comma stands in quotes, as "\${NAME}" and "$.items[0]".`
  }
  if (/:\s+[^"'\s].*:\s/.test(line)) return 'Put a value that holds ": " in quotes.'
  if (/:\s+[*&%@`|>!]/.test(line)) return 'Put a value that begins with a special character in quotes.'
  return 'Check indentation, quotes and brackets here and in the line above.'
}
