/** Attaches the bundle to the image in the registry, as an artifact that names the image as its subject. */
import { Failure } from '../../action.ts'
import { INDEX, MANIFEST, type Manifest, RegistryClient, RegistryError } from '../../oci/client.ts'
import { credentialsOf } from '../../oci/docker-folder.ts'
import { descriptorOf, json } from '../../oci/image.ts'
import { parseReference, REGISTRY } from '../../oci/reference.ts'
import { BUNDLE } from './bundle.ts'

const EMPTY = json({})
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json'

/**
 * A registry without the referrers API, as ghcr.io, finds it by an index under the tag `sha256-…`.
 * @returns the artifact's digest
 */
export async function attach(name: string, digest: string, bundle: object, predicateType: string): Promise<string> {
  const { name: repository } = parseReference(name)
  if (credentialsOf(REGISTRY) === undefined) throw new Failure(`No credentials found for registry ${REGISTRY}`)
  const client = new RegistryClient(repository, 'pull,push')
  try {
    return await attachWith(client, digest, bundle, predicateType)
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    throw new Failure(`Error uploading artifact to container registry: ${error.message}`)
  }
}

async function attachWith(
  client: RegistryClient,
  digest: string,
  bundle: object,
  predicateType: string,
): Promise<string> {
  const image = await client.getManifest(digest)
  if (image === undefined) throw new Failure(`Error uploading artifact to container registry: ${digest} not found`)
  const content = json(bundle)
  for (const blob of [EMPTY, content]) await client.putBlob(blob)
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
    'org.opencontainers.image.created': new Date().toISOString(),
  }
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: descriptorOf(EMPTY, EMPTY_TYPE),
    layers: [descriptorOf(content, BUNDLE)],
    subject: descriptorOf(image.content, image.mediaType),
    annotations,
  }
  const artifact = json(manifest)
  const attached = await client.putManifest(descriptorOf(artifact, MANIFEST).digest, artifact, MANIFEST)
  const entry = { ...descriptorOf(artifact, MANIFEST), artifactType: BUNDLE, annotations }
  await addToIndex(client, digest.replace(':', '-'), entry)
  return attached
}

async function addToIndex(
  client: RegistryClient,
  tag: string,
  entry: NonNullable<Manifest['manifests']>[number],
): Promise<void> {
  const before = (await client.getManifest(tag))?.json.manifests ?? []
  const index: Manifest = { schemaVersion: 2, mediaType: INDEX, manifests: [...before, entry] }
  await client.putManifest(tag, json(index), INDEX)
}
