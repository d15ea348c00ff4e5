/** Where a built image goes: to the registry, or into an archive. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Descriptor, INDEX, RegistryClient } from './client.ts'
import { type Image, type ImageIndex, json } from './image.ts'
import { nameOf, type Reference } from './reference.ts'
import { type TarFile, tar } from './tar.ts'

/** An image, or an index with all that it lists. */
export type Product = Image | ImageIndex

export function imagesOf(product: Product): readonly Image[] {
  return 'images' in product ? product.images : [product]
}

/** @param references each with a tag, or without one to push by digest alone */
export async function push(product: Product, references: readonly Reference[]): Promise<void> {
  for (const reference of references) {
    const client = new RegistryClient(reference.name, 'pull,push')
    for (const image of imagesOf(product)) {
      for (const content of image.blobs.values()) await client.putBlob(content)
      const { digest, mediaType } = image.descriptor
      await client.putManifest(digest, image.manifest, mediaType)
    }
    const content = 'images' in product ? product.content : product.manifest
    const { digest, mediaType } = product.descriptor
    await client.putManifest(reference.tag ?? digest, content, mediaType)
  }
}

/** `type=docker`: as `docker save` writes it. */
export function writeDockerArchive(file: string, image: Image, references: readonly Reference[]): void {
  const path = ({ digest }: Descriptor) => `blobs/sha256/${digest.replace('sha256:', '')}`
  const list = [
    { Config: path(image.config), RepoTags: references.map(nameOf), Layers: image.layers.map((layer) => path(layer)) },
  ]
  const layout = layoutOf(image, references)
  write(file, [...layout, { path: 'manifest.json', mode: 0o644, content: json(list) }])
}

/** `type=oci`: https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export function writeOciArchive(file: string, product: Product, references: readonly Reference[]): void {
  write(file, layoutOf(product, references))
}

function layoutOf(product: Product, references: readonly Reference[]): readonly TarFile[] {
  const named = references.map((reference) => ({
    ...product.descriptor,
    annotations: {
      'io.containerd.image.name': nameOf(reference),
      'org.opencontainers.image.ref.name': reference.tag ?? 'latest',
    },
  }))
  const manifests = named.length > 0 ? named : [product.descriptor]
  const blobs = new Map(
    imagesOf(product).flatMap((image) => [...image.blobs, [image.descriptor.digest, image.manifest]]),
  )
  if ('images' in product) blobs.set(product.descriptor.digest, product.content)
  const file = (path: string, content: Uint8Array): TarFile => ({ path, mode: 0o644, content })
  return [
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json({ schemaVersion: 2, mediaType: INDEX, manifests })),
    ...[...blobs].map(([digest, content]) => file(`blobs/sha256/${digest.replace('sha256:', '')}`, content)),
  ]
}

function write(file: string, entries: readonly TarFile[]): void {
  mkdirSync(dirname(file), { recursive: true })
  const sorted = entries.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  writeFileSync(file, tar(sorted, 0))
}
