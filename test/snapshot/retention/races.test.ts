import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planPrune } from '../../../actions/snapshot/retention/plan.ts'
import type { Policy } from '../../../actions/snapshot/retention/policy.ts'
import type { Listing, Snapshot } from '../../../actions/snapshot/store/store.ts'
import { drawnPolicy, drawnSeries, NOW } from './arbitrary.ts'
import { DAY, listingOf } from './setup.ts'

/** Late enough for every archive without a manifest to count as a leftover. */
const LATER = NOW + 2 * DAY

class Place {
  readonly manifests: Map<string, Snapshot>
  readonly archives: Set<string>

  constructor(series: readonly Snapshot[]) {
    this.manifests = new Map(series.map((one) => [one.manifest.id, one]))
    this.archives = new Set(series.map(({ manifest }) => manifest.archive.name))
  }

  list(): Listing {
    const snapshots = [...this.manifests.values()]
    const used = new Set(snapshots.map(({ manifest }) => manifest.archive.name))
    const orphans = [...this.archives].filter((name) => !used.has(name))
    return listingOf(snapshots, { leftovers: orphans.map((name) => ({ name, size: 1, writtenAt: NOW })) })
  }

  get dangling(): readonly string[] {
    const listed = [...this.manifests.values()].map(({ manifest }) => manifest.archive.name)
    return listed.filter((name) => !this.archives.has(name))
  }

  get state() {
    return { manifests: [...this.manifests.keys()].toSorted(), archives: [...this.archives].toSorted() }
  }
}

/** A prune as steps, each of which another prune, or the end of the machine, may follow. */
function* prune(place: Place, policy: Policy) {
  const { deletions, archives, leftovers } = planPrune(place.list(), policy, LATER)
  yield
  for (const { manifest } of deletions) {
    place.manifests.delete(manifest.id)
    yield
  }
  for (const name of [...archives, ...leftovers.map((one) => one.name)]) {
    place.archives.delete(name)
    yield
  }
}

function run(...steps: readonly Iterator<void>[]): void {
  for (const one of steps) while (one.next().done !== true);
}

function pruned(series: readonly Snapshot[], policy: Policy) {
  const place = new Place(series)
  run(prune(place, policy))
  return place.state
}

const runs = { numRuns: 400 }

it('lets two prunes in any interleaving, from whatever each has listed, end as one of them does', () => {
  const turns = fc.array(fc.boolean(), { maxLength: 40, size: 'max' })
  fc.assert(
    fc.property(drawnSeries, drawnPolicy, turns, (series, policy, order) => {
      const place = new Place(series)
      const [one, other] = [prune(place, policy), prune(place, policy)]
      for (const first of order) {
        ;(first ? one : other).next()
        expect(place.dangling).toEqual([])
      }
      run(one, other)
      expect(place.state).toEqual(pruned(series, policy))
    }),
    runs,
  )
})

it('lets a prune that was killed anywhere be finished by the next', () => {
  fc.assert(
    fc.property(drawnSeries, drawnPolicy, fc.nat({ max: 30 }), (series, policy, steps) => {
      const place = new Place(series)
      const killed = prune(place, policy)
      for (let step = 0; step < steps; step += 1) killed.next()
      run(prune(place, policy))
      expect(place.state).toEqual(pruned(series, policy))
    }),
    runs,
  )
})
