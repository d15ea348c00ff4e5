import { describe, expect, it } from 'vitest'
import { deleted, digestOf, fallbackTag, type Given, plan, why } from './models.ts'

/** Something that is always there, so that the last one of a package is never in question. */
const released: Given = { name: 'release', tags: ['1.0.0'] }

describe('one version', () => {
  it.each<readonly [string, Given, string]>([
    ['old, without a tag', { name: 'x' }, 'delete: changed 100 d ago, which is more than 90 d, and nothing keeps it'],
    [
      'old, with a tag of no rule',
      { name: 'x', tags: ['sha-1a2b3c4'] },
      'delete: changed 100 d ago, which is more than 90 d, and nothing keeps it',
    ],
    ['of yesterday', { name: 'x', age: 1 }, 'keep: changed 1 d ago, and only what is older than 90 d goes'],
    [
      'right before the limit',
      { name: 'x', age: 89.999 },
      'keep: changed 90 d ago, and only what is older than 90 d goes',
    ],
    ['right at it', { name: 'x', age: 90 }, 'delete: changed 90 d ago, which is more than 90 d, and nothing keeps it'],
    ['dated in the future', { name: 'x', age: -1 }, 'keep: changed 0 ms ago, and only what is older than 90 d goes'],
    ['a release', { name: 'x', tags: ['sha-1', 'v1.2.3'] }, 'keep: its tag v1.2.3 is kept (semver)'],
    ['latest', { name: 'x', tags: ['latest'] }, 'keep: its tag latest is kept (latest)'],
  ])('%s', (_, given, expected) => {
    expect(why(plan([released, given]), 'x')).toBe(expected)
  })

  it('stays for each rule that keeps it, and all are named', () => {
    const made = plan([released, { name: 'x', age: 2, tags: ['latest'] }], {
      'keep-digests': `ghcr.io/o/app@${digestOf('x')}`,
      'keep-last': '1',
    })
    expect(why(made, 'x')).toBe(
      'keep: its tag latest is kept (latest); its digest is kept; among the newest 1 with a tag; ' +
        'changed 2 d ago, and only what is older than 90 d goes',
    )
  })
})

describe('keep-last', () => {
  const builds: readonly Given[] = Array.from({ length: 5 }, (_, index) => ({
    name: `b${index}`,
    age: 100 + index,
    tags: [`sha-${index}`],
  }))

  it('keeps the newest with a tag, and no version without one counts', () => {
    const made = plan([...builds, { name: 'loose', age: 95 }], { 'keep-last': '2' })
    expect(deleted(made).toSorted()).toEqual(['b2', 'b3', 'b4', 'loose'])
  })

  it('counts no list of attestations, which has a tag for programs only', () => {
    const lists = builds.slice(0, 2).map(({ name }) => ({
      name: `att-${name}`,
      age: 91,
      tags: [fallbackTag(name)],
    }))
    const made = plan([...builds, ...lists], { 'keep-last': '2' })
    expect(deleted(made).toSorted()).toEqual(['b2', 'b3', 'b4'])
    expect(why(made, 'att-b1')).toBe('keep: is about sha-1')
  })

  it('takes the one that came later where two have the same date', () => {
    const twins: readonly Given[] = [
      { name: 'first', tags: ['sha-a'] },
      { name: 'second', tags: ['sha-b'] },
    ]
    expect(deleted(plan(twins, { 'keep-last': '1' }))).toEqual(['first'])
  })
})

/** What buildx pushes for two platforms with provenance: one index that lists four manifests without tags. */
const multi = (name: string, more: Partial<Given> = {}): readonly Given[] => [
  { name: `${name}-amd`, ...(more.age !== undefined && { age: more.age }) },
  { name: `${name}-arm`, ...(more.age !== undefined && { age: more.age }) },
  { name: `${name}-prov`, ...(more.age !== undefined && { age: more.age }) },
  { name, parts: [`${name}-amd`, `${name}-arm`, `${name}-prov`], ...more },
]

describe('an index', () => {
  it('keeps its platforms and attestations, which have no tag and are as old as they look', () => {
    const made = plan(multi('app', { tags: ['1.2.3'] }))
    expect(deleted(made)).toEqual([])
    expect(why(made, 'app-arm')).toBe('keep: a part of 1.2.3')
  })

  it('goes with its parts, and before them', () => {
    const made = plan([released, ...multi('app', { tags: ['sha-1'] })])
    expect(deleted(made)[0]).toBe('app')
    expect(deleted(made).toSorted()).toEqual(['app', 'app-amd', 'app-arm', 'app-prov'])
    expect(why(made, 'app-amd')).toBe('delete: a part of sha-1, which goes')
  })

  it('leaves a part that another index has, too', () => {
    const shared: Given = { name: 'next', tags: ['latest'], parts: ['app-amd'] }
    const made = plan([...multi('app', { tags: ['sha-1'] }), shared])
    expect(deleted(made).toSorted()).toEqual(['app', 'app-arm', 'app-prov'])
  })

  it('keeps an index that it lists, and what that one lists', () => {
    const outer: Given = { name: 'outer', tags: ['latest'], parts: ['app'] }
    expect(deleted(plan([...multi('app'), outer]))).toEqual([])
  })

  it('keeps its parts while it is young, though they are older', () => {
    const [amd = released, ...others] = multi('app', { age: 200 })
    const index: Given = { name: 'app', age: 3, parts: ['app-amd'] }
    expect(deleted(plan([amd, index, released]))).toEqual([])
    expect(others).toHaveLength(3)
  })

  it('is told to be broken when parts of it are gone, and only where it is kept', () => {
    const made = plan([
      { name: 'app', tags: ['latest'], parts: ['gone'] },
      { name: 'old', tags: ['sha-1'], parts: ['gone-too'] },
    ])
    expect(made.notes).toEqual([
      `latest refers to a part that the package does not have: ${digestOf('gone')}. Push it again.`,
    ])
  })
})

describe('what is about an image', () => {
  const image = (tags: readonly string[]): Given => ({ name: 'app', tags })

  it.each<readonly [string, readonly Given[]]>([
    ['a manifest with a subject', [{ name: 'about', about: 'app' }]],
    ['a signature of cosign', [{ name: 'about', tags: [fallbackTag('app', '.sig')] }]],
    ['an attestation of cosign', [{ name: 'about', tags: [fallbackTag('app', '.att')] }]],
    ['the list under the fallback tag', [{ name: 'about', tags: [fallbackTag('app')] }]],
    [
      'a list, and what it lists',
      [
        { name: 'about', about: 'app' },
        { name: 'list', tags: [fallbackTag('app')], parts: ['about'] },
      ],
    ],
    [
      'something about something about it',
      [
        { name: 'about', about: 'app' },
        { name: 'deep', about: 'about' },
      ],
    ],
  ])('%s stays with it and goes with it, before it', (_, others) => {
    const names = others.map(({ name }) => name)
    const staying = plan([image(['latest']), ...others])
    expect(deleted(staying)).toEqual([])
    const going = deleted(plan([released, image(['sha-1']), ...others]))
    expect(going.toSorted()).toEqual([...names, 'app'].toSorted())
    expect(going.at(-1)).toBe('app')
  })

  it('goes with it even when it is young: without its image it is of no use', () => {
    const made = plan([released, image(['sha-1']), { name: 'about', age: 1, about: 'app' }])
    expect(deleted(made)).toEqual(['about', 'app'])
    expect(why(made, 'about')).toBe('delete: goes with sha-1, which it is about')
  })

  it('waits for its image while it is young: attestations may be pushed first', () => {
    const made = plan([released, { name: 'early', age: 1, about: 'comes later' }])
    expect(why(made, 'early')).toBe('keep: changed 1 d ago, and only what is older than 90 d goes')
  })

  it('goes when it is old and its image is long gone', () => {
    expect(deleted(plan([released, { name: 'orphan', tags: [fallbackTag('gone')] }]))).toEqual(['orphan'])
  })

  it('keeps its image when it is kept itself', () => {
    const made = plan([image(['sha-1']), { name: 'about', tags: ['report'], about: 'app' }], { 'keep-tags': 'report' })
    expect(why(made, 'app')).toBe('keep: report is about it')
  })

  it('is an image for people where it has a tag for people', () => {
    const both: Given = { name: 'about', tags: [fallbackTag('app'), 'sha-2'] }
    expect(deleted(plan([released, image(['sha-1']), both], { 'keep-last': '1' })).toSorted()).toEqual([])
  })
})

describe('the last version', () => {
  it.each<readonly [string, readonly Given[], readonly string[]]>([
    ['the only one', [{ name: 'a' }], []],
    [
      'the newest with a tag, though one without is newer',
      [
        { name: 'a', tags: ['x'] },
        { name: 'b', tags: ['y'] },
        { name: 'c', age: 95 },
      ],
      ['a', 'c'],
    ],
    ['the newest of those without a tag', [{ name: 'a', age: 120 }, { name: 'b' }], ['a']],
    [
      'an image rather than its signature',
      [
        { name: 'a', age: 120, tags: ['x'] },
        { name: 'b', tags: [fallbackTag('elsewhere')] },
      ],
      ['b'],
    ],
    [
      'a tagged one beside a young one without a tag, which GitHub would not do without',
      [
        { name: 'a', tags: ['x'] },
        { name: 'b', age: 1 },
      ],
      [],
    ],
    ['with its parts', multi('app', { tags: ['x'] }), []],
  ])('stays: %s', (_, given, expected) => {
    expect(deleted(plan(given, { 'keep-tags': '' })).toSorted()).toEqual(expected)
  })

  it('is none where there is none', () => {
    expect(plan([])).toMatchObject({ verdicts: [], deletions: [], notes: [] })
  })
})

it('lists the newest first', () => {
  const made = plan([
    { name: 'a', age: 3 },
    { name: 'b', age: 1 },
    { name: 'c', age: 2 },
  ])
  expect(made.verdicts.map(({ version }) => version.id)).toEqual([2, 3, 1])
})
