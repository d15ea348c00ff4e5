/** Manifests of images and indexes, as far as they refer to others (OCI image specification 1.1, Docker schema 2). */
import * as v from 'valibot'
import type { Manifest } from './version.ts'

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  // Withdrawn before OCI 1.1 was final, and still in registries.
  'application/vnd.oci.artifact.manifest.v1+json',
] as const

const Digest = v.pipe(v.string(), v.regex(/^[a-z0-9+._-]+:[A-Za-z0-9=_-]+$/))
const Descriptor = v.object({ mediaType: v.optional(v.string()), digest: Digest })

const Body = v.object({
  schemaVersion: v.optional(v.number()),
  mediaType: v.optional(v.string()),
  manifests: v.optional(v.array(Descriptor)),
  layers: v.optional(v.array(Descriptor)),
  blobs: v.optional(v.array(Descriptor)),
  subject: v.nullish(Descriptor),
})

/** @returns undefined for what is no manifest that this action knows: what it refers to is then not known either */
export function parseManifest(text: string): Manifest | undefined {
  const parsed = v.safeParse(Body, parseJson(text))
  if (!parsed.success) return undefined
  const { schemaVersion, mediaType, manifests, layers, blobs, subject } = parsed.output
  const isArtifact = mediaType === MANIFEST_TYPES[4]
  if (!isArtifact && schemaVersion !== 2) return undefined
  if (manifests === undefined && layers === undefined && blobs === undefined && !isArtifact) return undefined
  return {
    parts: [...new Set((manifests ?? []).filter(isManifest).map(({ digest }) => digest))],
    subject: subject?.digest,
  }
}

/** BuildKit lists the layers of its cache in an index: they are blobs, which are no versions of a package. */
function isManifest({ mediaType }: v.InferOutput<typeof Descriptor>): boolean {
  return mediaType === undefined || MANIFEST_TYPES.some((type) => type === mediaType)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
