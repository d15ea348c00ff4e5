/** What an image says of itself, for whoever runs it. */
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parseJson } from '../body.ts'
import type { State } from '../state.ts'
import { manifestOf } from './teaching.ts'

const Described = v.object({ digest: v.string() })
const Image = v.object({ config: Described })
const Index = v.object({ manifests: v.array(Described) })
const Config = v.object({
  config: v.optional(v.object({ Labels: v.optional(v.record(v.string(), v.string()), {}) }), {}),
})

/** @param reference a tag or a digest; of an index the first image counts @returns undefined where there is none */
export async function labelsOf(
  state: State,
  name: string,
  reference: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const manifest = manifestOf(state, name, reference)
  const index = v.safeParse(Index, manifest)
  const [first] = index.success ? index.output.manifests : []
  if (first !== undefined) return labelsOf(state, name, first.digest)
  const image = v.safeParse(Image, manifest)
  if (!image.success) return undefined
  const { repository, packages } = state
  const blob = packages.blobs.get(`${repository.owner}/${name}`.toLowerCase())?.get(image.output.config.digest)
  if (blob === undefined) return {}
  const config = v.safeParse(Config, parseJson(await readFile(blob.file, 'utf8')))
  return config.success ? config.output.config.Labels : {}
}
