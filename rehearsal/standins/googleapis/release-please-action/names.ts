/** How tags, branches and titles of a release are called. */
import { Failure } from '../../action.ts'
import type { Config } from './config.ts'
import { parseVersion, type Version } from './version.ts'

export function tagOf(version: string, config: Config): string {
  const { component, includeComponentInTag, includeVInTag, tagSeparator } = config
  const prefix = includeComponentInTag && component !== '' ? `${component}${tagSeparator}` : ''
  return `${prefix}${includeVInTag ? 'v' : ''}${version}`
}

export function releaseNameOf(version: string, { component, includeComponentInTag }: Config): string {
  return includeComponentInTag && component !== '' ? `${component}: v${version}` : `v${version}`
}

/** With the component whether or not tags have it. */
export function branchOf(target: string, { component }: Config): string {
  const branch = `release-please--branches--${target}`
  return component === '' ? branch : `${branch}--components--${component}`
}

export function titleOf(
  version: string,
  target: string,
  { titlePattern, component, includeComponentInTag }: Config,
): string {
  const name = includeComponentInTag && component !== '' ? ` ${component}` : ''
  return filled(titlePattern, { scope: `(${target})`, component: name, version })
}

/** @throws Failure where the title names no version */
export function versionIn(title: string, { titlePattern }: Config): Version {
  const parts = { scope: String.raw`(?:\([^)]*\))?`, component: '(?: .+?)?', version: String.raw`v?(\d+\.\d+\.\d+\S*)` }
  const literal = titlePattern.replace(/[.*+?^()|[\]\\]/g, String.raw`\$&`)
  const [, version] = new RegExp(`^${filled(literal, parts)}$`).exec(title) ?? []
  if (version === undefined) throw new Failure(`release-please failed: Bad pull request title: '${title}'`)
  return parseVersion(version)
}

function filled(pattern: string, values: Readonly<Record<'scope' | 'component' | 'version', string>>): string {
  return pattern.replace(/\$\{(scope|component|version|branch)\}/g, (_, key: string) => {
    return key === 'scope'
      ? values.scope
      : key === 'component'
        ? values.component
        : key === 'version'
          ? values.version
          : ''
  })
}
