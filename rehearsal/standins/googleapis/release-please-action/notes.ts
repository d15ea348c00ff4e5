/** The notes of a release: a section of the changelog, in the form of the `conventionalcommits` preset. */
import type { ConventionalCommit } from './commits.ts'

export interface Section {
  readonly type: string
  readonly section: string
  readonly hidden?: boolean
}

/** What a hidden type has done is shown only where it breaks something or says which version to release. */
export const SECTIONS: readonly Section[] = [
  { type: 'feat', section: 'Features' },
  { type: 'feature', section: 'Features' },
  { type: 'fix', section: 'Bug Fixes' },
  { type: 'perf', section: 'Performance Improvements' },
  { type: 'deps', section: 'Dependencies' },
  { type: 'revert', section: 'Reverts' },
  { type: 'docs', section: 'Documentation', hidden: true },
  { type: 'style', section: 'Styles', hidden: true },
  { type: 'chore', section: 'Miscellaneous Chores', hidden: true },
  { type: 'refactor', section: 'Code Refactoring', hidden: true },
  { type: 'test', section: 'Tests', hidden: true },
  { type: 'build', section: 'Build System', hidden: true },
  { type: 'ci', section: 'Continuous Integration', hidden: true },
]

export interface NotesOptions {
  readonly version: string
  readonly tag: string
  readonly previousTag: string
  /** `https://github.com/octo-org/site` */
  readonly url: string
  /** `2026-12-01` */
  readonly date: string
  readonly sections: readonly Section[]
}

/** @returns undefined where no commit has anything to tell users, so that there is nothing to release */
export function notesOf(commits: readonly ConventionalCommit[], options: NotesOptions): string | undefined {
  const { version, tag, previousTag, url, date, sections } = options
  const shown = commits.filter((commit) => isShown(commit, sections))
  const titles = [...new Set(sections.map(({ section }) => section))]
  const groups = titles.map((title) => {
    const types = sections.flatMap(({ type, section }) => (section === title ? [type] : []))
    return group(
      title,
      shown
        .filter(({ type }) => types.includes(type))
        .toSorted(byScope)
        .map((commit) => entry(commit, url)),
    )
  })
  const breaking = shown.flatMap(({ scope, breaking: texts }) =>
    texts.map((text) => `* ${prefix(scope)}${linked(text, url)}`),
  )
  const parts = [group('⚠ BREAKING CHANGES', breaking), ...groups].filter((part) => part !== '')
  if (parts.length === 0) return undefined
  return [`## [${version}](${url}/compare/${previousTag}...${tag}) (${date})`, ...parts].join('\n\n\n')
}

function isShown({ type, breaking, releaseAs }: ConventionalCommit, sections: readonly Section[]): boolean {
  const found = sections.find((section) => section.type === type)
  if (found === undefined) return breaking.length > 0
  return found.hidden !== true || breaking.length > 0 || releaseAs !== undefined
}

function group(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? '' : `### ${title}\n\n${entries.join('\n')}`
}

function byScope(one: ConventionalCommit, other: ConventionalCommit): number {
  return (one.scope ?? '').localeCompare(other.scope ?? '') || one.subject.localeCompare(other.subject)
}

function entry({ sha, scope, subject, references }: ConventionalCommit, url: string): string {
  const closes = references.map((number) => `[#${number}](${url}/issues/${number})`)
  const closing = closes.length === 0 ? '' : `, closes ${closes.join(' ')}`
  return `* ${prefix(scope)}${linked(subject, url)} ([${sha.slice(0, 7)}](${url}/commit/${sha}))${closing}`
}

function prefix(scope: string | undefined): string {
  return scope === undefined ? '' : `**${scope}:** `
}

function linked(text: string, url: string): string {
  const escaped = text.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replace(/(?<![\w[/])#(\d+)/g, `[#$1](${url}/issues/$1)`)
}
