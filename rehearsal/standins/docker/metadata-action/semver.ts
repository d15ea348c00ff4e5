/** Semantic Versioning 2.0.0, as far as tags of images need it: https://semver.org */

export interface Version {
  /** As it was written. */
  readonly raw: string
  /** Without a `v` and without build metadata. */
  readonly version: string
  readonly major: string
  readonly minor: string
  readonly patch: string
  readonly prerelease: boolean
}

const NUMBER = '(0|[1-9]\\d*)'
const PART = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][\\da-zA-Z-]*)'
const VERSION = new RegExp(
  `^[v=\\s]*${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PART}(?:\\.${PART})*))?(?:\\+[\\da-zA-Z-]+(?:\\.[\\da-zA-Z-]+)*)?$`,
)

/** @returns undefined where it is none */
export function parseVersion(raw: string): Version | undefined {
  const [, major, minor, patch, prerelease] = VERSION.exec(raw.trim()) ?? []
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  const version = `${major}.${minor}.${patch}${prerelease === undefined ? '' : `-${prerelease}`}`
  return { raw, version, major, minor, patch, prerelease: prerelease !== undefined }
}
