/** Makes an OCI image of a built stage. The same files and settings give the same digest, wherever it is built. */
import { gzipSync } from 'node:zlib'
import { type Descriptor, digestOf, INDEX, MANIFEST, type Manifest } from './client.ts'
import type { Files } from './context.ts'
import type { Built, ImageSettings } from './stage.ts'
import { type TarFile, tar } from './tar.ts'

const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const IN_TOTO = 'application/vnd.in-toto+json'

/** A manifest with everything that it needs. */
export interface Image {
  readonly descriptor: Descriptor
  readonly manifest: Buffer
  readonly config: Descriptor
  /** Config and layers, by their digests. */
  readonly blobs: ReadonlyMap<string, Buffer>
  readonly layers: readonly Descriptor[]
}

/** An index with the images that it lists. */
export interface ImageIndex {
  readonly descriptor: Descriptor
  readonly content: Buffer
  readonly images: readonly Image[]
}

export interface ImageOptions {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Seconds since 1970: of the image and its files. */
  readonly created: number
}

export function makeImage({ settings, steps, base }: Built, { labels, annotations, created }: ImageOptions): Image {
  const made = steps.map((step) => ({ ...step, layer: step.files && makeLayer(step.files, created) }))
  const layers = made.flatMap(({ layer }) => layer ?? [])
  const at = new Date(created * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const config = json({
    created: at,
    architecture: 'amd64',
    os: 'linux',
    config: withLabels(settings, labels),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [
      { created: at, created_by: `FROM ${base}`, empty_layer: true },
      ...made.map(({ createdBy, layer }) => ({
        created: at,
        created_by: createdBy,
        ...(layer === undefined && { empty_layer: true }),
      })),
    ],
  })
  return assemble(config, layers, { annotations })
}

function withLabels(settings: ImageSettings, labels: ImageOptions['labels']): ImageSettings {
  const all = { ...settings.Labels, ...labels }
  return Object.keys(all).length === 0 ? settings : { ...settings, Labels: all }
}

interface Layer {
  readonly descriptor: Descriptor
  readonly content: Buffer
  /** Digest of the tar inside. */
  readonly diffId: string
}

function makeLayer(files: Files, created: number): Layer {
  const folders = new Set([...files.keys()].flatMap((path) => foldersOf(path)))
  const entries: readonly TarFile[] = [
    ...[...folders].map((path) => ({ path: `${path}/`, mode: 0o755, content: new Uint8Array() })),
    ...[...files].map(([path, file]) => ({ path, ...file })),
  ].sort((one, other) => (one.path < other.path ? -1 : 1))
  const archive = tar(entries, created)
  const content = gzipSync(archive)
  // The machine's kind, in gzip's header.
  content[9] = 255
  return { descriptor: descriptorOf(content, LAYER), content, diffId: digestOf(archive) }
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

function assemble(
  config: Buffer,
  layers: readonly Layer[],
  { annotations = {}, configType = CONFIG }: { annotations?: ImageOptions['annotations']; configType?: string },
): Image {
  const described = descriptorOf(config, configType)
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: described,
    layers: layers.map(({ descriptor }) => descriptor),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
  const content = json(manifest)
  return {
    descriptor: { ...descriptorOf(content, MANIFEST), platform: { architecture: 'amd64', os: 'linux' } },
    manifest: content,
    config: described,
    blobs: new Map([
      [described.digest, config],
      ...layers.map(({ descriptor, content: bytes }) => [descriptor.digest, bytes] as const),
    ]),
    layers: layers.map(({ descriptor }) => descriptor),
  }
}

/**
 * BuildKit's way with provenance and SBOM: an index of the image and of a manifest without a platform, which holds a
 * statement for each (docs.docker.com, "Image attestation storage").
 */
export function withAttestations(image: Image, predicates: readonly (readonly [string, object])[]): ImageIndex {
  const subject = [{ name: '_', digest: { sha256: image.descriptor.digest.replace('sha256:', '') } }]
  const layers = predicates.map(([predicateType, predicate]): Layer => {
    const content = json({ _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject, predicate })
    const annotations = { 'in-toto.io/predicate-type': predicateType }
    return { descriptor: { ...descriptorOf(content, IN_TOTO), annotations }, content, diffId: digestOf(content) }
  })
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
  const made = assemble(json({ architecture: 'unknown', os: 'unknown', config: {}, rootfs }), layers, {})
  const attestation: Image = {
    ...made,
    descriptor: {
      ...made.descriptor,
      annotations: {
        'vnd.docker.reference.digest': image.descriptor.digest,
        'vnd.docker.reference.type': 'attestation-manifest',
      },
      platform: { architecture: 'unknown', os: 'unknown' },
    },
  }
  return indexOf([image, attestation])
}

function indexOf(images: readonly Image[]): ImageIndex {
  const index: Manifest = { schemaVersion: 2, mediaType: INDEX, manifests: images.map(({ descriptor }) => descriptor) }
  const content = json(index)
  return { descriptor: descriptorOf(content, INDEX), content, images }
}

export function descriptorOf(content: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.length }
}

export function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}
