/** The lines of the input `paths`: what each takes, or with `!` leaves out. Nothing is looked at here. */
import picomatch from 'picomatch'
import { ActionError, messageOf } from '../../../src/errors.ts'

/** Files that begin with a dot are files like any other; `!` and Windows are dealt with here. */
const OPTIONS = { dot: true, nonegate: true, windows: false, debug: true } as const

/** What a backslash may stand before, to take it for the character that it is. */
const ESCAPABLE = '*?[]{}()!+@,|'

export interface Pattern {
  /** As it was written. */
  readonly line: string
  /** Where it begins: the folder before the first segment with a wildcard, or all of a line without; '' is the workspace. */
  readonly base: string
  /** It has no wildcards and names one thing. */
  readonly isLiteral: boolean
  /** It ends with `/`. */
  readonly foldersOnly: boolean
  /** Whether it means this very thing, whatever is below. */
  matches(path: string, isFolder: boolean): boolean
  /** Whether it can mean something below this folder. */
  mayLeadTo(folder: string): boolean
}

export interface Patterns {
  readonly taken: readonly Pattern[]
  readonly excluded: readonly Pattern[]
}

/**
 * @param workspace absolute: lines may begin with it
 * @throws ActionError for a line that leaves the workspace or cannot be read
 */
export function parsePatterns(lines: readonly string[], workspace: string): Patterns {
  const excluded = lines.filter((line) => line.startsWith('!'))
  const taken = lines.filter((line) => !line.startsWith('!'))
  if (taken.length === 0 && excluded.length > 0) {
    throw new ActionError('Input paths excludes and names nothing to exclude from.', {
      hint: 'Add a line for what to take, as "." for the whole workspace.',
    })
  }
  return {
    taken: taken.map((line) => parsePattern(line, line, workspace)),
    excluded: excluded.map((line) => parseExclusion(line, workspace)),
  }
}

function parseExclusion(line: string, workspace: string): Pattern {
  if (line.startsWith('!(')) {
    throw refusal(line, 'can be read in two ways', 'Write "./!(…)" for all but these, or "!./(…)" to exclude them.')
  }
  return parsePattern(line.slice(1).trim(), line, workspace)
}

function parsePattern(text: string, line: string, workspace: string): Pattern {
  const relative = insideWorkspace(text, line, workspace)
  requireReadable(relative, line)
  const glob = relative
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')
  const foldersOnly = relative.endsWith('/')
  const { matches, ...compiled } = compile(glob, line)
  return { line, foldersOnly, ...compiled, matches: (path, isFolder) => (isFolder || !foldersOnly) && matches(path) }
}

/** Relative, with `/`. */
function insideWorkspace(text: string, line: string, workspace: string): string {
  if (text === '') throw refusal(line, 'is empty', 'Name a file or a folder of the workspace.')
  const own = text === workspace || (text.startsWith(workspace) && /[\\/]/.test(text.charAt(workspace.length)))
  const relative = own ? `.${text.slice(workspace.length)}` : text
  if (/^(?:\/|[A-Za-z]:|~(?:\/|$))/.test(relative) || relative.split(/[\\/]/).includes('..')) {
    throw refusal(
      line,
      relative.startsWith('~') ? 'begins with "~", which no shell expands here' : 'may lead out of the workspace',
      'Paths are relative to the root of the workspace, without "..". For what lies outside, copy it into the workspace in an earlier step, or take it with commands, as in "etc.tar: tar -cf - -C /etc nginx".',
    )
  }
  return relative
}

function requireReadable(text: string, line: string): void {
  const backslash = [...text.matchAll(/\\(.?)/gsu)].find(([, next]) => next === '' || !ESCAPABLE.includes(next ?? ''))
  if (backslash !== undefined) {
    throw refusal(
      line,
      'has a backslash',
      `Write paths with "/", on Windows too. A backslash only takes a wildcard for the character that it is, one of ${ESCAPABLE}, as in "pages/\\[id\\].js".`,
    )
  }
  if (/\{[^{}]*\.\.[^{}]*\}/.test(text)) {
    throw refusal(line, 'has a range in braces', 'List what is meant, as in "{1,2,3}", or use "[0-9]".')
  }
}

interface Compiled extends Omit<Pattern, 'line' | 'foldersOnly' | 'matches'> {
  readonly matches: (path: string) => boolean
}

function compile(glob: string, line: string): Compiled {
  const { isGlob, base, parts = [] } = picomatch.scan(glob, { nonegate: true, scanToEnd: true, parts: true })
  const plain = withoutEscapes(glob)
  if (!isGlob) {
    return {
      base: plain,
      isLiteral: true,
      matches: (path) => path === plain,
      mayLeadTo: (folder) => plain.startsWith(`${folder}/`),
    }
  }
  // A file that is called `[id].js` or `(group)` is what a line of that name means, whatever it matches besides.
  const isMatch = matcher(glob, line)
  const leads = leading(parts, line)
  return {
    base: withoutEscapes(base),
    isLiteral: false,
    matches: (path) => path === plain || isMatch(path),
    mayLeadTo: (folder) => plain.startsWith(`${folder}/`) || leads(folder.split('/')),
  }
}

/** Segment by segment, up to the first that can stand for several: so that `*.json` does not read all of node_modules. */
function leading(parts: readonly string[], line: string): (folders: readonly string[]) => boolean {
  const open = parts.findIndex((part) => /\*\*|[/(]/.test(part))
  const matchers = parts.slice(0, open === -1 ? parts.length : open).map((part) => matcher(part, line))
  return (folders) => {
    if (open === -1 && folders.length >= parts.length) return false
    return folders.every((folder, index) => matchers[index]?.(folder) ?? true)
  }
}

function matcher(glob: string, line: string): (path: string) => boolean {
  try {
    const matches = picomatch(glob, OPTIONS)
    return (path) => matches(path)
  } catch (error) {
    throw refusal(line, `is no glob that can be read (${messageOf(error)})`, 'Check its brackets and braces.')
  }
}

function withoutEscapes(glob: string): string {
  return glob.replaceAll(/\\(.)/gsu, '$1')
}

function refusal(line: string, what: string, hint: string): ActionError {
  return new ActionError(`Input paths has the line "${line}", which ${what}.`, { hint })
}
