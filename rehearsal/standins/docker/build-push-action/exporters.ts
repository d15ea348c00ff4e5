/** Reads `outputs`, `push` and `load` as the exporters that buildx has for them. */
import { Failure, flag, lines } from '../../action.ts'
import { parseReference, type Reference } from '../../oci/reference.ts'

export type Exporter =
  | { readonly type: 'docker' | 'oci'; readonly dest: string | undefined; readonly references: readonly Reference[] }
  | { readonly type: 'image'; readonly push: boolean; readonly references: readonly Reference[] }

/** Each entry of `tags` may itself be a list with commas. */
export function readTags(): readonly Reference[] {
  const tags = lines('tags').flatMap((line) => line.split(','))
  return tags.map((tag) => parseReference(tag.trim())).map((tag) => ({ ...tag, tag: tag.tag ?? 'latest' }))
}

export function readExporters(): readonly Exporter[] {
  const tags = readTags()
  const outputs = lines('outputs').map((line) => readExporter(line, tags))
  const pushed: readonly Exporter[] = flag('push') ? [{ type: 'image', push: true, references: tags }] : []
  const loaded: readonly Exporter[] = flag('load') ? [{ type: 'docker', dest: undefined, references: tags }] : []
  const all = [...outputs, ...pushed, ...loaded]
  if (pushed.length > 0 && tags.length === 0)
    throw new Failure('buildx failed with: ERROR: tag is needed when pushing to registry')
  return all
}

function readExporter(line: string, tags: readonly Reference[]): Exporter {
  const { type = '', ...attributes } = Object.fromEntries(fieldsOf(line))
  if (type === 'docker' || type === 'oci') {
    const { dest, ...others } = attributes
    refuseOthers(line, others, {})
    if (type === 'oci' && dest === undefined)
      throw new Failure('buildx failed with: ERROR: dest is required for oci exporter')
    return { type, dest, references: tags }
  }
  if (type !== 'image' && type !== 'registry') {
    throw new Failure(
      `The rehearsal's stand-in does not support the output '${line}'. It knows docker, oci, image and registry.`,
    )
  }
  return imageExporter(line, { push: type === 'registry' ? 'true' : 'false', ...attributes }, tags)
}

function imageExporter(
  line: string,
  attributes: Readonly<Record<string, string>>,
  tags: readonly Reference[],
): Exporter {
  const { name, push, 'push-by-digest': byDigest, 'name-canonical': _, ...others } = attributes
  refuseOthers(line, others, { 'oci-mediatypes': 'true', compression: 'gzip' })
  const named = name === undefined ? tags : name.split(',').map(parseReference)
  if (byDigest !== 'true') {
    return {
      type: 'image',
      push: push === 'true',
      references: named.map((one) => ({ ...one, tag: one.tag ?? 'latest' })),
    }
  }
  const tagged = [...named, ...tags].find(({ tag }) => tag !== undefined)
  if (tagged !== undefined) {
    const message = `can't push tagged ref ${tagged.registry}/${tagged.name}:${tagged.tag} by digest`
    throw new Failure(`buildx failed with: ERROR: failed to build: failed to solve: ${message}`)
  }
  return { type: 'image', push: push === 'true', references: named }
}

/** `type=image,"name=a,b",push=true`: a field in quotes may have commas. */
function fieldsOf(line: string): readonly (readonly [string, string])[] {
  const fields = line.match(/"[^"]*"|[^,]+/g) ?? []
  return fields.map((field) => {
    const text = field.replace(/^"|"$/g, '').trim()
    const at = text.indexOf('=')
    if (at < 0) throw new Failure(`buildx failed with: ERROR: invalid value ${text}, expected key=value`)
    return [text.slice(0, at), text.slice(at + 1)]
  })
}

function refuseOthers(
  line: string,
  others: Readonly<Record<string, string>>,
  harmless: Readonly<Record<string, string>>,
) {
  const [unknown] = Object.entries(others).filter(([name, value]) => harmless[name] !== value)
  if (unknown === undefined) return
  throw new Failure(`The rehearsal's stand-in does not support '${unknown.join('=')}' in the output '${line}'.`)
}
