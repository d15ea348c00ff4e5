/** What the version gate has come to; that nothing was judged has to be said as well. */
import type { CheckResult, Report } from '../result.ts'
import { clip, list } from '../text.ts'

/** Versions and checks that are named. */
const MOST = 5
const LONGEST = 100

/** Whether there was a version to wait for and a check that says where one is served. */
export function isJudged({ expectVersion, checks }: Report): boolean {
  return expectVersion !== undefined && checks.some(({ versionAt }) => versionAt !== undefined)
}

/** How words of the file and versions are written in the format of a report. */
export interface Markup {
  readonly text: (text: string) => string
  readonly version: (version: string) => string
}

/** One sentence, or nothing where no check says how a version is served. */
export function versionSentence(report: Report, markup: Markup = { text: String, version: String }): string {
  const { expectVersion, checks } = report
  const version = (text: string) => markup.version(clip(text, LONGEST))
  const words = (text: string) => markup.text(clip(text, LONGEST))
  if (expectVersion !== undefined) {
    const served = new Set(checks.flatMap(({ last }) => lastServed(last) ?? []))
    const shown = [...served].slice(0, MOST).map(version)
    return `Expected version ${version(expectVersion)}, served ${shown.length === 0 ? 'none' : list(shown)}.`
  }
  const versioned = checks.filter(({ versionAt }) => versionAt !== undefined)
  if (versioned.length === 0) return ''
  const served = versioned.slice(0, MOST).map(({ name, versionAt, last }) => {
    const found = lastServed(last)
    return `${found === undefined ? `none at ${words(versionAt ?? '')}` : version(found)} (${words(name)})`
  })
  return `No version was expected, so that none was judged; served: ${served.join(', ')}.`
}

/** Of the last attempt that ended. */
function lastServed(last: CheckResult['last']): string | undefined {
  return last.findLast(({ verdict }) => verdict !== 'aborted')?.servedVersion
}
