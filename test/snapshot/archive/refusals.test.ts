/** What somebody could put into an archive to write elsewhere, or that is not what the manifest says. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CorruptError } from '../../../actions/snapshot/archive/read.ts'
import {
  amountOf,
  type Crafted,
  compressed,
  file,
  folder,
  keep,
  link,
  type Manifested,
  sha256,
  tarOf,
} from './crafted.ts'
import { HEAD, picture, scratch, unpack } from './setup.ts'

const LISTED = { type: 'file', path: 'a', size: 1, mode: '0644', sha256: sha256('x'), source: '' } as const
const EMPTY = JSON.stringify({ ...HEAD, entries: [] })
const DEEP = Array.from({ length: 41 }, (_, number) => link(`l${number}`, number === 0 ? 'end' : `l${number - 1}`))

const REFUSED: [string, readonly Crafted[], string, Manifested?][] = [
  ['a path upwards', [file('../evil')], 'The path "../evil" leads out of the snapshot.'],
  ['a path upwards further in', [file('a/../../evil')], 'The path "a/../../evil" leads out'],
  ['a path upwards for Windows', [file('a\\..\\..\\evil')], 'The path "a\\\\..\\\\..\\\\evil" leads out'],
  ['a folder upwards', [folder('../evil/')], 'The path "../evil" leads out'],
  ['an absolute path', [file('/etc/evil')], 'The path "/etc/evil" is absolute.'],
  ['an absolute path behind ./', [file('.//etc/evil'), file('.///etc/evil')], '"etc/evil" is there twice'],
  ['an empty part', [file('a//b')], 'The path "a//b" is not a plain one.'],
  ['a dot further in', [file('a/./b')], 'The path "a/./b" is not a plain one.'],
  ['a file called as the folder', [file('.')], 'The path "" is empty.'],
  ['a line break', [file('a\nb')], 'The path "a\\nb" contains a control character.'],
  ['an escape', [file('a\u001b[2Jb')], 'The path "a\\u001b[2Jb" contains a control character.'],
  ['an absolute link', [link('a', '/etc/passwd')], 'The link "a" to "/etc/passwd" is absolute.'],
  ['a link upwards', [link('a', '../evil')], 'The link "a" to "../evil" leads out of the snapshot.'],
  ['a link upwards further in', [link('a/b', 'c/../../../evil')], 'leads out of the snapshot.'],
  ['a link upwards for Windows', [link('a', '..\\evil')], 'leads out of the snapshot.'],
  ['a link outside through another', [folder('d/e/'), link('d/e/up', '../..'), link('a', 'd/e/up/..')], 'The link "a"'],
  [
    'a link outside through a later one',
    [link('a', 'd/e/up/../x'), folder('d/'), folder('d/e/'), link('d/e/up', '../..')],
    'The link "a" to "d/e/up/../x" leads out',
  ],
  [
    'a link outside where case is ignored',
    [link('d/up', '..'), link('a', 'D/UP/..')],
    'The link "a" to "D/UP/.." leads out',
  ],
  ['a link to itself', [link('a', 'a')], 'through more than 40 links, or in a circle.'],
  ['links in a circle', [link('a', 'b'), link('b', 'a')], 'in a circle.'],
  ['too many links', DEEP, 'through more than 40 links'],
  ['a link with an empty target', [link('a', 'b', { linkname: '' })], 'has a target that is empty.'],
  [
    'a file below a link',
    [folder('d/'), link('a', 'd'), file('a/b')],
    '"a" is a link, and "a/b" needs a folder there.',
  ],
  ['a file below a later link', [folder('d/'), file('a/b'), link('a', 'd')], '"a" is a link and a folder at once.'],
  ['a folder in the place of a link', [folder('d/'), link('a', 'd'), folder('a/')], '"a" is there twice.'],
  ['a file below a file', [file('a'), file('a/b')], '"a" is a file, and "a/b" needs a folder there.'],
  ['a file in the place of a folder', [file('a/b'), file('a')], '"a" is a file and a folder at once.'],
  ['a hard link', [file('a'), { name: 'b', type: 'link', linkname: 'a', listed: null }], '"b" in it is a hard link.'],
  ['a character device', [{ name: 'b', type: 'character-device', listed: null }], '"b" in it is a device.'],
  ['a block device', [{ name: 'b', type: 'block-device', listed: null }], '"b" in it is a device.'],
  ['a named pipe', [{ name: 'b', type: 'fifo', listed: null }], '"b" in it is a named pipe.'],
  ['a path twice', [file('a'), file('a')], '"a" is there twice.'],
  ['a folder twice', [folder('a/'), folder('./a/')], '"a" is there twice.'],
  ['a collision of case', [file('readme'), file('README')], '"README" and "readme" are the same'],
  ['a collision of folders', [file('a/x'), file('A/y')], '"A" and "a" are the same'],
  ['a collision of normalization', [file('caf\u00e9'), file('cafe\u0301')], 'are the same on a file system'],
  ['a collision beyond ASCII', [file('STRASSE'), file('stra\u00dfe')], 'are the same on a file system'],
  ['a manifest twice', [file('.slipway-snapshot.json', EMPTY, { listed: null })], 'is there twice.'],
  [
    'a manifest that is a link',
    [link('./.slipway-snapshot.json', 'a', { listed: null })],
    'is a link.',
    { manifest: undefined },
  ],
  ['no manifest', [file('a')], 'Its manifest, .slipway-snapshot.json, is missing in it.', { manifest: undefined }],
  ['no JSON', [], 'Its .slipway-snapshot.json is not JSON', { manifest: '{' }],
  ['another JSON', [], 'Its .slipway-snapshot.json is no manifest (id)', { manifest: '{"format":1,"entries":[]}' }],
  ['a missing file', [folder('d/', { listed: LISTED })], '"a" is missing in it.'],
  ['an extra file', [file('a', 'x', { listed: null })], '"a" is in it, and not in its manifest.'],
  ['an extra folder', [folder('a/', { listed: null })], '"a" is in it, and not in its manifest.'],
  ['an extra link', [link('a', 'b', { listed: null })], '"a" is in it, and not in its manifest.'],
  ['another size', [file('a', 'xx', { listed: LISTED })], '"a" has 2 bytes, and its manifest says 1.'],
  ['another content', [file('a', 'y', { listed: LISTED })], '"a" does not have the SHA-256 that its manifest says.'],
  [
    'another mode',
    [file('a', 'x', { mode: 0o755, listed: LISTED })],
    '"a" has the mode 0755, and its manifest says "0644".',
  ],
  ['a mode that is none', [file('a', 'x', { listed: { ...LISTED, mode: 'rw' } })], 'its manifest says "rw".'],
  [
    'another mode of a folder',
    [folder('a/', { listed: { type: 'directory', path: 'a', mode: '0700', source: '' } })],
    '"a" has the mode 0755',
  ],
  [
    'another target',
    [link('a', 'b', { listed: { type: 'link', path: 'a', target: 'c', source: '' } })],
    '"a" leads to "b", and its manifest says "c".',
  ],
  ['another type', [link('a', 'b', { listed: LISTED })], '"a" is a link, and its manifest says file.'],
  ['an entry listed twice', [file('a'), folder('d/', { listed: LISTED })], '"a" is listed twice in its manifest.'],
]

it.each<[string, readonly Crafted[], string, Manifested?]>(REFUSED)(
  'refuses %s, whether it extracts or only verifies',
  async (_, entries, message, options) => {
    const at = await scratch()
    const archive = await keep(at, compressed(await tarOf(entries, options)), amountOf(entries))
    await mkdir(join(at, 'outer/into'), { recursive: true })
    for (const into of [undefined, join(at, 'outer/into')]) {
      const error = await unpack(archive.file, archive.expect, into === undefined ? {} : { into }).catch(
        (reason) => reason,
      )
      expect(error).toBeInstanceOf(CorruptError)
      expect(error.message).toContain(message)
    }
    expect(await readdir(join(at, 'outer'))).toEqual(['into'])
  },
)

it('takes links that stay inside, wherever they lead', async () => {
  const at = await scratch()
  const entries = [
    folder('d/'),
    folder('d/e/'),
    link('d/e/up', '../..'),
    link('a', 'd/e/up/d/e'),
    link('to-the-root', '.'),
    link('nowhere', 'not/there/yet'),
    link('d/slash', './../d/e/'),
  ]
  const archive = await keep(at, compressed(await tarOf(entries)), amountOf(entries))
  await mkdir(join(at, 'into'))
  await unpack(archive.file, archive.expect, { into: join(at, 'into') })
  expect(Object.keys(await picture(join(at, 'into')))).toEqual([
    'a',
    'd',
    'd/e',
    'd/e/up',
    'd/slash',
    'nowhere',
    'to-the-root',
  ])
})

it.each([true, false])(
  'takes names that begin with ./, and the manifest wherever it stands (first: %s)',
  async (isFirst) => {
    const at = await scratch()
    const entries = [
      folder('./', { listed: null }),
      folder('./a/'),
      file('./a/b', 'content'),
      folder('z/'),
      file('top'),
    ]
    const archive = await keep(at, compressed(await tarOf(entries, { isFirst })), amountOf(entries))
    await mkdir(join(at, 'into'))
    await unpack(archive.file, archive.expect, { into: join(at, 'into') })
    expect(Object.keys(await picture(join(at, 'into')))).toEqual(['a', 'a/b', 'top', 'z'])
  },
)

it('drops setuid, setgid and the sticky bit', async () => {
  const at = await scratch()
  const listed = { ...LISTED, mode: '0755' }
  const entries = [
    file('a', 'x', { mode: 0o6755, listed }),
    folder('d/', { mode: 0o1777, listed: { type: 'directory', path: 'd', mode: '01777', source: '' } }),
  ]
  const archive = await keep(at, compressed(await tarOf(entries)), amountOf(entries))
  await mkdir(join(at, 'into'))
  await unpack(archive.file, archive.expect, { into: join(at, 'into') })
  const found = await picture(join(at, 'into'))
  expect(found['a']).toMatch(/^file 755 /)
  expect(found['d']).toMatch(/^directory 777 /)
})

it('writes into a folder of its own even if that cannot be written to afterwards', async () => {
  const at = await scratch()
  const entries = [folder('d/', { mode: 0o500 }), file('d/a', 'x', { mode: 0o400 }), link('d/l', 'a')]
  const archive = await keep(at, compressed(await tarOf(entries)), amountOf(entries))
  await mkdir(join(at, 'into'))
  await unpack(archive.file, archive.expect, { into: join(at, 'into') })
  expect((await picture(join(at, 'into')))['d']).toMatch(/^directory 500 /)
})
