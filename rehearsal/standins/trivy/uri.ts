/** Paths as Trivy writes them into SARIF: aquasecurity/trivy pkg/report/sarif.go, and Go's net/url behind it. */

/** @param target of a result: a path, or of an image `name:tag (alpine 3.19.1)` */
export function pathUri(target: string, resultClass: string): string {
  if (resultClass !== 'os-pkgs') return target
  const [, path = target] = /^(.+?)(?:\s*\(.*?\).*?)?$/s.exec(target) ?? []
  return clearUri(repositoryOf(path) ?? path)
}

/** `git::https:/github.com/a/b.git` and the like: sources of Terraform modules. */
export function clearUri(text: string): string {
  const s = text.replaceAll('\\', '/')
  const without = (prefix: string, ending: string) => s.slice(prefix.length).replaceAll(ending, '')
  if (s.startsWith('git@github.com:')) {
    return s.replaceAll('git@github.com:', 'github.com/').replaceAll('.git', '').replaceAll('?ref=', '/tree/')
  }
  if (s.startsWith('git::https:/') && !s.startsWith('git::https://')) return without('git::https:/', '.git')
  if (s.startsWith('git::ssh://')) return s.slice(s.indexOf('@') + 1).replaceAll('.git', '')
  if (s.startsWith('git::')) return without('git::', '.git')
  if (s.startsWith('hg::')) return without('hg::', '.hg')
  if (s.startsWith('s3::')) return s.slice('s3::'.length)
  return s.startsWith('gcs::') ? s.slice('gcs::'.length) : s
}

/**
 * The repository of an image reference; undefined where it is none. Without a registry it is Docker Hub's, whose own
 * images are in `library/` (google/go-containerregistry pkg/name).
 */
function repositoryOf(reference: string): string | undefined {
  const [, name = '', tag = 'latest'] = /^([^@]*?)(?::([^/:@]*))?(?:@sha256:[0-9a-f]{64})?$/.exec(reference) ?? []
  if (!/^[\w][\w.-]{0,127}$/.test(tag)) return undefined
  const [first = '', ...others] = name.split('/')
  const hasRegistry = others.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const repository = hasRegistry ? others.join('/') : name
  if (!/^[a-z0-9_./-]{2,255}$/.test(repository)) return undefined
  const isHub = !hasRegistry || first === 'index.docker.io'
  return isHub && !repository.includes('/') ? `library/${repository}` : repository
}

/** What Go makes of a URL or path that it has parsed. */
export function goUri(text: string): string {
  // Where every character may stand in a path, Go keeps the text as it was given.
  if (/^[\w\-.~!$&'()*+,;=:@/[\]%?#]*$/.test(text)) return text
  return [...text].map((char) => (/[\w\-.~$&+,/:;=@]/.test(char) ? char : encode(char))).join('')
}

function encode(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
