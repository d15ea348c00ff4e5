/** What has to stay because of something else that is kept. */
import type { Judged } from './judge.ts'
import type { Keep } from './rules.ts'

/**
 * The reasons for each snapshot that is kept, by id: those that rules gave, and those that follow from them, over chains
 * of any length.
 * @param judged newest first
 */
export function followNeeds(judged: readonly Judged[], keeps: readonly Keep[]): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, readonly string[]>()
  for (const { id, reason } of keeps) reasons.set(id, [...(reasons.get(id) ?? []), reason])

  const needed = new Set<string>()
  const waiting = judged.filter(({ id }) => reasons.has(id))
  for (const one of waiting) {
    for (const [target, reason] of [...needOf(one, judged), ...witnessOf(one, judged)]) {
      if (needed.has(target.id)) continue
      needed.add(target.id)
      if (!reasons.has(target.id)) waiting.push(target)
      reasons.set(target.id, [...(reasons.get(target.id) ?? []), reason])
    }
  }
  return reasons
}

type Need = readonly [Judged, string]

/** What a rollback goes back to, or whatever else a manifest says that it needs. */
function needOf(one: Judged, judged: readonly Judged[]): readonly Need[] {
  const { reason, needs } = one.snapshot.manifest
  if (needs === undefined && reason !== 'pre-rollback') return []
  const target = needs === undefined ? baseOf(one, judged) : judged.find(({ id }) => id === needs)
  if (target === undefined) return []
  return [[target, `${one.id} (${reason}) ${reason === 'pre-rollback' ? 'goes back to it' : 'needs it'}`]]
}

function baseOf(one: Judged, judged: readonly Judged[]): Judged | undefined {
  return judged
    .slice(judged.indexOf(one) + 1)
    .find(({ standing, snapshot }) => standing.kind === 'verified' && snapshot.manifest.reason !== 'pre-rollback')
}

/** Without the record of another snapshot of the same archive, a broken archive would count as a good one again. */
function witnessOf(one: Judged, judged: readonly Judged[]): readonly Need[] {
  if (one.record === undefined || one.record.id === one.id) return []
  const target = judged.find(({ id }) => id === one.record?.id)
  return target === undefined ? [] : [[target, `its check tells about the archive that ${one.id} shares with it`]]
}
