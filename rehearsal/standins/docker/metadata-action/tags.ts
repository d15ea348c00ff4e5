/** The tags that an event gives an image, by the rules of the action's documentation. */
import { Failure } from '../../action.ts'
import type { Entry, Flavor } from './entries.ts'
import { parseVersion } from './semver.ts'
import { fill, isRaw, type Values } from './template.ts'

/** What is known of the event. */
export interface Subject {
  readonly event: string
  readonly ref: string
  readonly sha: string
  readonly defaultBranch: string
  /** Where a tag or a pull request came from. */
  readonly baseRef: string
}

export interface Tags {
  readonly version: string
  /** The version first, `latest` last. */
  readonly names: readonly string[]
  readonly warnings: readonly string[]
}

interface Proposal {
  readonly tag: string
  /** Whether `latest` goes with it, where the flavor leaves that open. */
  readonly latest: boolean
}

type Proposed = Proposal | { readonly warning: string } | undefined

export function tagsOf(entries: readonly Entry[], flavor: Flavor, subject: Subject): Tags {
  const values = globalValues(subject)
  const warnings: string[] = []
  const proposals = entries.flatMap((entry) => {
    const proposed = isEnabled(entry, values) ? propose(entry, subject, values) : undefined
    if (proposed && 'warning' in proposed) warnings.push(proposed.warning)
    if (proposed === undefined || 'warning' in proposed) return []
    const { prefix = flavor.prefix, suffix = flavor.suffix } = entry.attributes
    const tag = sanitize(`${fill(prefix, values)}${proposed.tag}${fill(suffix, values)}`)
    return tag === '' ? [] : [{ ...proposed, tag }]
  })
  const names = [...new Set(proposals.map(({ tag }) => tag))]
  const [first] = proposals
  if (first === undefined) return { version: '', names: [], warnings }
  const latest = flavor.latest === 'auto' ? first.latest : flavor.latest === 'true'
  return { version: first.tag, names: latest ? [...names, latestTag(flavor)] : names, warnings }
}

function isEnabled({ attributes }: Entry, values: Values): boolean {
  const enabled = fill(attributes['enable'] ?? 'true', values)
  if (enabled === 'true' || enabled === 'false') return enabled === 'true'
  throw new Failure(`Invalid value for enable attribute: ${enabled}`)
}

function propose(entry: Entry, subject: Subject, values: Values): Proposed {
  const { attributes } = entry
  const { ref, sha, event } = subject
  switch (entry.type) {
    case 'semver':
      return ofVersion(attributes, subject, values)
    case 'match':
      return ofMatch(attributes, subject, values)
    case 'ref':
      return ofRef(attributes['event'] ?? '', ref)
    case 'raw':
      return { tag: fill(attributes['value'] ?? '', values), latest: false }
    case 'sha':
      return { tag: attributes['format'] === 'long' ? sha : sha.slice(0, 7), latest: false }
    case 'edge':
      return values['branch'] === (attributes['branch'] || subject.defaultBranch)
        ? { tag: 'edge', latest: false }
        : undefined
    case 'schedule':
      return event === 'schedule' ? { tag: fill(attributes['pattern'] ?? '', values), latest: false } : undefined
  }
}

/** A pre-release has its whole version as its one tag, since a shorter one would move on with every release. */
function ofVersion(attributes: Values, { ref }: Subject, values: Values): Proposed {
  const raw = sourceOf(attributes, ref, values)?.replaceAll('/', '-')
  if (raw === undefined) return undefined
  const version = parseVersion(raw)
  if (version === undefined) return { warning: `${raw} is not a valid semver. More info: https://semver.org/` }
  const { prerelease, ...parts } = version
  const pattern = attributes['pattern'] ?? ''
  return { tag: fill(prerelease && !isRaw(pattern) ? '{{version}}' : pattern, parts), latest: !prerelease }
}

function ofMatch(attributes: Values, { ref }: Subject, values: Values): Proposed {
  const text = sourceOf(attributes, ref, values)
  if (text === undefined) return undefined
  const { pattern = '', group = '0' } = attributes
  const [, source = pattern, flags = ''] = /^\/(.+)\/(.*)$/.exec(pattern) ?? []
  const found = new RegExp(source, flags).exec(text)
  if (found === null) return { warning: `${pattern} does not match ${text}.` }
  const tag = found[Number(group)]
  return tag === undefined
    ? { warning: `Group ${group} does not exist for ${pattern} pattern.` }
    : { tag, latest: true }
}

/** A value that is given, or the tag that was pushed. */
function sourceOf({ value = '' }: Values, ref: string, values: Values): string | undefined {
  if (value !== '') return fill(value, values)
  return afterPrefix(ref, 'refs/tags/')
}

function ofRef(event: string, ref: string): Proposed {
  const prefix = { branch: 'refs/heads/', tag: 'refs/tags/', pr: 'refs/pull/' }[event] ?? ''
  const name = afterPrefix(ref, prefix)
  return name === undefined ? undefined : { tag: name.replace(/\/merge$/, ''), latest: event === 'tag' }
}

function globalValues({ ref, sha, event, defaultBranch, baseRef }: Subject): Values {
  const branch = afterPrefix(ref, 'refs/heads/') ?? ''
  const isDefault = branch === defaultBranch || event === 'schedule'
  return {
    branch,
    tag: afterPrefix(ref, 'refs/tags/') ?? '',
    sha: sha.slice(0, 7),
    base_ref: baseRef,
    is_default_branch: `${isDefault}`,
  }
}

function afterPrefix(ref: string, prefix: string): string | undefined {
  return ref.startsWith(prefix) ? ref.slice(prefix.length) : undefined
}

function latestTag({ prefix, prefixLatest, suffix, suffixLatest }: Flavor): string {
  return sanitize(`${prefixLatest ? prefix : ''}latest${suffixLatest ? suffix : ''}`)
}

function sanitize(tag: string): string {
  return tag.replace(/[^a-zA-Z0-9._-]+/g, '-')
}
