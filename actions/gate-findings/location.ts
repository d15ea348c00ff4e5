/**
 * Where Trivy's SARIF says that something is (aquasecurity/trivy `pkg/report/sarif.go`), and how code scanning then has it:
 * without the scheme and the slash of the root that locations are relative to.
 */

/** Of the parts of an image reference, as far as go-containerregistry takes them. */
const REPOSITORY = /^[a-z0-9_.\-/]{2,255}$/
const TAG = /^[\w.-]{1,128}$/
const DIGEST = /^[a-z0-9+._-]+:[0-9a-fA-F]{64}$/

/** How Trivy shortens the sources of Terraform modules. */
const SOURCES: readonly (readonly [prefix: RegExp, rewrite: (source: string) => string])[] = [
  [
    /^git@github\.com:/,
    (source) => `github.com/${source.slice(15)}`.replaceAll('.git', '').replaceAll('?ref=', '/tree/'),
  ],
  [/^git::https:\/(?!\/)/, (source) => source.slice(12).replaceAll('.git', '')],
  [/^git::ssh:\/\//, (source) => source.slice(source.indexOf('@') + 1).replaceAll('.git', '')],
  [/^git::/, (source) => source.slice(5).replaceAll('.git', '')],
  [/^hg::/, (source) => source.slice(4).replaceAll('.hg', '')],
  [/^s3::/, (source) => source.slice(4)],
  [/^gcs::/, (source) => source.slice(5)],
]

/**
 * @param target the target of a result, or the path of the package in it
 * @param resultClass `os-pkgs` makes a target the name of an image
 */
export function locationOf(target: string, resultClass: string): string {
  if (resultClass === 'os-pkgs') return pathInScanning(shorten(imageRepository(withoutSystem(target))))
  return pathInScanning(resultClass === 'config' ? shorten(target) : target)
}

/** One spelling for the two sides, whatever of a URI is left in either. */
export function pathInScanning(uri: string): string {
  const path = uri.replace(/^file:\/\//, '').replace(/^(?:\.?\/)+/, '')
  try {
    return decodeURIComponent(path)
  } catch {
    return path // no URI, but a name with a percent sign in it
  }
}

/** `nginx:1.27` of `nginx:1.27 (debian 12.5)`. */
function withoutSystem(target: string): string {
  const open = target.indexOf('(', 1)
  return open < 0 || target.indexOf(')', open) < 0 ? target : target.slice(0, open).trimEnd()
}

function shorten(target: string): string {
  const source = target.replaceAll('\\', '/')
  const [, rewrite] = SOURCES.find(([prefix]) => prefix.test(source)) ?? []
  return rewrite?.(source) ?? source
}

/** The repository of an image reference, as `library/nginx` of `nginx:1.27`; anything else as it is. */
function imageRepository(reference: string): string {
  const [named = '', digest] = splitOnce(reference, '@')
  if (digest !== undefined && !DIGEST.test(digest)) return reference
  const slash = named.lastIndexOf('/')
  const colon = named.lastIndexOf(':')
  const tag = colon > slash ? named.slice(colon + 1) : undefined
  if (tag !== undefined && !TAG.test(tag)) return reference
  const name = tag === undefined ? named : named.slice(0, colon)
  const [first = '', rest] = splitOnce(name, '/')
  const isRegistry = rest !== undefined && /[.:]/.test(first)
  const repository = isRegistry ? rest : name
  if (!REPOSITORY.test(repository)) return reference
  const isHub = !isRegistry || first === 'index.docker.io' || first === 'docker.io'
  return isHub && !repository.includes('/') ? `library/${repository}` : repository
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
