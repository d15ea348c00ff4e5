/** What tags say: which of them are to be kept, and which belong to the image that their digest names. */

/** Numbers as SemVer writes them. */
const NUMBER = '(?:0|[1-9]\\d*)'
/**
 * `v1.2.3`, `1.2.3-rc.1`, `1.2` and `1`. A single number is at most four digits long: dates, run numbers and the abbreviated
 * SHA that happens to have no letter are longer.
 */
const SEMVER = new RegExp(
  `^v?(?:${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-[0-9A-Za-z.-]+)?|${NUMBER}\\.${NUMBER}|(?:0|[1-9]\\d{0,3}))$`,
)

export interface TagPattern {
  /** As it was given. */
  readonly text: string
  matches(tag: string): boolean
}

/** @param text with `*` for any characters and `?` for one; `semver` for versions */
export function tagPattern(text: string): TagPattern {
  const expression = text === 'semver' ? SEMVER : globOf(text)
  return { text, matches: (tag) => expression.test(tag) }
}

function globOf(text: string): RegExp {
  const source = text
    .replace(/\*+/g, '*') // several would make matching quadratic, or worse
    .replace(/[.+^${}()|[\]\\/-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}

/**
 * The digest of the image that a tag is about: `sha256-<hex>`, the list of what refers to an image where a registry has no
 * API for it (OCI distribution specification, "Unavailable Referrers API"; GHCR has none), and cosign's `sha256-<hex>.sig`,
 * `.att` and `.sbom`. undefined: an ordinary tag.
 */
export function subjectOfTag(tag: string): string | undefined {
  const [, hex] = /^sha256-([0-9a-f]{64})(?:\.[a-z]+)?$/.exec(tag) ?? []
  return hex === undefined ? undefined : `sha256:${hex}`
}
