/** Versions, and which one the commits since the last release lead to (docs of release-please, "Versioning strategies"). */
import { Failure } from '../../action.ts'
import type { ConventionalCommit } from './commits.ts'

export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** `-rc.1+build`, or nothing. */
  readonly rest: string
}

export interface BumpRules {
  /** Before 1.0.0: what breaks counts as a feature. */
  readonly bumpMinorPreMajor: boolean
  /** Before 1.0.0: a feature counts as a fix. */
  readonly bumpPatchForMinorPreMajor: boolean
}

export function parseVersion(text: string): Version {
  const [, major, minor, patch, rest = ''] = /^(\d+)\.(\d+)\.(\d+)([-+].+)?$/.exec(text) ?? []
  if (major === undefined) throw new Failure(`release-please failed: unable to parse version string: ${text}`)
  return { major: Number(major), minor: Number(minor), patch: Number(patch), rest }
}

export function textOf({ major, minor, patch, rest }: Version): string {
  return `${major}.${minor}.${patch}${rest}`
}

/** @param commits newest first, one or more */
export function nextVersion(last: Version, commits: readonly ConventionalCommit[], rules: BumpRules): Version {
  const asked = commits.find(({ releaseAs }) => releaseAs !== undefined)?.releaseAs
  if (asked !== undefined) return parseVersion(asked)
  const kind = kindOf(commits)
  const early = last.major < 1
  if (kind === 'breaking') return early && rules.bumpMinorPreMajor ? minorAfter(last) : majorAfter(last)
  if (kind === 'feature') return early && rules.bumpPatchForMinorPreMajor ? patchAfter(last) : minorAfter(last)
  return patchAfter(last)
}

function kindOf(commits: readonly ConventionalCommit[]): 'breaking' | 'feature' | 'other' {
  if (commits.some(({ breaking }) => breaking.length > 0)) return 'breaking'
  return commits.some(({ type }) => type === 'feat' || type === 'feature') ? 'feature' : 'other'
}

function majorAfter(version: Version): Version {
  return { ...version, major: version.major + 1, minor: 0, patch: 0 }
}

function minorAfter(version: Version): Version {
  return { ...version, minor: version.minor + 1, patch: 0 }
}

function patchAfter(version: Version): Version {
  return { ...version, patch: version.patch + 1 }
}
