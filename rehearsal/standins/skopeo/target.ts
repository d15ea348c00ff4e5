/** Where an image goes. */
import { Failure } from '../action.ts'
import { RegistryClient } from '../oci/client.ts'
import { parseReference } from '../oci/reference.ts'
import type { Source } from './source.ts'

/** @throws Failure where the name has another digest than the image: nothing is pushed then */
export async function copyTo(text: string, source: Source): Promise<void> {
  if (!text.startsWith('docker://')) {
    throw new Failure(`the rehearsal's skopeo does not support the destination '${text}'. It writes docker://NAME.`)
  }
  const reference = parseReference(text.slice('docker://'.length))
  const { digest = source.digest, tag, name } = reference
  if (digest !== source.digest) {
    throw new Failure("Digest of source image's manifest would not match destination reference")
  }
  const client = new RegistryClient(name)
  for (const part of [...source.parts, source]) {
    for (const blob of part.blobs) await client.putBlob(blob)
    const isWhole = part === source
    await client.putManifest(isWhole ? (tag ?? digest) : part.digest, part.content, part.mediaType)
  }
  console.log(`Copied ${source.digest} to ${text}`)
}
