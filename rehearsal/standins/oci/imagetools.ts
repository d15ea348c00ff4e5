/** `docker buildx imagetools`: https://docs.docker.com/reference/cli/docker/buildx/imagetools/ */
import { parseArgs } from 'node:util'
import { Failure } from '../action.ts'
import { type Descriptor, INDEX, type Manifest, RegistryClient } from './client.ts'
import { descriptorOf, json } from './image.ts'
import { nameOf, parseReference, type Reference } from './reference.ts'

/** What a name stands for in the registry. */
interface Resolved {
  readonly reference: Reference
  readonly client: RegistryClient
  readonly content: Buffer
  readonly descriptor: Descriptor
  readonly manifest: Manifest
}

/**
 * Gives one source further tags. An index is copied as it is, and a single image too with `--prefer-index=false`; without
 * it the image gets an index of its own, and with that another digest.
 */
export async function create(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args, {
    tag: { type: 'string', short: 't', multiple: true },
    'prefer-index': { type: 'string' },
  })
  const [source, ...others] = positionals
  if (source === undefined) throw new Failure('no sources specified')
  if (others.length > 0) throw new Failure("the rehearsal's docker copies one source at a time, not several")
  const tags = [values['tag'] ?? []].flat().map((tag) => parseReference(`${tag}`))
  if (tags.length === 0) throw new Failure('no repositories specified, please set a reference in tag or source')
  const resolved = await resolve(source, 'pull,push')
  const foreign = tags.find(({ name }) => name !== resolved.reference.name)
  if (foreign)
    throw new Failure(`the rehearsal's docker does not copy ${source} to another repository, ${nameOf(foreign)}`)
  const product = values['prefer-index'] === 'false' ? resolved : await asIndex(resolved)
  for (const { tag = 'latest' } of tags) {
    await resolved.client.putManifest(tag, product.content, product.descriptor.mediaType)
  }
  for (const tag of tags) process.stderr.write(`pushing ${product.descriptor.digest} to ${nameOf(tag)}\n`)
}

async function asIndex(resolved: Resolved): Promise<Pick<Resolved, 'content' | 'descriptor'>> {
  const { manifest, descriptor, client } = resolved
  if (manifest.manifests !== undefined) return resolved
  const { architecture, os } = await configOf(client, manifest)
  const index: Manifest = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ ...descriptor, platform: { architecture: `${architecture}`, os: `${os}` } }],
  }
  const content = json(index)
  return { content, descriptor: descriptorOf(content, INDEX) }
}

async function configOf(client: RegistryClient, { config }: Manifest): Promise<Readonly<Record<string, unknown>>> {
  return config === undefined ? {} : JSON.parse((await client.getBlob(config.digest)).toString())
}

/** @returns what is printed */
export async function inspect(args: readonly string[]): Promise<string> {
  const { values, positionals } = readArguments(args, { format: { type: 'string' }, raw: { type: 'boolean' } })
  const [name, ...others] = positionals
  if (name === undefined || others.length > 0)
    throw new Failure('"docker buildx imagetools inspect" requires 1 argument')
  const resolved = await resolve(name, 'pull')
  if (values['raw'] === true) return resolved.content.toString()
  return formatted(resolved, values['format'] === undefined ? undefined : `${values['format']}`)
}

async function formatted(resolved: Resolved, format: string | undefined): Promise<string> {
  const { descriptor, manifest, reference, client } = resolved
  const { digest, mediaType, size } = descriptor
  const whole = () => JSON.stringify({ ...manifest, digest, size }, undefined, 2)
  switch (format?.replaceAll(/\s+/g, ' ').replaceAll(/\{\{ | \}\}/g, (edge) => edge.trim())) {
    case undefined:
      return [
        `Name:      ${nameOf(reference)}`,
        `MediaType: ${mediaType}`,
        `Digest:    ${digest}`,
        ...listed(manifest),
      ].join('\n')
    case '{{json .Manifest}}':
      return whole()
    case '{{.Manifest.Digest}}':
      return digest
    case '{{.Name}}':
      return nameOf(reference)
    case '{{json .Image}}':
      return JSON.stringify(await configOf(client, await imageIn(resolved)), undefined, 2)
    default:
      throw new Failure(
        `the rehearsal's docker does not support the format '${format}'. It knows {{json .Manifest}}, {{.Manifest.Digest}}, {{.Name}} and {{json .Image}}.`,
      )
  }
}

function listed({ manifests = [] }: Manifest): readonly string[] {
  return manifests.flatMap(({ digest, mediaType, platform }) => [
    '',
    `  Name:      ${digest}`,
    `  MediaType: ${mediaType}`,
    `  Platform:  ${platform?.os}/${platform?.architecture}`,
  ])
}

/** The image itself, where it is in an index with its attestations. */
async function imageIn({ manifest, client }: Resolved): Promise<Manifest> {
  const image = manifest.manifests?.find(({ platform }) => platform?.architecture !== 'unknown')
  if (image === undefined) return manifest
  return (await client.getManifest(image.digest))?.json ?? manifest
}

/** @throws Failure where it is not there */
async function resolve(text: string, rights: 'pull' | 'pull,push'): Promise<Resolved> {
  const reference = parseReference(text)
  const client = new RegistryClient(reference.name, rights)
  const found = await client.getManifest(reference.digest ?? reference.tag ?? 'latest')
  if (found === undefined) throw new Failure(`${nameOf(reference)}: not found`)
  const { content, mediaType } = found
  return { reference, client, content, descriptor: descriptorOf(content, mediaType), manifest: found.json }
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options']

function readArguments(args: readonly string[], options: NonNullable<Options>) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    throw new Failure(`the rehearsal's docker: ${error instanceof Error ? error.message : error}`)
  }
}
