/** A line as a POSIX shell splits it into words, without anything else that a shell does. */
import { ActionError } from './errors.ts'

export interface Word {
  readonly text: string
  /** Nothing of it was in quotes. */
  readonly isBare: boolean
  /** Where double quotes hold what a shell would expand, counted from 1 in the line. */
  readonly expansion: { readonly character: string; readonly position: number } | undefined
}

const TOKEN =
  /(?<space>\s+)|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<open>['"\\])|(?<special>[|&;<>()$`*?[])|(?<plain>[^\s'"\\|&;<>()$`*?[]+)/gsu

/**
 * @param from where the words begin in the line: positions in errors are those of the line
 * @param what the subject of the errors' sentences; they show no word, since one may be a secret
 * @throws ActionError for what only a shell could do, and for a quote without an end
 */
export function splitWords(line: string, from: number, what: string): readonly Word[] {
  const words: Word[] = []
  let word: Word | undefined
  for (const match of line.slice(from).matchAll(TOKEN)) {
    if (match.groups?.['space'] !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    const next = read(match, { what, position: from + match.index + 1, isFirst: word === undefined })
    word = word === undefined ? next : join(word, next)
  }
  return word === undefined ? words : [...words, word]
}

function join(one: Word, other: Word): Word {
  return {
    text: one.text + other.text,
    isBare: one.isBare && other.isBare,
    expansion: one.expansion ?? other.expansion,
  }
}

interface Place {
  readonly what: string
  readonly position: number
  /** Nothing of the word stands before it. */
  readonly isFirst: boolean
}

function read({ groups = {} }: RegExpExecArray, place: Place): Word {
  const { single, double, escaped, open, special, plain } = groups
  if (open !== undefined) throw unfinished(open, place)
  if (special !== undefined) throw forShell(special, place.position, place.what)
  const text = single ?? escaped
  if (text !== undefined) return { text, isBare: false, expansion: undefined }
  if (double !== undefined) return readDouble(double, place)
  if (place.isFirst && /^[~#]/.test(plain ?? '')) throw forShell(plain?.charAt(0) ?? '', place.position, place.what)
  return { text: plain ?? '', isBare: true, expansion: undefined }
}

/** There a backslash takes only what would mean something for what it is. */
function readDouble(body: string, { position }: Place): Word {
  const at = body.replaceAll(/\\./gsu, (pair) => ' '.repeat(pair.length)).search(/[$`]/)
  return {
    text: body.replaceAll(/\\([$`"\\])/g, '$1'),
    isBare: false,
    expansion: at === -1 ? undefined : { character: body.charAt(at), position: position + 1 + at },
  }
}

function unfinished(open: string, { what, position }: Place): ActionError {
  if (open === '\\') {
    return new ActionError(`${what} ends with a backslash.`, {
      hint: 'A command is one line: it cannot go on in the next.',
    })
  }
  return new ActionError(`${what} has a quote (${open}) at character ${position} that is never closed.`, {
    hint: `Close it, or write \\${open} for the character itself.`,
  })
}

/** @param position counted from 1 in the line */
export function forShell(character: string, position: number, what: string): ActionError {
  return new ActionError(
    `${what} has ${character} at character ${position}, which is for a shell, and no shell reads the line.`,
    { hint: remedyFor(character) },
  )
}

function remedyFor(character: string): string {
  const quote = 'Put it in single quotes if the program itself is to get it'
  switch (character) {
    case '$':
    case '`':
      return `${quote}, or write sh -c '…'. For a secret, let the program read its environment, as pg_dump does with PGPASSWORD: every process of the machine can see arguments.`
    case '|':
      return `${quote}, or write bash -o pipefail -c '…': plain sh sees only whether the last program of a pipe has failed.`
    case '>':
      return `What the program prints goes into the file before the colon by itself, and its errors into the log. ${quote}, or write sh -c '…'.`
    default:
      return `${quote}, or write sh -c '…' to have a shell read it.`
  }
}
