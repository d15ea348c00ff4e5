import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import { root } from './actions.ts'

const Input = v.strictObject({
  description: v.string(),
  required: v.optional(v.boolean(), false),
  default: v.optional(v.string()),
  deprecationMessage: v.optional(v.string()),
})

const Manifest = v.strictObject({
  name: v.string(),
  description: v.string(),
  author: v.optional(v.string()),
  branding: v.optional(v.object({ icon: v.string(), color: v.string() })),
  inputs: v.optional(v.record(v.string(), Input), {}),
  outputs: v.optional(v.record(v.string(), v.strictObject({ description: v.string() })), {}),
  runs: v.strictObject({
    using: v.string(),
    main: v.string(),
    post: v.optional(v.string()),
    'post-if': v.optional(v.string()),
  }),
})

/** An action's public interface, as its action.yml declares it. */
export type Manifest = v.InferOutput<typeof Manifest>

/** @throws a ValiError when the file has a key that the runner does not know, or lacks one */
export function readManifest(name: string): Manifest {
  return v.parse(Manifest, parse(readFileSync(`${root}actions/${name}/action.yml`, 'utf8')))
}
