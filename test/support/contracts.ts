/** What the action files of others say, as it was read from their repositories (rehearsal/standins/contracts.json). */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { root } from '../../scripts/actions.ts'

const Input = v.strictObject({ required: v.optional(v.literal(true)), default: v.optional(v.string()) })

const Contract = v.strictObject({
  /** `OWNER/REPO[/PATH]` */
  name: v.string(),
  version: v.pipe(v.string(), v.regex(/^v\d+\.\d+\.\d+$/)),
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  /** Where names and defaults were read, when it was not the commit itself. */
  source: v.array(v.string()),
  /** Whether that was the commit itself. */
  exact: v.boolean(),
  using: v.picklist(['node20', 'node24', 'composite']),
  post: v.boolean(),
  /** `actions: read`, each with the place that says so. */
  permissions: v.record(v.pipe(v.string(), v.regex(/^[a-z-]+: (read|write)$/)), v.string()),
  inputs: v.record(v.string(), Input),
  outputs: v.array(v.string()),
})

export type Contract = v.InferOutput<typeof Contract>

const File = v.strictObject({
  about: v.string(),
  actions: v.array(Contract),
  /** Those that templates name in comments only, and that have no stand-in. */
  named: v.array(v.pick(Contract, ['name', 'version', 'sha'])),
})

/** @throws a ValiError when the file has another shape */
export function readContracts(): v.InferOutput<typeof File> {
  return v.parse(File, JSON.parse(readFileSync(`${root}rehearsal/standins/contracts.json`, 'utf8')))
}

/** `actions/checkout@3d3c42e… # v7.0.1`, as workflows have to write it. */
export function pins(): readonly string[] {
  const { actions, named } = readContracts()
  return [...actions, ...named].map(({ name, sha, version }) => `${name}@${sha} # ${version}`)
}
