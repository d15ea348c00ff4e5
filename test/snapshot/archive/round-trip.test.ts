import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentDigest } from '../../../actions/snapshot/archive/content-digest.ts'
import { fold } from '../../../actions/snapshot/archive/fold.ts'
import { cutAtFrames } from '../../../actions/snapshot/archive/zstd-frames.ts'
import { lacks } from '../../support/tools.ts'
import {
  entriesOf,
  HEAD,
  noise,
  OTHER_RECIPIENT,
  pack,
  picture,
  plant,
  RECIPIENT,
  scratch,
  type Tree,
  unpack,
} from './setup.ts'

const TREE: Tree = {
  'index.html': '<!doctype html>\n',
  'assets/app.js': 'x'.repeat(600_000),
  'assets/empty.txt': '',
  'assets/run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  'assets/private.key': { content: 'k', mode: 0o600 },
  'assets/latest': { to: '../index.html' },
  uploads: { content: null, mode: 0o700 },
  'links/to-folder': { to: '../assets' },
  'links/to-nothing': { to: 'later.txt' },
  'a name with  blanks/ü/日本/😀.txt': 'names',
  [`${'deep/'.repeat(60)}bottom.txt`]: 'far down',
  [`${'n'.repeat(200)}.txt`]: 'a long name',
  'back\\slash.txt': 'not a folder',
  'exactly-512': 'y'.repeat(512),
}

it.each([
  ['plain', [], 'site.tar.zst'],
  ['encrypted', [RECIPIENT], 'site.tar.zst.age'],
  ['encrypted for several', [OTHER_RECIPIENT, RECIPIENT], 'site.tar.zst.age'],
])('gives back a tree as it was, %s', async (_, recipients, name) => {
  const folder = await scratch()
  await plant(join(folder, 'tree'), TREE)
  const written = await pack(join(folder, 'tree'), join(folder, name), { recipients })
  await mkdir(join(folder, 'restored'))
  const { manifest, contentDigest: digest } = await unpack(written.file, written, { into: join(folder, 'restored') })

  expect(await picture(join(folder, 'restored'))).toEqual(await picture(join(folder, 'tree')))
  const { entries, ...head } = manifest
  expect(head).toEqual(HEAD)
  expect(entries).toHaveLength((await entriesOf(join(folder, 'tree'))).length)
  expect(digest).toBe(written.contentDigest)
  expect(contentDigest(manifest)).toBe(written.contentDigest)
})

const PIECE = 4 * 1024 * 1024

describe('the frames of an archive', () => {
  const framesOf = async (file: string): Promise<number> => {
    let frames = 0
    for await (const { endsFrame } of cutAtFrames(createReadStream(file))) frames += endsFrame ? 1 : 0
    return frames
  }

  // A header of 512 bytes before the file, and after it the manifest and the end.
  it.each([
    ['a small one', 10, 3, 1],
    ['one that ends where a piece does', PIECE - 512, 3, 2],
    ['one of several pieces', 3 * PIECE + 1000, 3, 4],
    ['one of several pieces at a level that takes much memory', 3 * PIECE + 1000, 5, 1],
  ])('are one file to whoever reads %s', async (_, size, level, count) => {
    const folder = await scratch()
    await plant(join(folder, 'tree'), { file: noise(size) })
    const written = await pack(join(folder, 'tree'), join(folder, 'x.tar.zst'), { level })
    const again = await pack(join(folder, 'tree'), join(folder, 'y.tar.zst'), { level })
    expect(await framesOf(written.file)).toBe(count)
    expect(again.digest).toBe(written.digest)
    await mkdir(join(folder, 'restored'))
    await unpack(written.file, written, { into: join(folder, 'restored') })
    expect(await readFile(join(folder, 'restored/file'))).toEqual(noise(size))
    if (lacks('zstd')) return
    const tar = execFileSync('zstd', ['--decompress', '--stdout', written.file], { maxBuffer: 2 * size + 100_000 })
    expect(tar.subarray(512, 512 + size)).toEqual(noise(size))
  })
})

it('tells what it has written', async () => {
  const folder = await scratch()
  await plant(join(folder, 'tree'), { 'a/one.txt': '12345', 'a/two.txt': '678', b: null })
  const written = await pack(await entriesOf(join(folder, 'tree')), join(folder, 'x.tar.zst'))

  const bytes = await readFile(written.file)
  expect(written).toMatchObject({ size: bytes.length, files: 2, bytes: 8 })
  expect(written.digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  expect((await stat(written.file)).mode & 0o777).toBe(0o600)
})

it('writes the same bytes for the same entries in whatever order they come', async () => {
  const folder = await scratch()
  await plant(join(folder, 'tree'), TREE)
  const entries = await entriesOf(join(folder, 'tree'))
  const one = await pack(entries, join(folder, 'one.tar.zst'))
  const other = await pack(entries.toReversed(), join(folder, 'other.tar.zst'))
  expect(other.digest).toBe(one.digest)
})

it('has the zstd content checksum, so that a flipped bit does not decompress to other bytes', async () => {
  const folder = await scratch()
  await plant(join(folder, 'tree'), TREE)
  const { file } = await pack(join(folder, 'tree'), join(folder, 'x.tar.zst'))
  const bytes = await readFile(file)
  expect(bytes.readUInt32LE()).toBe(0xfd2fb528)
  expect(bytes.readUInt8(4) & 0b100).toBe(0b100)
})

it('gives back any tree', async () => {
  const folder = await scratch()
  let number = 0
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .map((text) =>
      text
        .replaceAll(/[/\\\p{Cc}]/gu, '-')
        .normalize('NFC')
        .toLowerCase(),
    )
    .filter((text) => !['.', '..'].includes(text) && Buffer.byteLength(text) < 200)
  const mode = fc.constantFrom(0o600, 0o644, 0o755, 0o777)
  const file = fc.record({ content: fc.uint8Array({ maxLength: 3000 }), mode })
  const flat = fc.uniqueArray(fc.tuple(name, fc.oneof(file, fc.constant(null))), {
    maxLength: 8,
    selector: ([text]) => fold(text),
  })
  const nested = fc.tuple(flat, flat).map(([outer, inner]): Tree => {
    const below = outer.flatMap(([path, content]) =>
      content === null ? inner.map(([last, innermost]): [string, Tree[string]] => [`${path}/${last}`, innermost]) : [],
    )
    return Object.fromEntries([...outer, ...below])
  })
  await fc.assert(
    fc.asyncProperty(nested, fc.boolean(), async (tree, encrypted) => {
      number += 1
      const at = join(folder, String(number))
      await mkdir(join(at, 'tree'), { recursive: true })
      await mkdir(join(at, 'restored'))
      await plant(join(at, 'tree'), tree)
      const file = join(at, encrypted ? 'x.tar.zst.age' : 'x.tar.zst')
      const written = await pack(join(at, 'tree'), file, { recipients: encrypted ? [RECIPIENT] : [] })
      const read = await unpack(file, written, { into: join(at, 'restored') })
      expect(await picture(join(at, 'restored'))).toEqual(await picture(join(at, 'tree')))
      expect(read.contentDigest).toBe(written.contentDigest)
    }),
    { numRuns: 60 },
  )
})
