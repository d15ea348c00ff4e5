/** Archives that other programs, or other file systems, would take for something else. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CorruptError } from '../../../actions/snapshot/archive/read.ts'
import { amountOf, type Crafted, compressed, file, keep, link as someLink, tarOf } from './crafted.ts'
import { archive, fileEntry, folder, manifest, member, pax } from './raw-tar.ts'
import { pack, plant, scratch, unpack } from './setup.ts'

const NAMED = [member('0', 'z', 'x'), manifest([fileEntry('z')])]
const long = (flag: string, name: string) => member(flag, '././@LongLink', `${name}\0`)

describe('refuses what others would read in another way', () => {
  it.each<[string, readonly Buffer[], string]>([
    ['a path of pax, and one of GNU', [pax([['path', 'a']]), long('L', 'c'), ...NAMED], 'gives one entry two of path'],
    ['a path of GNU, and one of pax', [long('L', 'c'), pax([['path', 'a']]), ...NAMED], 'gives one entry two of path'],
    ['two targets', [pax([['linkpath', 'a']]), long('K', 'c'), ...NAMED], 'gives one entry two of linkpath'],
    [
      'two paths of pax',
      [
        pax([
          ['path', 'a'],
          ['path', 'z'],
        ]),
        ...NAMED,
      ],
      'gives one entry two of path',
    ],
    [
      'two sizes of pax',
      [
        pax([
          ['size', '1'],
          ['size', '1'],
        ]),
        ...NAMED,
      ],
      'gives one entry two of size',
    ],
    ['two headers of pax', [pax([['mtime', '1']]), pax([['mtime', '1']]), ...NAMED], 'extends one header twice'],
    ['two long names', [long('L', 'a'), long('L', 'z'), ...NAMED], 'extends one header twice'],
    ['a path for all', [pax([['path', 'z']], 'g'), ...NAMED], 'gives all entries the same path'],
    ['a size for all', [pax([['size', '1']], 'g'), ...NAMED], 'gives all entries the same size'],
    ['an empty path', [pax([['path', '']]), ...NAMED], 'an empty path'],
    ['an empty long name', [long('L', ''), ...NAMED], 'an empty path'],
    ['a size of a folder', [pax([['size', '512']]), folder('d'), manifest()], '"d" in it is a directory with content.'],
    ['a header for nothing', [...NAMED, pax([['mtime', '1']])], 'ends after the extension of a header'],
  ])('%s', async (_, parts, message) => {
    const kept = await keep(await scratch(), archive(...parts), { files: 1, bytes: 1 })
    const error = await unpack(kept.file, kept.expect).catch((reason) => reason)
    expect(error).toBeInstanceOf(CorruptError)
    expect(error.message).toContain(message)
  })

  it('and takes what only some of them write', async () => {
    const records = pax([
      ['mtime', '1.5'],
      ['SCHILY.xattr.user.a', 'path=b'],
      ['comment', ''],
      ['size', '1'],
    ])
    const kept = await keep(
      await scratch(),
      archive(pax([['comment', 'c']], 'g'), records, long('L', 'z'), member('0', 'y', 'x'), manifest([fileEntry('z')])),
      { files: 1, bytes: 1 },
    )
    expect((await unpack(kept.file, kept.expect)).manifest.entries).toEqual([fileEntry('z')])
  })
})

const INVISIBLE = 'ignores dots and blanks at the end of a name, or characters that nobody sees'
const COLLIDING: [string, readonly Crafted[], string][] = [
  ['the manifest in capitals', [file('.SLIPWAY-SNAPSHOT.JSON')], '".slipway-snapshot.json" are the same'],
  ['something below the manifest', [file('.slipway-snapshot.json/x')], '".slipway-snapshot.json" is '],
  ['the manifest with a dot', [file('.slipway-snapshot.json.')], INVISIBLE],
  ['the manifest with a joiner', [file('.slipway\u200c-snapshot.json')], INVISIBLE],
  ['a dot at the end', [file('a'), file('a.')], INVISIBLE],
  ['a blank at the end', [file('a '), file('a')], INVISIBLE],
  ['both, of a folder', [file('A. ./x'), file('a/y')], INVISIBLE],
  ['a joiner', [file('x\u200cy'), file('xy')], INVISIBLE],
  ['a variation selector', [file('\u2764\ufe0f'), file('\u2764')], INVISIBLE],
  [
    'a link through a folder with a dot',
    [someLink('d/up', '..'), someLink('a', 'd./up./..')],
    'leads out of the snapshot',
  ],
]

describe('refuses names that are the same elsewhere', () => {
  it.each(COLLIDING)('%s, when it is read', async (_, entries, message) => {
    const kept = await keep(await scratch(), compressed(await tarOf(entries)), amountOf(entries))
    const error = await unpack(kept.file, kept.expect).catch((reason) => reason)
    expect(error).toBeInstanceOf(CorruptError)
    expect(error.message).toContain(message)
  })

  it.each(COLLIDING)('%s, when it is written', async (_, crafted, message) => {
    const at = await scratch()
    const tree = crafted.map(({ name, linkname }) => [name, linkname === undefined ? 'x' : { to: linkname }] as const)
    await plant(join(at, 'tree'), Object.fromEntries(tree))
    await expect(pack(join(at, 'tree'), join(at, 'x.tar.zst'))).rejects.toThrow(message)
  })

  it('and takes those that are alone, or mean something on Windows only', async () => {
    const entries = [file('CON'), file('aux.txt'), file('...'), file('b.'), file('c '), file('d\u200ce')]
    const kept = await keep(await scratch(), compressed(await tarOf(entries)), amountOf(entries))
    expect((await unpack(kept.file, kept.expect)).manifest.entries).toHaveLength(entries.length)
  })
})
