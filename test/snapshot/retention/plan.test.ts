import { describe, expect, it } from 'vitest'
import { planPrune } from '../../../actions/snapshot/retention/plan.ts'
import type { Policy } from '../../../actions/snapshot/retention/policy.ts'
import type { Listing, Snapshot } from '../../../actions/snapshot/store/store.ts'
import { DAY, HOUR, idsOf, listingOf, nothing, snapshot } from './setup.ts'

const NOW = Date.parse('2026-11-27T03:00:00Z')
const last1: Policy = { ...nothing, last: 1 }

/** What is said of each, by the day that it was made on. */
function saidOf(listing: Listing, policy: Policy, now = NOW): Readonly<Record<string, string>> {
  const { verdicts } = planPrune(listing, policy, now)
  return Object.fromEntries(
    verdicts.map(({ snapshot: { manifest }, keep, reasons }) => [
      manifest.created_at.slice(0, 10),
      `${keep ? 'keep' : 'delete'}: ${reasons.join('; ')}`,
    ]),
  )
}

function keptOf(snapshots: readonly Snapshot[], policy: Policy, now = NOW): readonly string[] {
  const { verdicts } = planPrune(listingOf(snapshots), policy, now)
  return verdicts.filter(({ keep }) => keep).map(({ snapshot: { manifest } }) => manifest.created_at.slice(0, 10))
}

describe('the verdicts', () => {
  it('name every rule that keeps a snapshot, and why the others go', () => {
    const listing = listingOf([
      snapshot('2026-08-30T02:17Z'),
      snapshot('2026-09-29T02:17Z'),
      snapshot('2026-09-30T02:17Z'),
      snapshot('2026-10-20T02:17Z', { reason: 'manual' }),
      snapshot('2026-11-21T02:17Z'),
      snapshot('2026-11-22T02:17Z'),
      snapshot('2026-11-26T02:17Z'),
      snapshot('2026-11-27T02:17Z'),
    ])
    const policy: Policy = { last: 2, within: DAY, daily: 2, weekly: 2, monthly: 3, reasons: ['manual'] }
    const within = 'within 1 d of the newest verified one (2026-11-27)'
    expect(saidOf(listing, policy)).toEqual({
      '2026-11-27': `keep: the last verified one; the newest 2; ${within}; daily: 2026-11-27; weekly: 2026-W48; monthly: 2026-11`,
      '2026-11-26': `keep: the newest 2; ${within}; daily: 2026-11-26`,
      '2026-11-22': 'keep: weekly: 2026-W47',
      '2026-11-21': 'delete: no rule keeps it',
      '2026-10-20': 'keep: monthly: 2026-10; the reason manual is always kept',
      '2026-09-30': 'keep: monthly: 2026-09',
      '2026-09-29': 'delete: older than all that is kept',
      '2026-08-30': 'delete: older than all that is kept',
    })
  })

  it('are the same in whatever order the snapshots are listed, those of one moment included', () => {
    const twins = ['b', 'c', 'd'].map((digit) => snapshot(NOW - DAY, { commit: digit.repeat(40) }))
    const kept = (snapshots: readonly Snapshot[]) =>
      planPrune(listingOf(snapshots), last1, NOW).verdicts.map(({ snapshot, keep }) => [
        snapshot.manifest.commit[0],
        keep,
      ])
    expect(kept(twins)).toEqual([['d', true], ['c', false], ['b', false]]) // biome-ignore format: a table
    expect(kept(twins.toReversed())).toEqual(kept(twins))
  })

  it('count from the newest verified snapshot, however long ago that was', () => {
    const snapshots = [snapshot('2020-01-01'), snapshot('2020-01-30'), snapshot('2020-01-31')]
    expect(keptOf(snapshots, { ...nothing, within: DAY })).toEqual(['2020-01-31', '2020-01-30'])
  })

  it('read times with a zone of whole hours', () => {
    const odd = snapshot('2026-11-01')
    const created_at = '2026-11-26T23:30:00.5 -01'
    const zoned: Snapshot = { ...odd, manifest: { ...odd.manifest, created_at } }
    expect(keptOf([zoned, snapshot('2026-11-27T00:00Z')], last1)).toEqual(['2026-11-26'])
  })
})

describe('an empty policy', () => {
  it('is refused with what to set', () => {
    const act = () => planPrune(listingOf([snapshot(NOW)]), nothing, NOW)
    expect(act).toThrow('No rule says which snapshots to keep: all but the last verified one would be deleted.')
    expect(act).toThrow(expect.objectContaining({ hint: expect.stringContaining('keep-within: 30d') }))
  })
})

describe('a snapshot that is not verified', () => {
  it('takes no place of a good one, and always stays while it is newer than that', () => {
    const listing = listingOf([
      snapshot('2026-11-22', { check: { ok: false } }),
      snapshot('2026-11-23', { verified: false }),
      snapshot('2026-11-24'),
      snapshot('2026-11-25', { check: { ok: false, after: 2 * DAY } }),
      snapshot('2026-11-26', { verified: false }),
    ])
    expect(saidOf(listing, { ...nothing, last: 2, daily: 2 })).toEqual({
      '2026-11-26': 'keep: newer than the last verified one, and not verified yet',
      '2026-11-25': 'keep: newer than the last verified one; its check failed on 2026-11-27',
      '2026-11-24': 'keep: the last verified one; the newest 2; daily: 2026-11-24',
      '2026-11-23': 'delete: never verified, and a newer one is',
      '2026-11-22': 'delete: its check failed on 2026-11-22, and a newer one is verified',
    })
  })

  it('stays by keep-within and keep-reason like any other', () => {
    const failed = { ok: false }
    const snapshots = [
      snapshot('2026-11-01', { check: failed }),
      snapshot('2026-11-02', { check: failed, reason: 'manual' }),
      snapshot('2026-11-20', { check: failed }),
      snapshot('2026-11-24'),
    ]
    const kept = keptOf(snapshots, { ...nothing, within: 7 * DAY, reasons: ['manual'] })
    expect(kept).toEqual(['2026-11-24', '2026-11-20', '2026-11-02'])
  })

  it('is verified again when a later check says so, or when the check was of other bytes', () => {
    const snapshots = [
      snapshot('2026-11-20', { verified: false, check: { ok: true } }),
      snapshot('2026-11-21', { check: { ok: false, digest: `sha256:${'0'.repeat(64)}` } }),
    ]
    expect(keptOf(snapshots, { ...nothing, last: 2 })).toEqual(['2026-11-21', '2026-11-20'])
    expect(keptOf(snapshots, last1)).toEqual(['2026-11-21'])
  })

  it('lets nothing be deleted where no other is verified', () => {
    const old = { name: 'orphan', size: 1, writtenAt: 0 }
    const snapshots = [snapshot('2020-01-01', { verified: false }), snapshot('2026-11-01', { check: { ok: false } })]
    const plan = planPrune(listingOf(snapshots, { leftovers: [old] }), last1, NOW)
    expect(plan.verdicts.map(({ keep, reasons }) => [keep, reasons])).toEqual([
      [true, ['no snapshot of the series is verified, so that none is deleted']],
      [true, ['no snapshot of the series is verified, so that none is deleted']],
    ])
    expect(plan).toMatchObject({ deletions: [], archives: [], leftovers: [] })
    expect(plan.notes).toEqual(['Nothing is deleted: no snapshot of the series is verified.'])
  })
})

describe('a date in the future', () => {
  const wrong = snapshot('2099-01-01')

  it('deletes nothing: it is no date to count from', () => {
    const listing = listingOf([snapshot('2026-11-01'), snapshot('2026-11-26'), wrong])
    expect(saidOf(listing, { ...nothing, within: 7 * DAY, last: 1, monthly: 1 })).toMatchObject({
      '2099-01-01': 'keep: its date, 2099-01-01, is in the future: no rule can count it',
      '2026-11-26': expect.stringContaining('keep: the last verified one; the newest; within 7 d of'),
      '2026-11-01': expect.stringContaining('delete'),
    })
    expect(planPrune(listing, last1, NOW).notes).toEqual([
      expect.stringContaining(`${wrong.manifest.id} is dated 2099-01-01`),
    ])
  })

  it('does not make up for a verified one', () => {
    expect(planPrune(listingOf([snapshot('2026-11-01', { verified: false }), wrong]), last1, NOW).deletions).toEqual([])
  })

  it('is believed up to a day, which two clocks may differ by', () => {
    const snapshots = [snapshot(NOW - HOUR), snapshot(NOW + DAY)]
    expect(keptOf(snapshots, last1)).toEqual(['2026-11-28'])
    expect(keptOf(snapshots, last1, NOW - 1)).toEqual(['2026-11-28', '2026-11-27'])
  })
})

describe('a rollback', () => {
  it('keeps what it goes back to: the newest verified one before it that is no such snapshot itself', () => {
    const listing = listingOf([
      snapshot('2026-11-18'),
      snapshot('2026-11-19'),
      snapshot('2026-11-20', { check: { ok: false } }),
      snapshot('2026-11-21', { reason: 'pre-rollback' }),
      snapshot('2026-11-22', { reason: 'pre-rollback' }),
      snapshot('2026-11-23'),
    ])
    const said = saidOf(listing, { ...nothing, reasons: ['pre-rollback'] })
    expect(said).toMatchObject({
      '2026-11-22': 'keep: the reason pre-rollback is always kept',
      '2026-11-20': expect.stringContaining('delete'),
      '2026-11-19': 'keep: production-20261122T000000000Z-aaaaaaa (pre-rollback) goes back to it',
      '2026-11-18': 'delete: older than all that is kept',
    })
  })

  it('keeps what its manifest says instead, over a chain, whatever has become of it', () => {
    const first = snapshot('2026-11-01', { check: { ok: false } })
    const second = snapshot('2026-11-05', { needs: first.manifest.id })
    const third = snapshot('2026-11-20', { reason: 'pre-rollback', needs: second.manifest.id })
    const listing = listingOf([first, second, snapshot('2026-11-10'), third])
    expect(saidOf(listing, last1)).toEqual({
      '2026-11-20': 'keep: the last verified one; the newest',
      '2026-11-10': 'delete: no rule keeps it',
      '2026-11-05': `keep: ${third.manifest.id} (pre-rollback) goes back to it`,
      '2026-11-01': `keep: ${second.manifest.id} (scheduled) needs it`,
    })
  })

  it('that is deleted keeps nothing, and goes before what it would have kept', () => {
    const [base, rollback] = [snapshot('2026-11-01'), snapshot('2026-11-02', { reason: 'pre-rollback' })]
    const plan = planPrune(listingOf([base, rollback, snapshot('2026-11-03')]), last1, NOW)
    expect(idsOf(plan.deletions)).toEqual(idsOf([rollback, base]))
  })

  it('may need itself, each other, or what is gone', () => {
    const [one, other] = [snapshot('2026-11-01'), snapshot('2026-11-02')]
    const needing = (of: Snapshot, needs: string): Snapshot => ({ ...of, manifest: { ...of.manifest, needs } })
    const ring = [needing(one, other.manifest.id), needing(other, one.manifest.id)]
    expect(keptOf(ring, last1)).toEqual(['2026-11-02', '2026-11-01'])
    expect(keptOf([one, needing(other, other.manifest.id)], last1)).toEqual(['2026-11-02'])
    expect(keptOf([one, needing(other, 'production-20000101T000000000Z-aaaaaaa')], last1)).toEqual(['2026-11-02'])
  })
})

describe('archives', () => {
  const original = snapshot('2026-11-01')
  const marker = snapshot('2026-11-20', { of: original })

  it('go after the last snapshot that refers to them', () => {
    const plan = planPrune(listingOf([snapshot('2026-10-01'), original, marker]), last1, NOW)
    expect(idsOf(plan.deletions)).toContain(original.manifest.id)
    expect(plan.archives).toEqual(['production-20261001T000000000Z-aaaaaaa.tar.zst'])
    expect(planPrune(listingOf([original, marker, snapshot('2026-11-21')]), last1, NOW).archives).toEqual([
      original.manifest.archive.name,
    ])
  })

  it('stay, with leftovers, as long as something cannot be read that may refer to them', () => {
    const leftovers = [{ name: 'orphan', size: 1, writtenAt: 0 }]
    const problems = ['manifest-1.json is no JSON.', 'manifest-2.json is no JSON.']
    const plan = planPrune(listingOf([original, snapshot('2026-11-21')], { leftovers, problems }), last1, NOW)
    expect(idsOf(plan.deletions)).toEqual([original.manifest.id])
    expect([plan.archives, plan.leftovers]).toEqual([[], []])
    expect(plan.notes).toEqual([expect.stringMatching(/^2 manifests cannot be read.* manifest-1\.json is no JSON\.$/)])
  })

  it('that were found broken through one snapshot are broken for all that refer to them', () => {
    const good = snapshot('2026-10-30')
    const broken = snapshot('2026-11-20', { of: original, check: { ok: false } })
    const [before, after] = [snapshot('2026-11-10', { of: original }), snapshot('2026-11-21', { of: original })]
    expect(saidOf(listingOf([good, original, before, broken, after]), last1)).toMatchObject({
      '2026-11-21': 'keep: newer than the last verified one; its check failed on 2026-11-20',
      '2026-10-30': 'keep: the last verified one; the newest',
    })
  })

  it('keep the record that tells about them, and lose it last', () => {
    const checked = snapshot('2026-11-02', { of: original, check: { ok: false, after: 20 * DAY } })
    const manual = snapshot('2026-11-03', { of: original, reason: 'manual' })
    const good = snapshot('2026-11-24')
    const kept = saidOf(listingOf([original, checked, manual, good]), { ...last1, reasons: ['manual'] })
    expect(kept['2026-11-02']).toBe(`keep: its check tells about the archive that ${manual.manifest.id} shares with it`)
    expect(kept['2026-11-01']).toContain('delete')

    const plan = planPrune(listingOf([original, checked, manual, good]), last1, NOW)
    expect(idsOf(plan.deletions)).toEqual(idsOf([manual, original, checked]))
  })

  it('are told about by the same record in whatever order they are listed', () => {
    const check = (after: number) => ({ of: original, check: { ok: true, after: after * DAY } })
    const [one, other] = [snapshot('2026-11-02', check(2)), snapshot('2026-11-03', check(1))] // both on the 4th
    const series = [snapshot('2026-11-01', { of: original, reason: 'manual' }), one, other, snapshot('2026-11-24')]
    const policy: Policy = { ...nothing, reasons: ['manual'] }
    expect(keptOf(series, policy)).toEqual(['2026-11-24', '2026-11-03', '2026-11-01'])
    expect(keptOf(series.toReversed(), policy)).toEqual(keptOf(series, policy))
  })

  it('are good again when a later check of any of them says so, and broken when two of one moment differ', () => {
    const at = (check: { ok: boolean; after: number }) => snapshot('2026-11-02', { of: original, check })
    const failed = {
      ...original,
      verification: snapshot('2026-11-01', { check: { ok: false, after: 5 * DAY } }).verification,
    }
    expect(keptOf([failed, at({ ok: true, after: 5 * DAY })], last1)).toEqual(['2026-11-02'])
    const tie = [failed, at({ ok: true, after: 4 * DAY })]
    expect(planPrune(listingOf(tie), last1, NOW).notes).toEqual([expect.stringContaining('Nothing is deleted')])
  })
})

describe('leftovers', () => {
  it('go when they are older than a day, by the clock', () => {
    const at = (name: string, writtenAt: number) => ({ name, size: 1, writtenAt })
    const leftovers = [at('b', 0), at('a', NOW - DAY - 1), at('c', NOW - DAY), at('d', NOW + DAY)]
    const plan = planPrune(listingOf([snapshot(NOW)], { leftovers }), last1, NOW)
    expect(plan.leftovers.map(({ name }) => name)).toEqual(['a', 'b'])
  })
})
