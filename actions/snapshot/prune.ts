import type { Outputs } from '../../src/action.ts'
import type { PruneInputs } from './inputs.ts'
import type { Ports } from './ports.ts'
import { ageOutput, report } from './report.ts'
import { type PrunePlan, planPrune } from './retention/plan.ts'
import type { Policy } from './retention/policy.ts'
import type { Listing, Store } from './store/store.ts'
import { summarizePrune } from './summary.ts'

export async function pruneSnapshots(inputs: PruneInputs, ports: Ports): Promise<Outputs> {
  const store = await ports.openStore(inputs)
  return { age: ageOutput(await prune(store, inputs, ports), ports.now()) }
}

/**
 * Sets the output `pruned`, and summarizes what was really deleted, also where it fails half-way.
 *
 * @returns what is there afterwards
 * @throws ActionError when the policy would keep nothing, before anything is deleted
 */
export async function prune(
  store: Store,
  { series, policy, dryRun }: { readonly series: string; readonly policy: Policy; readonly dryRun: boolean },
  ports: Ports,
): Promise<Listing> {
  const { runner, now } = ports
  const listing = await store.list()
  report(listing, ports)
  const plan = planPrune(listing, policy, now())
  await runner.log.group(`Plan for ${series} in ${store.place}`, async () => printPlan(plan, ports))
  const deleted: string[] = []
  try {
    if (!dryRun) return await apply(store, plan, { listing, deleted }, ports)
    deleted.push(...plan.deletions.map(({ manifest }) => manifest.id))
    return listing
  } finally {
    runner.setOutput('pruned', JSON.stringify(deleted.toSorted()))
    runner.summarize(summarizePrune({ series, place: store.place, plan, deleted: new Set(deleted), dryRun }))
    const verb = dryRun ? 'Would prune' : 'Pruned'
    runner.log.info(`${verb} ${deleted.length} of ${plan.verdicts.length} snapshots in ${store.place}.`)
  }
}

/**
 * Manifests go first, so that no listed snapshot ever lacks its archive. An archive goes only if a second look finds no
 * manifest that refers to it: a create beside this prune may just have published a marker of unchanged content. That
 * create looks, after its marker stands, whether the manifest it relied on is still there (unchanged.ts): of two that do so
 * at once, at least one sees the other.
 */
async function apply(
  store: Store,
  plan: PrunePlan,
  { listing, deleted }: { readonly listing: Listing; readonly deleted: string[] },
  { runner }: Ports,
): Promise<Listing> {
  if (plan.deletions.length === 0 && plan.leftovers.length === 0) return listing
  for (const { manifest } of plan.deletions) {
    runner.signal.throwIfAborted()
    await store.unpublish(manifest)
    deleted.push(manifest.id)
  }
  const left = await store.list()
  if (left.problems.length > 0) return left
  const needed = new Set(left.snapshots.map(({ manifest }) => manifest.archive.name))
  const unclaimed = new Set(left.leftovers.map(({ name }) => name))
  const leftovers = plan.leftovers.map(({ name }) => name).filter((name) => unclaimed.has(name))
  for (const name of [...plan.archives.filter((archive) => !needed.has(archive)), ...leftovers]) {
    runner.signal.throwIfAborted()
    await store.remove(name)
  }
  return left
}

function printPlan({ verdicts, leftovers, notes }: PrunePlan, { runner }: Ports): void {
  for (const { snapshot, keep, reasons } of verdicts) {
    runner.log.info(`${keep ? 'keep  ' : 'delete'} ${snapshot.manifest.id}: ${reasons.join('; ')}`)
  }
  for (const { name } of leftovers) runner.log.info(`delete ${name}: it belongs to no snapshot, and is over a day old`)
  for (const note of notes) runner.log.warning(note)
}
