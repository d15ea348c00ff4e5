import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { act, Failure, flag, info, input, lines, refuse, setOutput, variable, workspace } from '../../action.ts'
import { RegistryError } from '../../oci/client.ts'
import { readContext } from '../../oci/context.ts'
import { dockerFolder } from '../../oci/docker-folder.ts'
import { parseDockerfile } from '../../oci/dockerfile.ts'
import { imagesOf, type Product, push, writeDockerArchive, writeOciArchive } from '../../oci/export.ts'
import { makeImage, withAttestations } from '../../oci/image.ts'
import { nameOf, type Reference } from '../../oci/reference.ts'
import { build } from '../../oci/stage.ts'
import { type Exporter, readExporters, readTags } from './exporters.ts'

await act(async () => {
  refuseOthers()
  const exporters = readExporters()
  const image = buildImage()
  // As the action does: an archive that `docker load` reads has no place for attestations.
  const attested = isAttested(exporters) ? withAttestations(image, predicates()) : image
  for (const exporter of exporters) await deliver(exporter, exporter.type === 'docker' ? image : attested)
  report(exporters.some(({ type }) => type === 'docker') ? image : attested, exporters)
})

function refuseOthers(): void {
  refuse({
    'add-hosts': [],
    allow: [],
    attests: [],
    'build-contexts': [],
    call: ['build'],
    'cgroup-parent': [],
    network: ['default'],
    'no-cache-filters': [],
    platforms: ['linux/amd64'],
    'secret-envs': [],
    'secret-files': [],
    secrets: [],
    'shm-size': [],
    ssh: [],
    ulimit: [],
  })
  for (const cache of [...lines('cache-from'), ...lines('cache-to')]) {
    if (/(^|,)type=gha(,|$)/.test(cache)) continue
    throw new Failure(
      `The rehearsal's stand-in does not support the cache '${cache}'. It takes type=gha, and keeps nothing.`,
    )
  }
  flag('no-cache')
  flag('pull')
}

function buildImage() {
  if (input('context') === '') {
    throw new Failure(
      "The rehearsal's stand-in does not support the Git context, which is the action's default. Set 'context: .' after a checkout.",
    )
  }
  const folder = workspace(input('context'))
  const file = input('file') === '' ? join(folder, 'Dockerfile') : workspace(input('file'))
  if (!existsSync(file))
    throw failed(`failed to solve: failed to read dockerfile: open ${shown(file)}: no such file or directory`)
  try {
    const name = shown(file)
    const built = build(parseDockerfile(readFileSync(file, 'utf8'), name), {
      name,
      context: readContext(folder),
      args: pairs('build-args'),
      target: input('target'),
    })
    info(`#1 ${name}: ${built.steps.length} steps on ${built.base}, which is not pulled; RUN is not carried out`)
    const created = Number(process.env['SOURCE_DATE_EPOCH'] ?? 0)
    return makeImage(built, { labels: pairs('labels'), annotations: annotations(), created })
  } catch (error) {
    throw error instanceof Failure ? failed(error.message) : error
  }
}

function failed(message: string): Failure {
  return new Failure(`buildx failed with: ERROR: failed to build: ${message}`)
}

function shown(file: string): string {
  return file.replace(`${workspace()}/`, '')
}

function pairs(name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines(name).map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, process.env[line] ?? ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

/** `manifest:key=value`; for other levels there is no place here. */
function annotations(): Readonly<Record<string, string>> {
  const given = Object.entries(pairs('annotations'))
  return Object.fromEntries(
    given.map(([key, value]) => {
      const [, level, name = key] = /^([\w-]+):(.*)$/.exec(key) ?? []
      if (level !== undefined && level !== 'manifest') {
        throw new Failure(`The rehearsal's stand-in does not support annotations of the level '${level}'.`)
      }
      return [name, value]
    }),
  )
}

function isAttested(exporters: readonly Exporter[]): boolean {
  if (exporters.length === 0) return false
  if (wanted('provenance', true) || wanted('sbom', false)) {
    if (!exporters.some(({ type }) => type === 'docker')) return true
    if (input('provenance') !== '' && wanted('provenance', true)) {
      throw failed('docker exporter does not currently support exporting manifest lists')
    }
  }
  return false
}

/** `false`, `true`, or settings as `mode=max`. */
function wanted(name: string, standard: boolean): boolean {
  const value = input(name)
  return value === '' ? standard : !/^(false|disabled=true)$/i.test(value)
}

function predicates(): readonly (readonly [string, object])[] {
  const run = `${variable('GITHUB_SERVER_URL')}/${variable('GITHUB_REPOSITORY')}/actions/runs/${variable('GITHUB_RUN_ID')}`
  const provenance = { buildType: 'https://mobyproject.org/buildkit@v1', builder: { id: run } }
  const sbom = { spdxVersion: 'SPDX-2.3', name: 'sbom', packages: [] }
  return [
    ...(wanted('provenance', true) ? [['https://slsa.dev/provenance/v0.2', provenance] as const] : []),
    ...(wanted('sbom', false) ? [['https://spdx.dev/Document', sbom] as const] : []),
  ]
}

async function deliver(exporter: Exporter, product: Product): Promise<void> {
  const { references } = exporter
  if (exporter.type === 'image') {
    if (exporter.push) await pushTo(references, product)
    return
  }
  if (exporter.type === 'oci') return writeOciArchive(workspace(exporter.dest ?? ''), product, references)
  const [image] = imagesOf(product)
  const loaded = dockerFolder('images', `${product.descriptor.digest.replace('sha256:', '')}.tar`)
  if (image) writeDockerArchive(exporter.dest === undefined ? loaded : workspace(exporter.dest), image, references)
}

async function pushTo(references: readonly Reference[], product: Product): Promise<void> {
  try {
    await push(product, references)
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    throw failed(`failed to solve: failed to push ${references.map(nameOf).join(', ')}: ${error.message}`)
  }
  for (const reference of references) info(`#2 pushing manifest for ${nameOf(reference)}@${product.descriptor.digest}`)
}

function report(product: Product, exporters: readonly Exporter[]): void {
  const [image] = imagesOf(product)
  const names = [...new Set([...exporters.flatMap(({ references }) => references), ...readTags()].map(nameOf))]
  const metadata = {
    'containerimage.config.digest': image?.config.digest,
    'containerimage.descriptor': product.descriptor,
    'containerimage.digest': product.descriptor.digest,
    'image.name': names.join(','),
  }
  setOutput('imageid', image?.config.digest ?? '')
  setOutput('digest', product.descriptor.digest)
  setOutput('metadata', JSON.stringify(metadata))
  info(`Digest: ${product.descriptor.digest}`)
}
