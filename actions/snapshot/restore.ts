import { chmod, rm } from 'node:fs/promises'
import type { Outputs } from '../../src/action.ts'
import type { ReadArchive } from './archive/read.ts'
import { type Chosen, choose } from './choose.ts'
import { isDamage, located, openArchive } from './fetch.ts'
import type { RestoreInputs } from './inputs.ts'
import type { Ports } from './ports.ts'
import { outputsOf } from './report.ts'
import type { Store } from './store/store.ts'
import { count, summarizeRestored } from './summary.ts'
import { findTarget, makeBeside, swap } from './target.ts'

/**
 * Extracts into a new folder beside the target, verifies everything, and renames. A target that is there already stays
 * whole until then.
 */
export async function restoreSnapshot(inputs: RestoreInputs, ports: Ports): Promise<Outputs> {
  const { runner } = ports
  const target = await findTarget(inputs, ports)
  const store = await ports.openStore(inputs)
  const chosen = await choose(inputs, store, ports)
  const { id, archive, content } = chosen.snapshot.manifest
  runner.setOutput('snapshot-id', id)
  if (inputs.dryRun) {
    runner.log.info(`Would restore ${id} (${archive.name} in ${store.place}) into ${inputs.target}.`)
    return {}
  }
  const into = await makeBeside(target, inputs.target)
  try {
    const { manifest } = await extract(chosen, into, { store, inputs }, ports)
    await chmod(into, 0o755) // as a folder that anybody makes; until then it was nobody else's
    await swap(into, target)
    const place = { target: inputs.target, place: store.place, now: ports.now(), entries: manifest.entries }
    runner.summarize(summarizeRestored(chosen.snapshot, place))
  } finally {
    await rm(into, { recursive: true, force: true })
  }
  runner.log.info(`Restored ${id} into ${inputs.target}: ${count(content.files, 'file')}.`)
  return outputsOf(chosen.snapshot)
}

async function extract(
  { snapshot: { manifest }, instead }: Chosen,
  into: string,
  { store, inputs }: { readonly store: Store; readonly inputs: RestoreInputs },
  { runner }: Ports,
): Promise<ReadArchive> {
  try {
    return await openArchive(store, manifest, { identities: inputs.identities, into, runner })
  } catch (error) {
    throw isDamage(error) ? located(error, manifest, store, instead) : error
  }
}
