/** What a release changes in the repository's files. */
import { Failure } from '../../action.ts'
import type { Config, ExtraFile } from './config.ts'
import type { Source } from './source.ts'

/** Text by path. */
export type Files = Readonly<Record<string, string>>

export interface Release {
  readonly version: string
  readonly notes: string
  /** Path of the manifest; undefined without one. */
  readonly manifest: string | undefined
}

/** Files that are not there stay away, but for the changelog. */
export function updatesOf(source: Source, config: Config, { version, notes, manifest }: Release): Files {
  const { changelogPath } = config
  const files = new Map([[changelogPath, changelog(source.read(changelogPath), notes)]])
  const update = (path: string, change: (text: string) => string) => {
    const text = files.get(path) ?? source.read(path)
    if (text !== undefined) files.set(path, change(text))
  }
  if (config.type === 'simple') update('version.txt', () => `${version}\n`)
  else for (const path of ['package.json', ...LOCKS]) update(path, (text) => withPackageVersion(text, version))
  for (const file of config.extraFiles) update(pathOf(file), (text) => extra(file, text, version))
  if (manifest !== undefined) update(manifest, (text) => withJson(text, ['.'], version, manifest))
  return Object.fromEntries(files)
}

const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json']

function pathOf(file: ExtraFile): string {
  return (typeof file === 'string' ? file : file.path).replace(/^\//, '')
}

/** Before the newest entry, or at the top of what is there. */
function changelog(text: string | undefined, notes: string): string {
  const at = text?.search(/\n###? v?[0-9[]/) ?? -1
  if (text !== undefined && at >= 0) return `${`${text.slice(0, at)}\n${notes}\n${text.slice(at)}`.trim()}\n`
  const rest = (text ?? '').replace(/^# .*\n?/, '').trim()
  return `# Changelog\n\n${notes}\n${rest === '' ? '' : `\n${rest}\n`}`
}

function withPackageVersion(text: string, version: string): string {
  const whole = withJson(text, ['version'], version, 'package.json')
  const { packages } = JSON.parse(whole)
  return packages?.['']?.version === undefined ? whole : withJson(whole, ['packages', '', 'version'], version, 'lock')
}

function extra(file: ExtraFile, text: string, version: string): string {
  if (typeof file === 'string') return generic(text, version)
  const [, keys] = /^\$((?:\.[A-Za-z_][\w-]*)+)$/.exec(file.jsonpath) ?? []
  if (keys === undefined) {
    throw new Failure(
      `The rehearsal's stand-in reads jsonpath as $.name.name only, not ${file.jsonpath} of ${file.path}.`,
    )
  }
  return withJson(text, keys.slice(1).split('.'), version, file.path)
}

/** With the indent it has. A key that is not there is not added. */
function withJson(text: string, keys: readonly string[], version: string, file: string): string {
  const root = JSON.parse(text)
  const last = keys.at(-1) ?? ''
  const holder = keys.slice(0, -1).reduce((at, key) => at?.[key], root)
  if (holder?.[last] === undefined) {
    if (last !== '.') throw new Failure(`${file} has no ${keys.join('.')} for the version.`)
  }
  holder[last] = version
  const [, indent = '  '] = /^\{\s*?\n([ \t]+)/.exec(text) ?? []
  return JSON.stringify(root, undefined, indent) + (text.endsWith('\n') ? '\n' : '')
}

const SEMVER = /\d+\.\d+\.\d+(?:-[\w.]+)?(?:\+[-\w.]+)?/

/** Lines that are marked with `x-release-please-version`, or stand between its start and end marks. */
function generic(text: string, version: string): string {
  let inside = false
  const lines = text.split('\n').map((line) => {
    const [, mark] = /x-release-please-(start-version|version|end|start-\w+|major|minor|patch)\b/.exec(line) ?? []
    if (mark !== undefined && !['start-version', 'version', 'end'].includes(mark)) {
      throw new Failure(`The rehearsal's stand-in does not update lines marked with x-release-please-${mark}.`)
    }
    if (mark === 'start-version' || mark === 'end') inside = mark === 'start-version'
    return inside || mark === 'version' ? line.replace(SEMVER, version) : line
  })
  return lines.join('\n')
}
