/** Reads a Dockerfile into its stages: https://docs.docker.com/reference/dockerfile/ */
import { Failure } from '../action.ts'

export interface Instruction {
  readonly line: number
  /** In upper case: `COPY`. */
  readonly keyword: string
  /** `--from=build`, without the dashes. */
  readonly flags: Readonly<Record<string, string>>
  readonly rest: string
}

export interface Stage {
  readonly base: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

export interface Dockerfile {
  /** Before the first FROM. */
  readonly args: readonly Instruction[]
  readonly stages: readonly Stage[]
}

const KEYWORDS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)

/** @param name of the file, for the messages @throws Failure for what Docker would not take, or the stand-in does not */
export function parseDockerfile(text: string, name: string): Dockerfile {
  const args: Instruction[] = []
  const stages: (Stage & { readonly instructions: Instruction[] })[] = []
  for (const instruction of readInstructions(text, name)) {
    const stage = stages.at(-1)
    if (instruction.keyword === 'FROM') stages.push({ ...readFrom(instruction, name), instructions: [] })
    else if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.keyword === 'ARG') args.push(instruction)
    else throw mistake(name, instruction.line, 'no build stage in current context')
  }
  if (stages.length === 0) throw new Failure(`failed to solve: ${name}: file with no instructions`)
  return { args, stages }
}

function readFrom(instruction: Instruction, name: string): Pick<Stage, 'base' | 'name'> {
  const [base = '', as, alias, ...more] = instruction.rest.split(/\s+/)
  const named = as?.toLowerCase() === 'as' && alias !== undefined
  if (base !== '' && more.length === 0 && (as === undefined || named)) return { base, name: alias?.toLowerCase() }
  throw mistake(name, instruction.line, 'FROM requires either one or three arguments')
}

function readInstructions(text: string, name: string): readonly Instruction[] {
  const found: Instruction[] = []
  const lines = text.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1
    if (isBlank(lines[at])) continue
    let whole = ''
    // A backslash at the end goes on in the next line; comments between them do not count.
    for (; at < lines.length; at++) {
      const part = lines[at] ?? ''
      if (whole !== '' && isBlank(part)) continue
      whole += part.replace(/\\\s*$/, '')
      if (!/\\\s*$/.test(part)) break
    }
    const instruction = readInstruction(whole.trim(), line, name)
    at = skipHereDocuments(instruction, lines, at, name)
    found.push(instruction)
  }
  return found
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || /^\s*(#|$)/.test(line)
}

function readInstruction(text: string, line: number, name: string): Instruction {
  const [, word = '', all = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? []
  const keyword = word.toUpperCase()
  if (keyword === 'ONBUILD') throw mistake(name, line, `the rehearsal's stand-in does not support ONBUILD`)
  if (!KEYWORDS.has(keyword)) throw mistake(name, line, `unknown instruction: ${word}`)
  const flags: Record<string, string> = {}
  let rest = all
  for (
    let flag = /^--([\w-]+)(?:=(\S+))?\s*/.exec(rest);
    flag !== null;
    flag = /^--([\w-]+)(?:=(\S+))?\s*/.exec(rest)
  ) {
    flags[flag[1] ?? ''] = flag[2] ?? 'true'
    rest = rest.slice(flag[0].length)
  }
  if (rest === '') throw mistake(name, line, `${keyword} requires at least one argument`)
  return { line, keyword, flags, rest }
}

/** The lines of `RUN <<EOF` are a script, which is not run here; those of COPY would be files. */
function skipHereDocuments({ keyword, rest, line }: Instruction, lines: readonly string[], at: number, name: string) {
  const ends = [...rest.matchAll(/<<-?(["']?)(\w+)\1/g)].map(([, , end = '']) => end)
  if (ends.length > 0 && keyword !== 'RUN') {
    throw mistake(name, line, `the rehearsal's stand-in does not support here-documents of ${keyword}`)
  }
  let last = at
  for (const end of ends) {
    const found = lines.findIndex((text, index) => index > last && text.trim() === end)
    if (found < 0) throw mistake(name, line, 'unterminated heredoc')
    last = found
  }
  return last
}

export function mistake(name: string, line: number, what: string): Failure {
  return new Failure(`failed to solve: dockerfile parse error on line ${line} of ${name}: ${what}`)
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`; a variable that is not known is empty. */
export function substitute(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\\\$|\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))/g,
    (whole, braced?: string, operator?: string, other?: string, plain?: string) => {
      const name = braced ?? plain
      if (name === undefined) return whole === '\\$' ? '$' : whole
      const value = variables[name] ?? ''
      if (operator === '-') return value === '' ? (other ?? '') : value
      return operator === '+' ? (value === '' ? '' : (other ?? '')) : value
    },
  )
}

/** A JSON array, or words parted by spaces. */
export function wordsOf(text: string): readonly string[] {
  const list = jsonList(text)
  return list ?? text.split(/\s+/).filter((word) => word !== '')
}

/** The exec form, `["node", "main.js"]`; undefined for the shell form. */
export function jsonList(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined
  } catch {
    return undefined
  }
}

/** `A=1 B="two words"` of ENV and LABEL; the old `A value` form is one pair. */
export function pairsOf(text: string): readonly (readonly [string, string])[] {
  if (!/^[^\s=]+=/.test(text)) {
    const [, name = '', value = ''] = /^(\S+)\s+([\s\S]*)$/.exec(text) ?? []
    return [[name, value]]
  }
  return [...text.matchAll(/((?:[^\s="]|"[^"]*")+)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|[^\s])*)/g)].map(
    ([, name = '', value = '']) => [unquote(name), unquote(value)] as const,
  )
}

function unquote(text: string): string {
  const [, inner] = /^(?:"([\s\S]*)"|'([\s\S]*)')$/.exec(text)?.filter((part) => part !== undefined) ?? []
  return (inner ?? text).replace(/\\(.)/g, '$1')
}
