import { describe, expect, it } from 'vitest'
import { ageOf, newestGood, newestVerified, requireFresh } from '../../actions/snapshot/retention/freshness.ts'
import { parseWanted, select, type Wanted } from '../../actions/snapshot/select.ts'
import type { Listing } from '../../actions/snapshot/store/store.ts'
import { ActionError } from '../../src/errors.ts'
import { DAY, HOUR, idsOf, listingOf, snapshot } from './retention/setup.ts'

const NOW = Date.parse('2026-11-27T03:00:00Z')
const A = 'abcdef1'.padEnd(40, '0')
const B = 'abcdef1'.padEnd(40, '1')
const C = 'c'.repeat(40)

const oldest = snapshot('2026-11-20', { commit: A })
const manual = snapshot('2026-11-21', { commit: A, reason: 'manual' })
const other = snapshot('2026-11-22', { commit: B })
const newest = snapshot('2026-11-25', { commit: C, reason: 'pre-deploy' })
const broken = snapshot('2026-11-26', { commit: C, check: { ok: false, problem: 'dist/a.js has another digest.' } })
const good = listingOf([oldest, manual, other, newest])
const damaged = listingOf([oldest, manual, other, newest, broken])

describe('the input', () => {
  it.each<readonly [string, Wanted]>([
    ['latest', { kind: 'latest' }],
    [' latest:pre-rollback ', { kind: 'latest', reason: 'pre-rollback' }],
    [newest.manifest.id, { kind: 'id', id: newest.manifest.id }],
    [newest.manifest.archive.name, { kind: 'id', id: newest.manifest.id }],
    [`${newest.manifest.id}.tar.zst.age`, { kind: 'id', id: newest.manifest.id }],
    ['abcdef1', { kind: 'commit', prefix: 'abcdef1' }],
    ['ABCDEF1', { kind: 'commit', prefix: 'abcdef1' }],
    ['f'.repeat(64), { kind: 'commit', prefix: 'f'.repeat(64) }],
    ['abcdef', { kind: 'tag', tag: 'abcdef' }],
    ['f'.repeat(65), { kind: 'tag', tag: 'f'.repeat(65) }],
    ['v1.2.3', { kind: 'tag', tag: 'v1.2.3' }],
    ['refs/tags/2026112', { kind: 'tag', tag: '2026112' }],
    ['production-20261327T000000000Z-abcdef1', { kind: 'tag', tag: 'production-20261327T000000000Z-abcdef1' }],
  ])('"%s" is understood', (text, wanted) => {
    expect(parseWanted(text)).toEqual(wanted)
  })

  it.each([
    ['', 'names no snapshot', 'Give an id, latest, latest:scheduled, a commit, or a tag such as v1.2.3.'],
    ['the last one', 'names no snapshot', 'Give an id, latest, latest:scheduled, a commit, or a tag such as v1.2.3.'],
    ['latest:', '"" is no reason', 'Use latest: and one of: scheduled, pre-deploy,'],
    ['latest:nightly', '"nightly" is no reason', 'Use latest: and one of: scheduled, pre-deploy,'],
  ])('"%s" is refused', (text, message, hint) => {
    const error = errorOf(() => parseWanted(text))
    expect([error.message, error.hint]).toEqual([expect.stringContaining(message), expect.stringContaining(hint)])
  })
})

describe('what is selected', () => {
  it.each<readonly [string, Listing, string, string | undefined, string, readonly string[]]>([
    ['the newest', good, 'latest', undefined, newest.manifest.id, []],
    ['the newest of a reason', good, 'latest:manual', undefined, manual.manifest.id, []],
    ['one by its id', good, oldest.manifest.id, undefined, oldest.manifest.id, []],
    ['the newest of a commit', good, A.slice(0, 8), undefined, manual.manifest.id, []],
    ['the newest of a whole commit', good, B, undefined, other.manifest.id, []],
    ['the newest of a tag', good, 'v1', A, manual.manifest.id, []],
    [
      'the newest that is not broken',
      damaged,
      'latest',
      undefined,
      newest.manifest.id,
      [
        `The last check of ${broken.manifest.id}, on 2026-11-26, has failed (dist/a.js has another digest): it was passed over.`,
      ],
    ],
    ['the newest of a commit that is not broken', damaged, C, undefined, newest.manifest.id, [expect.any(String)]],
    [
      'a broken one by its id',
      damaged,
      broken.manifest.id,
      undefined,
      broken.manifest.id,
      [`The last check of ${broken.manifest.id}, on 2026-11-26, has failed (dist/a.js has another digest).`],
    ],
  ])('is %s', (_, listing, text, commitOfTag, id, notes) => {
    for (const snapshots of [listing.snapshots, listing.snapshots.toReversed()]) {
      const selected = select({ ...listing, snapshots }, parseWanted(text), { commitOfTag, now: NOW })
      expect([selected.snapshot.manifest.id, selected.notes]).toEqual([id, notes])
    }
  })

  it('may be one that was never verified, and says so', () => {
    const unchecked = snapshot('2026-11-26', { verified: false })
    const { snapshot: chosen, notes } = select(listingOf([newest, unchecked]), { kind: 'latest' })
    expect([chosen, notes]).toEqual([unchecked, [`${unchecked.manifest.id} was never verified.`]])
  })

  it('is not a marker of a broken archive, however many there are', () => {
    const markers = [0, 1, 2].map((hour) => snapshot(NOW - hour * HOUR, { of: broken }))
    const { snapshot: chosen, notes } = select(listingOf([newest, broken, ...markers]), { kind: 'latest' })
    expect(chosen).toBe(newest)
    expect(notes).toEqual([expect.stringMatching(/20261127T030000000Z.* passed over, and so were 3 before it\.$/)])
  })

  it('is dated in the future only where there is no other', () => {
    const wrong = snapshot('2099-01-01')
    const latest = { kind: 'latest' } as const
    const fact = `${wrong.manifest.id} is dated 2099-01-01, which is in the future`
    const among = select(listingOf([newest, wrong]), latest, { now: NOW })
    expect([among.snapshot, among.notes]).toEqual([newest, [`${fact}: it was passed over.`]])
    const alone = select(listingOf([wrong]), latest, { now: NOW })
    expect([alone.snapshot, alone.notes]).toEqual([wrong, [`${fact}.`]])
    expect(select(listingOf([newest, wrong]), latest).snapshot).toBe(wrong)
  })
})

describe('what cannot be selected', () => {
  it.each<readonly [string, Listing, string, string, string]>([
    [
      'of an empty series',
      listingOf([]),
      'latest',
      'There is no snapshot of the series.',
      'Create one with operation: create;',
    ],
    [
      'by a reason that there is not',
      good,
      'latest:post-deploy',
      'No snapshot of the series has the reason post-deploy.',
      'There are snapshots with the reason scheduled, pre-deploy, manual.',
    ],
    [
      'by an id that there is not: the nearest are named',
      good,
      'production-20261120T120000000Z-0000000',
      'There is no snapshot production-20261120T120000000Z-0000000.',
      `Give one of these ids: ${idsOf([manual, oldest, other, newest]).join(', ')}.`,
    ],
    [
      'by an id of another series',
      good,
      'staging-20261120T120000000Z-0000000',
      'There is no snapshot staging-20261120T120000000Z-0000000.',
      'It is of the series staging, and this one is production: check the input series.',
    ],
    [
      'by a commit',
      good,
      '1234567',
      'No snapshot is of a commit 1234567.',
      'If that is a tag, write refs/tags/1234567.',
    ],
    [
      'by the beginning of two commits',
      good,
      'abcdef1',
      '2 commits with snapshots begin with abcdef1.',
      `or the id of the snapshot: ${B} (${other.manifest.id}); ${A} (${manual.manifest.id}).`,
    ],
    [
      'by a tag that there is not',
      good,
      'v9',
      'The repository has no tag v9, and',
      'Give one of these ids: production-',
    ],
    [
      'when all are broken',
      listingOf([broken]),
      'latest',
      'The last check of every snapshot of the series has failed. The last check of production-20261126T000000000Z-ccccccc',
      'or name one by its id to take it all the same.',
    ],
  ])('%s', (_, listing, text, message, hint) => {
    const error = errorOf(() => select(listing, parseWanted(text), { now: NOW }))
    expect([error.message, error.hint]).toEqual([expect.stringContaining(message), expect.stringContaining(hint)])
  })

  it('by a tag whose commit has none', () => {
    const act = () => select(good, { kind: 'tag', tag: 'v9' }, { commitOfTag: 'd'.repeat(40) })
    expect(act).toThrow(`No snapshot is of v9, which is the commit ${'d'.repeat(40)}.`)
  })

  it('is told with five ids, and with what could not be read', () => {
    const many = Array.from({ length: 8 }, (_, days) => snapshot(NOW - days * DAY))
    const listing = listingOf(many, { problems: ['manifest-3.json is no JSON.'] })
    const { hint } = errorOf(() => select(listing, { kind: 'tag', tag: 'v9' }))
    const ids = idsOf(many.slice(0, 5)).join(', ')
    expect(hint).toBe(
      `Give one of these ids: ${ids}, and 3 more. What cannot be read may be it: manifest-3.json is no JSON.`,
    )
  })
})

describe('freshness', () => {
  it('is that of the newest verified snapshot', () => {
    expect(newestVerified(damaged, NOW)).toBe(newest)
    expect(newestVerified(listingOf([broken]), NOW)).toBeUndefined()
    expect(ageOf(newest, NOW)).toBe(2 * DAY + 3 * HOUR)
    expect(requireFresh(damaged, 2 * DAY + 3 * HOUR, NOW)).toBe(newest)
  })

  it('is refused one millisecond later, with the age, the id and where to look', () => {
    const error = errorOf(() => requireFresh(damaged, 2 * DAY + 3 * HOUR, NOW + 1))
    expect(error.message).toBe(
      `The newest verified snapshot, ${newest.manifest.id}, is 2 d 3 h old; fail-if-older-than is 2 d 3 h. ` +
        `${broken.manifest.id} has failed its last check.`,
    )
    expect(error.hint).toMatch(/Actions tab.*schedule was dropped.*60 days/)
  })

  it('is refused where none is verified', () => {
    const unchecked = snapshot('2026-11-26', { verified: false })
    expect(errorOf(() => requireFresh(listingOf([]), DAY, NOW)).message).toBe(
      'The series has no verified snapshot, and fail-if-older-than is set.',
    )
    expect(errorOf(() => requireFresh(listingOf([broken, unchecked]), DAY, NOW)).message).toMatch(
      /is set\. production-20261126T000000000Z-ccccccc has failed its last check, and 1 more does not count either\.$/,
    )
  })

  it('is not that of a date in the future', () => {
    const wrong = snapshot('2099-01-01')
    expect(newestVerified(listingOf([newest, wrong]), NOW)).toBe(newest)
    expect(errorOf(() => requireFresh(listingOf([newest, wrong]), DAY, NOW)).message).toMatch(
      /production-20990101T000000000Z-aaaaaaa is dated in the future\.$/,
    )
    expect(ageOf(snapshot(NOW + HOUR), NOW)).toBe(0)
  })

  it('takes the newest that is not known to be broken for comparing contents', () => {
    const unchecked = snapshot('2026-11-26T12:00Z', { verified: false })
    expect(newestGood(damaged, NOW)).toBe(newest)
    expect(newestGood(listingOf([newest, unchecked, snapshot('2099-01-01')]), NOW)).toBe(unchecked)
    expect(newestGood(listingOf([broken]), NOW)).toBeUndefined()
  })
})

function errorOf(act: () => unknown): ActionError {
  try {
    act()
  } catch (error) {
    if (error instanceof ActionError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}
