/** Manifests: by tag and by digest, each of which is a version of its package. */
import * as v from 'valibot'
import { parseJson } from '../body.ts'
import type { GitHubContext } from '../env.ts'
import { activeVersions, digestOf, findPackage, findVersion, keepManifest } from '../packages/records.ts'
import { packageNamed } from '../packages/teaching.ts'
import type { State } from '../state.ts'
import { packageName } from './access.ts'
import type { Blobs } from './blobs.ts'
import { registryError } from './errors.ts'

const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/
const MOST_BYTES = 4 * 1024 * 1024

const Descriptor = v.object({ digest: v.pipe(v.string(), v.regex(DIGEST)), size: v.number() })
const Image = v.object({ schemaVersion: v.literal(2), config: Descriptor, layers: v.array(Descriptor) })
const Index = v.object({ schemaVersion: v.literal(2), manifests: v.array(Descriptor) })

/** What each media type refers to. */
const IMAGES = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json']
const INDEXES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']

export function getManifest(c: GitHubContext, state: State, name: string, reference: string): Response {
  const version = findVersion(findPackage(state.packages, packageName(name)), reference)
  if (version === undefined) return registryError('MANIFEST_UNKNOWN', 'manifest unknown')
  const headers = {
    'content-type': version.mediaType,
    'content-length': `${version.content.length}`,
    'docker-content-digest': version.digest,
  }
  return new Response(c.req.method === 'HEAD' ? null : new Uint8Array(version.content), { headers })
}

export async function putManifest(
  c: GitHubContext,
  state: State,
  blobs: Blobs,
  name: string,
  reference: string,
): Promise<Response> {
  const content = Buffer.from(await c.req.text())
  const digest = digestOf(content)
  const mediaType = (c.req.header('content-type') ?? '').split(';')[0]?.trim() ?? ''
  const refused = refuseReference(reference, digest) ?? refuseContent({ content, mediaType, name }, state, blobs)
  if (refused !== undefined) return refused
  const at = state.clock.now()
  const known = packageNamed(state, packageName(name), at)
  const tags = reference === digest ? [] : [reference]
  keepManifest(known, { content, mediaType, tags, id: state.nextId(), at })
  const headers = { location: `/v2/${name}/manifests/${digest}`, 'docker-content-digest': digest }
  return new Response(null, { status: 201, headers })
}

function refuseReference(reference: string, digest: string): Response | undefined {
  if (reference === digest || TAG.test(reference)) return undefined
  if (!reference.includes(':')) return registryError('MANIFEST_INVALID', `invalid tag: ${reference}`)
  return registryError('DIGEST_INVALID', `provided digest did not match uploaded content: ${reference}`)
}

interface Pushed {
  readonly content: Buffer
  readonly mediaType: string
  readonly name: string
}

function refuseContent({ content, mediaType, name }: Pushed, state: State, blobs: Blobs): Response | undefined {
  if (content.length > MOST_BYTES) return registryError('MANIFEST_INVALID', 'manifest too large')
  const json = parseJson(content.toString())
  const named = v.safeParse(v.object({ mediaType: v.string() }), json)
  if (named.success && named.output.mediaType !== mediaType) {
    return registryError('MANIFEST_INVALID', `mediaType ${named.output.mediaType} is not the content type ${mediaType}`)
  }
  if (IMAGES.includes(mediaType)) {
    const image = v.safeParse(Image, json)
    if (!image.success) return registryError('MANIFEST_INVALID', v.summarize(image.issues))
    const { config, layers } = image.output
    const missing = [config, ...layers].find(({ digest }) => blobs.find(name, digest) === undefined)
    return missing && registryError('MANIFEST_BLOB_UNKNOWN', `blob unknown to registry: ${missing.digest}`)
  }
  if (!INDEXES.includes(mediaType)) {
    return registryError('MANIFEST_INVALID', `manifests of the media type '${mediaType}' are not taken here`)
  }
  const index = v.safeParse(Index, json)
  if (!index.success) return registryError('MANIFEST_INVALID', v.summarize(index.issues))
  const known = findPackage(state.packages, packageName(name))
  const missing = index.output.manifests.find(({ digest }) => findVersion(known, digest) === undefined)
  return missing && registryError('MANIFEST_BLOB_UNKNOWN', `manifest unknown: ${missing.digest}`)
}

/** In the order of their names, in pages where `n` asks for them. */
export function listTags(c: GitHubContext, state: State, name: string): Response {
  const known = findPackage(state.packages, packageName(name))
  if (known === undefined) return registryError('NAME_UNKNOWN', 'repository name not known to registry')
  const { n, last = '' } = c.req.query()
  const all = activeVersions(known)
    .flatMap(({ tags }) => [...tags])
    .filter((tag) => tag > last)
    .sort()
  const page = n === undefined ? all : all.slice(0, Number(n))
  const more = page.length < all.length && page.length > 0
  const next = `</v2/${name}/tags/list?last=${page.at(-1)}&n=${n}>; rel="next"`
  return Response.json({ name, tags: page }, { headers: more ? { link: next } : {} })
}
