/** Small archives that are made to take all time, memory or disk of whoever reads them. */
import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { CorruptError } from '../../../actions/snapshot/archive/read.ts'
import type { ArchivedEntry } from '../../../actions/snapshot/manifest.ts'
import { ActionError } from '../../../src/errors.ts'
import { amountOf, type Crafted, compressed, file, keep, link as someLink, tarOf } from './crafted.ts'
import { archive, folder, link, manifest, member, pax } from './raw-tar.ts'
import { entriesOf, HEAD, pack, plant, scratch, unpack } from './setup.ts'

const run = promisify(execFile)
const child = new URL('./hostile-child.ts', import.meta.url).pathname
const Outcome = v.object({ name: v.string(), message: v.string(), seconds: v.number(), grown: v.number() })

const NOTHING = { files: 0, bytes: 0 }
const TOO_LONG = 'Its tar has a name of more than 4096 bytes: "'
const many = <T>(length: number, make: (number: number) => T) => Array.from({ length }, (_, number) => make(number))
const manifestOf = (text: string) => member('0', '.slipway-snapshot.json', text)
const headed = (rest: string) => manifestOf(`${JSON.stringify(HEAD).slice(0, -1)},${rest}}`)
const listed = (target: string): ArchivedEntry => ({ type: 'link', path: 'l', target, source: '' })

/** Each as it may just be: with as many parts, and through as many links. */
const mostParts = `${'a/'.repeat(127)}${'../'.repeat(127)}b`
const mostLinks = `${'l0/'.repeat(39)}b`

describe('takes neither time nor memory', () => {
  it.each<[string, () => readonly Buffer[], string]>([
    ['a folder of slashes', () => [folder(`a${'/'.repeat(400_000)}b`), manifest()], TOO_LONG],
    [
      'a folder of as many slashes as may be',
      () => many(3000, () => folder(`a${'/'.repeat(4080)}b`)),
      'has more than 255 parts.',
    ],
    ['a long target', () => [link('l', `${'a/'.repeat(60_000)}b`), manifest([listed('b')])], TOO_LONG],
    ['a target of many parts', () => [link('l', `${'a/'.repeat(2000)}b`)], 'a target that has more than 255 parts.'],
    [
      'a global header of many keys',
      () => [
        pax(
          many(75_000, (n) => [`k${n}`, 'v']),
          'g',
        ),
        ...many(5000, (n) => folder(`d${n}`)),
        manifest(),
      ],
      'Its tar has a header with more than 1000 extensions.',
    ],
    ['40 paths of many parts', () => many(40, (n) => folder(`X${n}/${'A/'.repeat(3500)}b`)), TOO_LONG],
    ['600 paths of many parts', () => many(600, (n) => folder(`X${n}/${'A/'.repeat(3500)}b`)), TOO_LONG],
    ['a path of 200,000 parts', () => [folder(`${'a/'.repeat(200_000)}b`), manifest()], TOO_LONG],
    ['a path of too many parts', () => [folder(`${'a/'.repeat(255)}b`), manifest()], 'has more than 255 parts.'],
    [
      'paths that share nothing, as long as may be',
      () => many(1000, (n) => folder(many(254, (at) => `${n}-${at}-ABCDEF`).join('/'))),
      'is missing in it.',
    ],
    ['links of many parts', () => [...many(3000, (n) => link(`l${n}`, mostParts)), manifest()], 'not in its manifest'],
    [
      'links through links',
      () => [link('d/l0', '.'), ...many(3000, (n) => link(`d/x${n}`, mostLinks)), manifest()],
      'not in its manifest',
    ],
    [
      'a manifest of commas',
      () => [manifestOf(`{"format":1,"entries":[${'0,'.repeat(31_000_000)}0]}`)],
      'is too large',
    ],
    ['a smaller one', () => [headed(`"entries":[${'0,'.repeat(8_000_000)}0]`)], 'is no manifest (entries.0.)'],
    [
      'a manifest of entries that are not there',
      () => [headed(`"entries":[${`${JSON.stringify(listed(''))},`.repeat(250_000)}0]`)],
      'Its manifest lists more than can be in it.',
    ],
    [
      'a manifest of brackets',
      () => [headed(`"a":[${'['.repeat(8_000_000)}`)],
      'more than 1048576 bytes for one entry',
    ],
    ['a manifest of lists', () => [headed(`${'"a":[],'.repeat(140_000)}"b":1`)], 'it has 0 lists of entries'],
    [
      'one entry that is too large',
      () => [headed(`"entries":["${'x'.repeat(3_000_000)}"]`)],
      'more than 1048576 bytes',
    ],
  ])(
    '%s',
    async (_, parts, message) => {
      const at = await scratch()
      const kept = await keep(at, archive(...parts()), NOTHING)
      const { stdout } = await run(process.execPath, [child, kept.file, JSON.stringify(kept.expect)], {
        timeout: 20_000,
      })
      const outcome = v.parse(Outcome, JSON.parse(stdout))
      expect(outcome.message).toContain(message)
      expect(outcome.message.length).toBeLessThan(1000)
      expect(outcome).toMatchObject({ name: 'CorruptError' })
      expect(outcome.seconds).toBeLessThan(2)
      expect(outcome.grown).toBeLessThan(200)
    },
    30_000,
  )
})

it('makes no path that it would not read', async () => {
  const at = await scratch()
  await plant(join(at, 'tree'), { a: 'x' })
  const [entry] = await entriesOf(join(at, 'tree'))
  if (entry === undefined) throw new Error('There is no entry.')
  const packed = (path: string) => pack([{ ...entry, path }], join(at, 'x.tar.zst'))
  const linked = (target: string) =>
    pack([{ type: 'link', path: 'l', source: '', modifiedAt: 0, target }], join(at, 'y.tar.zst'))
  await expect(packed('ü'.repeat(2049))).rejects.toThrow('has more than 4096 bytes.')
  await expect(packed(`${'a/'.repeat(255)}b`)).rejects.toThrow('has more than 255 parts.')
  await expect(linked('ü'.repeat(2049))).rejects.toThrow('has more than 4096 bytes.')
  await expect(linked(`${'a/'.repeat(255)}b`)).rejects.toThrow('has more than 255 parts.')
  const written = await packed(`${'a/'.repeat(254)}${'ü'.repeat(1794)}`)
  expect((await unpack(written.file, written)).manifest.entries).toHaveLength(1)
  const longest = await linked('ü'.repeat(2048))
  expect((await unpack(longest.file, longest)).manifest.entries).toHaveLength(1)
})

it('says what is too long in a few words', async () => {
  const name = 'n'.repeat(4000)
  const cases: (readonly [Crafted[], string?])[] = [
    [[file(name), file(name)]],
    [[file(name, 'x', { listed: null })]],
    [[someLink(name, `../${name}`)]],
    [[file('a', 'x', { listed: { type: 'file', path: 'a', size: 1, mode: name, sha256: '', source: '' } })]],
    [[], JSON.stringify({ ...HEAD, entries: [{ type: 'x'.repeat(200_000) }] })],
    [[], JSON.stringify({ ...HEAD, metadata: { ['x'.repeat(200_000)]: 1 }, entries: [] })],
    [[], `{"format":1,${'x'.repeat(200_000)}`],
  ]
  for (const [entries, text] of cases) {
    const tar = await tarOf(entries, text === undefined ? {} : { manifest: text })
    const kept = await keep(await scratch(), compressed(tar), amountOf(entries))
    const error = await unpack(kept.file, kept.expect).catch((reason) => reason)
    expect(error).toBeInstanceOf(CorruptError)
    expect(error.message.length).toBeLessThan(500)
  }
})

it('writes nothing when the disk has less room than the snapshot is said to need', async () => {
  const at = await scratch()
  await mkdir(join(at, 'into'))
  const entries = [file('a')]
  const kept = await keep(at, compressed(await tarOf(entries)), { files: 1, bytes: 1e15 })
  const error = await unpack(kept.file, kept.expect, { into: join(at, 'into') }).catch((reason) => reason)
  expect(error).toBeInstanceOf(ActionError)
  expect(error).not.toBeInstanceOf(CorruptError)
  expect(error.text).toMatch(/: its disk has [\d.]+ MB free, and 1000000067\.1 MB are needed\.\nFree as much/)
  expect(await readdir(join(at, 'into'))).toEqual([])
  await expect(unpack(kept.file, kept.expect)).rejects.toThrow('It holds less than')
})
