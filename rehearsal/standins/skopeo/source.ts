/** Where an image comes from: its manifest, and the contents that it names. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../action.ts'
import { digestOf, RegistryClient } from '../oci/client.ts'
import { parseReference } from '../oci/reference.ts'

/** Everything of one image or index, in the order in which it can be pushed: what is named before what names it. */
export interface Source {
  readonly digest: string
  readonly mediaType: string
  readonly content: Buffer
  readonly blobs: readonly Buffer[]
  /** The manifests of an index. */
  readonly parts: readonly Omit<Source, 'parts'>[]
}

const Descriptor = v.object({ mediaType: v.string(), digest: v.string() })
type Descriptor = v.InferOutput<typeof Descriptor>
const Manifest = v.object({
  config: v.optional(Descriptor),
  layers: v.optional(v.array(Descriptor), []),
  manifests: v.optional(v.array(Descriptor), []),
})

/** @param text of a file, without the name of an image in it */
export function fromArchive(text: string): Source {
  if (!existsSync(text))
    throw new Failure(`initializing source oci-archive:${text}: open ${text}: no such file or directory`)
  const folder = mkdtempSync(join(tmpdir(), 'skopeo-'))
  try {
    execFileSync('tar', ['-xf', text, '-C', folder])
    const index = v.parse(Manifest, JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')))
    const [only, ...others] = index.manifests
    if (only === undefined || others.length > 0) {
      throw new Failure(`initializing source oci-archive:${text}: more than one image in oci, choose an image`)
    }
    return wholeOf(only, (digest) => readBlob(folder, digest))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readBlob(folder: string, digest: string): Buffer {
  const content = readFileSync(join(folder, 'blobs', ...digest.split(':')))
  if (digestOf(content) === digest) return content
  throw new Failure(`Digest did not match, expected ${digest}, got ${digestOf(content)}`)
}

function wholeOf({ digest, mediaType }: Descriptor, read: (digest: string) => Buffer): Source {
  const content = read(digest)
  const { config, layers, manifests } = v.parse(Manifest, JSON.parse(content.toString()))
  const blobs = [...(config ? [config] : []), ...layers].map((blob) => read(blob.digest))
  return { digest, mediaType, content, blobs, parts: manifests.map((part) => wholeOf(part, read)) }
}

/** What is at the registry already: only its manifest is needed for another name in the same repository. */
export async function fromRegistry(text: string): Promise<Source> {
  const reference = parseReference(text)
  const found = await new RegistryClient(reference.name).getManifest(reference.digest ?? reference.tag ?? 'latest')
  if (found === undefined) throw new Failure(`initializing source docker://${text}: reading manifest: manifest unknown`)
  const { content, mediaType } = found
  return { digest: digestOf(content), mediaType, content, blobs: [], parts: [] }
}
