/** The configuration and the manifest of release-please: https://github.com/googleapis/release-please/blob/main/docs/manifest-releaser.md */
import { Failure, flag, input } from '../../action.ts'
import { SECTIONS, type Section } from './notes.ts'
import type { BumpRules } from './version.ts'

export interface Config extends BumpRules {
  readonly type: 'simple' | 'node'
  readonly component: string
  readonly includeComponentInTag: boolean
  readonly includeVInTag: boolean
  readonly tagSeparator: string
  readonly changelogPath: string
  readonly sections: readonly Section[]
  readonly releaseAs: string | undefined
  readonly draft: boolean
  readonly prerelease: boolean
  readonly draftPullRequest: boolean
  readonly skipRelease: boolean
  readonly titlePattern: string
  readonly header: string
  readonly label: string
  readonly releaseLabel: string
  readonly extraFiles: readonly ExtraFile[]
  /** Where to begin when there is no release yet, or in any case. */
  readonly bootstrapSha: string | undefined
  readonly lastReleaseSha: string | undefined
}

export type ExtraFile = string | { readonly type: 'json'; readonly path: string; readonly jsonpath: string }

const KEYS = new Set(
  [
    '$schema release-type packages package-name component include-component-in-tag include-v-in-tag tag-separator',
    'changelog-path changelog-sections bump-minor-pre-major bump-patch-for-minor-pre-major release-as draft prerelease',
    'draft-pull-request skip-github-release pull-request-title-pattern pull-request-header label release-label',
    'extra-files bootstrap-sha last-release-sha changelog-host separate-pull-requests versioning changelog-type',
  ]
    .join(' ')
    .split(' '),
)

/** Those that change nothing as they are, for one package. */
const HARMLESS: Readonly<Record<string, readonly unknown[]>> = {
  versioning: ['default'],
  'changelog-type': ['default'],
  'separate-pull-requests': [true, false],
}

const TITLE = 'chore\u0024{scope}: release\u0024{component} \u0024{version}'

type Given = Readonly<Record<string, unknown>>

/** @param file as it is named in messages @param text of it; undefined without one, when `release-type` says it all */
export function readConfig(file: string, text: string | undefined): Config {
  const type = input('release-type')
  if (type !== '')
    return build(file, { 'release-type': type, 'include-component-in-tag': flag('include-component-in-tag') })
  if (text === undefined) throw new Failure(`release-please failed: Missing required manifest config: ${file}`)
  const all = parse(file, text)
  const packages: Given = typeof all['packages'] === 'object' ? { ...all['packages'] } : {}
  const others = Object.keys(packages).filter((path) => path !== '.')
  if (others.length > 0 || packages['.'] === undefined) {
    throw new Failure(
      `${file}: the rehearsal's stand-in releases one package, '.'; here: ${others.join(', ') || 'none'}.`,
    )
  }
  const own: Given = typeof packages['.'] === 'object' ? { ...packages['.'] } : {}
  return build(file, { ...all, ...own })
}

function build(file: string, given: Given): Config {
  refuseUnknown(file, given)
  const type = given['release-type'] ?? 'node'
  if (type !== 'simple' && type !== 'node') {
    throw new Failure(`${file}: the rehearsal's stand-in releases 'simple' and 'node', not '${type}'.`)
  }
  const text = (key: string, standard = '') => (typeof given[key] === 'string' ? `${given[key]}` : standard)
  const is = (key: string, standard = false) => (typeof given[key] === 'boolean' ? given[key] : standard)
  return {
    type,
    component: text('component', text('package-name')),
    includeComponentInTag: is('include-component-in-tag', true),
    includeVInTag: is('include-v-in-tag', true),
    tagSeparator: text('tag-separator', '-'),
    changelogPath: text('changelog-path', 'CHANGELOG.md'),
    sections: Array.isArray(given['changelog-sections']) ? given['changelog-sections'] : SECTIONS,
    releaseAs: text('release-as') || undefined,
    draft: is('draft'),
    prerelease: is('prerelease'),
    draftPullRequest: is('draft-pull-request'),
    skipRelease: is('skip-github-release'),
    titlePattern: text('pull-request-title-pattern', TITLE),
    header: text(
      'pull-request-header',
      ':robot: The next release, as the rehearsal proposes it in the place of release-please',
    ),
    label: text('label', 'autorelease: pending'),
    releaseLabel: text('release-label', 'autorelease: tagged'),
    extraFiles: extraFiles(file, given['extra-files']),
    bumpMinorPreMajor: is('bump-minor-pre-major'),
    bumpPatchForMinorPreMajor: is('bump-patch-for-minor-pre-major'),
    bootstrapSha: text('bootstrap-sha') || undefined,
    lastReleaseSha: text('last-release-sha') || undefined,
  }
}

function refuseUnknown(file: string, given: Given): void {
  for (const [key, value] of Object.entries(given)) {
    const harmless = HARMLESS[key]
    if (KEYS.has(key) && (harmless === undefined || harmless.includes(value))) continue
    throw new Failure(`${file}: the rehearsal's stand-in does not support '${key}' (here ${JSON.stringify(value)}).`)
  }
}

function extraFiles(file: string, given: unknown): readonly ExtraFile[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw new Failure(`${file}: 'extra-files' is no list.`)
  return given.map((item): ExtraFile => {
    if (typeof item === 'string') return item
    const { type, path, jsonpath, glob } = item
    if (type === 'json' && typeof path === 'string' && typeof jsonpath === 'string' && glob !== true) {
      return { type, path, jsonpath }
    }
    throw new Failure(`${file}: the rehearsal's stand-in does not update ${JSON.stringify(item)}.`)
  })
}

/** @returns the version of the root package @throws Failure where there is none yet */
export function readManifest(file: string, text: string | undefined): string {
  if (text === undefined) throw new Failure(`release-please failed: Missing required manifest versions: ${file}`)
  const version = parse(file, text)['.']
  if (typeof version === 'string') return version
  throw new Failure(`${file} has no version of '.', and the rehearsal's stand-in makes no first release.`)
}

function parse(file: string, text: string): Given {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Said below.
  }
  throw new Failure(`release-please failed: Failed to parse ${file} as JSON.`)
}
