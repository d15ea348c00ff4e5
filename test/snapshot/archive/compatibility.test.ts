/** Other programs read what the pack writes, and the pack reads what they write. */
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { zstdDecompressSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { CorruptError, readArchive } from '../../../actions/snapshot/archive/read.ts'
import { END_OF_TAR, encodeHeader, type TarHeader } from '../../../actions/snapshot/archive/tar-header.ts'
import { type Header, TarParser } from '../../../actions/snapshot/archive/tar-parser.ts'
import { compressed, keep, sha256 } from './crafted.ts'
import {
  entriesOf,
  HEAD,
  IDENTITY,
  NEVER,
  OTHER_RECIPIENT,
  pack,
  picture,
  plant,
  RECIPIENT,
  scratch,
  type Tree,
  unpack,
} from './setup.ts'
import { tools } from './tools.ts'

const { without } = tools('age', 'zstd', 'tar')

const TREE: Tree = {
  'index.html': '<!doctype html>\n',
  'assets/app.js': 'x'.repeat(300_000),
  'assets/empty': '',
  'assets/run me.sh': { content: '#!/bin/sh\n', mode: 0o750 },
  'assets/latest': { to: '../index.html' },
  'empty folder': { content: null, mode: 0o700 },
  'links/a long target': { to: `../${'t'.repeat(120)}` },
}
const LONG: Tree = {
  ...TREE,
  'ü/日本/😀.txt': 'names',
  [`${'deep/'.repeat(60)}bottom.txt`]: 'far down',
  [`${'n'.repeat(180)}.txt`]: 'a long name',
}

function sh(cwd: string, command: string): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', command], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}

describe.skipIf(without)('the tools of the system', () => {
  it.each([
    ['plain', 'x.tar.zst', [], 'cat x.tar.zst'],
    ['encrypted', 'x.tar.zst.age', [OTHER_RECIPIENT, RECIPIENT], 'age -d -i key.txt x.tar.zst.age'],
  ])('restore what the pack has written, %s', async (_, name, recipients, open) => {
    const at = await scratch()
    await plant(join(at, 'tree'), LONG)
    await writeFile(join(at, 'key.txt'), IDENTITY)
    await pack(join(at, 'tree'), join(at, name), { recipients })
    sh(at, `mkdir out; ${open} | zstd -d | tar xp -C out; rm out/.slipway-snapshot.json`)
    expect(await picture(join(at, 'out'))).toEqual(await picture(join(at, 'tree')))
  })

  it.each([
    ['GNU', LONG, 'tar c --format gnu', 'zstd'],
    ['pax', LONG, 'tar c --format pax', 'zstd -19'],
    ['pax with sub-second times', LONG, 'tar c --format posix --pax-option=delete=atime', 'zstd'],
    ['ustar', { ...TREE, 'links/a long target': 'none' }, 'tar c --format ustar', 'zstd -1'],
    ['v7', { ...TREE, 'links/a long target': 'none' }, 'tar c --format v7', 'zstd'],
    ['a tar of many zeros at its end', LONG, 'tar c --blocking-factor 2000', 'zstd'],
    ['no zstd checksum', LONG, 'tar c', 'zstd --no-check'],
    ['zstd of several threads and a long window', LONG, 'tar c', 'zstd -T2 --long=27'],
    ['several zstd frames', LONG, 'tar c', 'split --bytes 20000 --filter zstd'],
    ['age', LONG, 'tar c', `zstd | age -r ${OTHER_RECIPIENT} -r ${RECIPIENT}`],
  ])('are understood: %s', async (_, tree, archive, packed) => {
    const at = await scratch()
    await plant(join(at, 'tree'), tree)
    const { written, manifest } = await manifestOf(at)
    await writeFile(join(at, '.slipway-snapshot.json'), manifest)
    const name = packed.includes('age') ? 'x.tar.zst.age' : 'x.tar.zst'
    sh(at, `${archive} --owner 0 --group 0 -C tree . -C .. .slipway-snapshot.json | ${packed} > ${name}`)
    const { file, expect: amounts } = await keep(at, await readFile(join(at, name)), written, name)
    await mkdir(join(at, 'out'))
    const read = await unpack(file, amounts, { into: join(at, 'out') })
    expect(await picture(join(at, 'out'))).toEqual(await picture(join(at, 'tree')))
    expect(read.contentDigest).toBe(written.contentDigest)
  })

  it('are not believed where they have left out what a file contains', async () => {
    const at = await scratch()
    await plant(join(at, 'tree'), { sparse: '' })
    await truncate(join(at, 'tree/sparse'), 1_000_000)
    for (const format of ['gnu', 'pax']) {
      sh(at, `tar c --sparse --format ${format} -C tree . | zstd > x.tar.zst`)
      const { file, expect: amounts } = await keep(at, await readFile(join(at, 'x.tar.zst')), { files: 1, bytes: 1e6 })
      await expect(unpack(file, amounts)).rejects.toThrow(CorruptError)
    }
  })

  it('read the sizes of files over 8 GiB', async () => {
    const at = await scratch()
    const header = encodeHeader({ ...FILE, path: 'huge', size: 9 * 1024 ** 3 })
    await writeFile(join(at, 'x.tar'), header)
    const list = execFileSync('bash', ['-c', 'tar tvf x.tar 2> /dev/null | cat'], { cwd: at, encoding: 'utf8' })
    expect(list).toContain(' 9663676416 ')
    expect(headersOf(header)).toMatchObject([{ path: 'huge', size: 9 * 1024 ** 3 }])
  })
})

/** The manifest that the pack would write for the folder `tree`, as a person might have made it. */
async function manifestOf(at: string) {
  const written = await pack(join(at, 'tree'), join(at, 'own.tar.zst'))
  const { manifest } = await unpack(join(at, 'own.tar.zst'), written)
  await rm(join(at, 'own.tar.zst'))
  return { written, manifest: JSON.stringify(manifest, undefined, 2) }
}

const FILE: TarHeader = { type: 'file', path: 'a', mode: 0o644, size: 0, modifiedAt: 0, target: '' }

/** What the parser tells of one header, whose content is not there. */
function headersOf(bytes: Buffer): readonly Header[] {
  const headers: Header[] = []
  new TarParser({ begin: (header) => void headers.push(header), data: () => {}, end: () => {} }).push(bytes)
  return headers
}

it.each([
  ['100 bytes', 'p'.repeat(100)],
  ['101 bytes', 'p'.repeat(101)],
  ['a prefix of 155 bytes', `${'p'.repeat(155)}/${'q'.repeat(100)}`],
  ['a prefix of 156 bytes', `${'p'.repeat(156)}/${'q'.repeat(100)}`],
  ['a cut that ends with a slash', `${'p'.repeat(99)}/${'q'.repeat(200)}`],
  ['many short parts', `${'p/'.repeat(120)}q`],
  ['ASCII no more', 'pä'],
])('names with %s are read by the pack and by tar-stream', async (_, path) => {
  for (const header of [
    { ...FILE, path },
    { ...FILE, type: 'directory', path } as const,
    { ...FILE, type: 'link', target: path } as const,
  ]) {
    const bytes = Buffer.concat([encodeHeader(header), END_OF_TAR])
    const [own] = headersOf(bytes)
    expect(own).toMatchObject({ type: header.type, target: header.target })
    expect(own?.path.replace(/\/$/, '')).toBe(header.path)
    const tar = extract()
    tar.end(bytes)
    for await (const entry of tar) {
      expect(entry.header.type).toBe(header.type === 'link' ? 'symlink' : header.type)
      expect(entry.header.name.replace(/\/$/, '')).toBe(header.path)
      expect(entry.header.linkname ?? '').toBe(header.target)
      entry.resume()
    }
  }
})

it('is read by tar-stream with the files that it holds', async () => {
  const at = await scratch()
  await plant(join(at, 'tree'), LONG)
  const { file } = await pack(join(at, 'tree'), join(at, 'x.tar.zst'))
  const tar = extract()
  tar.end(zstdDecompressSync(await readFile(file)))
  const found = new Map<string, string>()
  for await (const entry of tar) found.set(entry.header.name, sha256(await buffer(entry)))
  for (const entry of await entriesOf(join(at, 'tree'))) {
    const name = entry.type === 'directory' ? `${entry.path}/` : entry.path
    expect(found.get(name)).toBe(sha256(entry.type === 'file' ? await readFile(entry.file) : ''))
  }
  expect([...found.keys()].at(-1)).toBe('.slipway-snapshot.json')
})

it('takes times before 1970 and after 2106 as far as a tar can say them', async () => {
  for (const year of [1950, 2150, 9000]) {
    const [header] = headersOf(encodeHeader({ ...FILE, modifiedAt: Date.UTC(year) }))
    const expected = Math.min(Math.max(Date.UTC(year), 0), (8 ** 11 - 1) * 1000)
    expect(header?.modifiedAt).toBe(expected)
  }
})

it('is not fooled by something behind the last frame, or by a frame too few', async () => {
  const at = await scratch()
  await plant(join(at, 'tree'), TREE)
  const { file, files, bytes } = await pack(join(at, 'tree'), join(at, 'x.tar.zst'))
  const archive = await readFile(file)
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const all: (readonly [string | undefined, readonly Buffer[]])[] = [
    [undefined, [archive, skippable]],
    [undefined, [skippable, archive]],
    [undefined, [archive, compressed(Buffer.alloc(0))]],
    [undefined, [archive, compressed(Buffer.alloc(5000))]],
    ['Something follows the end of its tar.', [archive, compressed(Buffer.from('more'))]],
    ['Its compressed content ends early.', [archive, Buffer.alloc(1)]],
    ['something else follows it', [archive, Buffer.from('garbage')]],
    ['Its compressed content ends early.', [archive, skippable.subarray(0, -1)]],
    ['Something follows the end of its tar.', [archive, archive]],
    ['Its compressed content ends early.', [skippable]],
    ['Its tar ends early.', [compressed(Buffer.alloc(512))]],
    ['Its tar ends early.', [compressed(Buffer.alloc(0))]],
    ['Its compressed content ends early.', []],
  ]
  for (const [problem, parts] of all) {
    const { expect: amounts } = await keep(at, Buffer.concat(parts), { files, bytes }, 'y.tar.zst')
    const read = unpack(join(at, 'y.tar.zst'), amounts)
    if (problem === undefined) expect((await read).manifest).toMatchObject(HEAD)
    else await expect(read).rejects.toThrow(problem)
  }
})

it('does not care in which pieces an archive arrives', async () => {
  const at = await scratch()
  await plant(join(at, 'tree'), { a: 'x'.repeat(3000), b: 'y' })
  for (const name of ['x.tar.zst', 'x.tar.zst.age']) {
    const written = await pack(join(at, 'tree'), join(at, name), {
      recipients: name.endsWith('.age') ? [RECIPIENT] : [],
    })
    const archive = await readFile(written.file)
    for (const size of [1, 7, 4096]) {
      const pieces = Array.from({ length: Math.ceil(archive.length / size) }, (_, at) =>
        archive.subarray(at * size, (at + 1) * size),
      )
      const options = { expect: written, encrypted: name.endsWith('.age'), identities: [IDENTITY], signal: NEVER }
      expect((await readArchive(Readable.from(pieces), options)).contentDigest).toBe(written.contentDigest)
    }
  }
})
