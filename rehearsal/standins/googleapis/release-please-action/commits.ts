/** Conventional Commits 1.0.0, as far as release-please makes something of them. https://www.conventionalcommits.org */
import { Failure } from '../../action.ts'

export interface ConventionalCommit {
  readonly sha: string
  /** As it is written: `feat`. */
  readonly type: string
  readonly scope: string | undefined
  readonly subject: string
  /** What breaks, one text for each. */
  readonly breaking: readonly string[]
  /** The version of a `Release-As:` footer. */
  readonly releaseAs: string | undefined
  /** Numbers of issues that footers name. */
  readonly references: readonly string[]
}

export interface RawCommit {
  readonly sha: string
  readonly message: string
}

const HEADER = /^([A-Za-z][\w-]*)(?:\(([^()]+)\))?(!)?:[ \t]+(\S.*)$/
const BREAKING = /^BREAKING[ -]CHANGE:[ \t]*(.*)$/
const FOOTER = /^[\w-]+(?:: | #)/
const REFERENCE = /^(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?):? #(\d+)$/i

/** What is not conventional is left out, a merge's own message among it. A message may hold more commits in its footers. */
export function conventional(commits: readonly RawCommit[]): readonly ConventionalCommit[] {
  return commits.flatMap((commit) => {
    refuseOverrides(commit)
    const [header = '', ...rest] = commit.message.replaceAll('\r\n', '\n').split('\n')
    const own = parse(commit.sha, header, rest)
    return own === undefined ? [] : [own, ...inFooters(commit.sha, rest)]
  })
}

function refuseOverrides({ sha, message }: RawCommit): void {
  const [marker] = /BEGIN_(?:COMMIT_OVERRIDE|NESTED_COMMIT)/.exec(message) ?? []
  if (marker === undefined) return
  throw new Failure(`The rehearsal's stand-in does not read ${marker}, which commit ${sha.slice(0, 7)} has.`)
}

function parse(sha: string, header: string, body: readonly string[]): ConventionalCommit | undefined {
  const [, type, scope, mark, subject = ''] = HEADER.exec(header) ?? []
  if (type === undefined) return undefined
  const notes = notesOf(body)
  const breaking = notes.length === 0 && mark !== undefined ? [subject] : notes
  const [, releaseAs] = /^release-as:\s*v?(\S+)\s*$/im.exec(body.join('\n')) ?? []
  const references = body.flatMap((line) => REFERENCE.exec(line.trim())?.[1] ?? [])
  return { sha, type, scope, subject, breaking, releaseAs, references }
}

/** Each reaches to the next blank line or footer. */
function notesOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line, at) => {
    const [, text] = BREAKING.exec(line) ?? []
    if (text === undefined) return []
    const following = lines.slice(at + 1)
    const end = following.findIndex((next) => next.trim() === '' || FOOTER.test(next))
    return [text, ...following.slice(0, end < 0 ? undefined : end)].join(' ').trim()
  })
}

/** Lines of the last paragraph that are headers of commits themselves; a trailer such as `Reviewed-by: …` makes no entry. */
function inFooters(sha: string, body: readonly string[]): readonly ConventionalCommit[] {
  const last =
    body
      .join('\n')
      .trim()
      .split(/\n\s*\n/)
      .at(-1) ?? ''
  const headers = last.split('\n').filter((line) => /^[a-z]+(?:\([^()]+\))?!?: /.test(line))
  return headers.flatMap((header) => parse(sha, header, []) ?? [])
}
