import type { Outputs } from '../../src/action.ts'
import { collectPaths } from './content/walk.ts'
import { withoutStore } from './gather.ts'
import type { CreateInputs } from './inputs.ts'
import type { Ports } from './ports.ts'
import { prune } from './prune.ts'
import { ageOutput } from './report.ts'
import type { Listing, Store } from './store/store.ts'
import { summarizeDryRun } from './summary.ts'

/** What `create` would take and where it would keep it. No command is run: what it does, nobody here can know. */
export async function describeCreation(
  inputs: CreateInputs,
  { store, listing }: { readonly store: Store; readonly listing: Listing },
  ports: Ports,
): Promise<Outputs> {
  const { runner, workspace, now } = ports
  const { entries, notes } = await collectPaths(withoutStore(inputs, workspace), workspace)
  for (const note of notes) runner.log.info(note)
  for (const { path, source } of entries) runner.log.info(`would take ${path} (${source})`)
  for (const { file, program } of inputs.commands) runner.log.info(`would run ${program} for ${file}`)
  runner.summarize(summarizeDryRun({ inputs, entries, place: store.place }))
  const { series, prune: policy } = inputs
  if (policy !== undefined) await prune(store, { series, policy, dryRun: true }, ports)
  return { age: ageOutput(listing, now()) }
}
