import fc from 'fast-check'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { ManifestParser } from '../../../actions/snapshot/archive/manifest-parser.ts'
import { manifestText } from '../../../actions/snapshot/archive/manifest-text.ts'
import { type ArchivedEntry, FullManifest } from '../../../actions/snapshot/manifest.ts'
import { HEAD } from './setup.ts'

function parse(text: string, size = 7): FullManifest {
  const listed: ArchivedEntry[] = []
  const parser = new ManifestParser((entry) => {
    listed.push(entry)
    return entry
  })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size))
  const manifest = parser.end()
  expect(manifest.entries).toEqual(listed)
  return manifest
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const tricky = fc.oneof(
  text,
  fc.constantFrom('"entries":[', '{,"entries": [{', '\\"', ']}', '\\', ',', '"}],"entries":[]'),
)
const digest = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
const entry: fc.Arbitrary<ArchivedEntry> = fc.oneof(
  fc.record({
    type: fc.constant('file' as const),
    path: tricky,
    size: fc.nat(),
    mode: tricky,
    sha256: digest,
    source: tricky,
  }),
  fc.record({ type: fc.constant('directory' as const), path: tricky, mode: tricky, source: tricky }),
  fc.record({ type: fc.constant('link' as const), path: tricky, target: tricky, source: tricky }),
)
// The input refuses these as keys, since parsers of the manifest drop them.
const key = tricky.filter((some) => !['__proto__', 'prototype', 'constructor'].includes(some))
const manifest = fc.record({
  metadata: fc.dictionary(key, tricky, { noNullPrototype: true }),
  deployment_id: fc.option(tricky),
  made_by: tricky,
  entries: fc.array(entry, { maxLength: 5 }),
})

it('reads any manifest as JSON.parse does, however it is laid out and cut', () => {
  fc.assert(
    fc.property(
      manifest,
      fc.constantFrom(undefined, 2, '\t'),
      fc.boolean(),
      fc.integer({ min: 1, max: 50 }),
      (some, indent, first, size) => {
        const { entries, ...rest } = { ...HEAD, ...some }
        const value = first ? { entries, ...rest } : { ...rest, entries, extra: { entries: [[]] } }
        expect(parse(JSON.stringify(value, undefined, indent), size)).toEqual(v.parse(FullManifest, value))
      },
    ),
  )
})

it('reads what it writes', () => {
  fc.assert(
    fc.property(manifest, (some) => {
      const whole = { ...HEAD, ...some }
      const { entries, ...head } = whole
      expect(parse([...manifestText(head, entries)].join(''))).toEqual(whole)
    }),
  )
})

const FOLDER = '{"type":"directory","path":"a","mode":"0755","source":""}'
const around = (entries: string) => JSON.stringify({ ...HEAD, entries: [] }).replace('"entries":[]', entries)

it.each([
  ['nothing', '', 'is not JSON'],
  ['a list', '[]', 'is no manifest'],
  ['no entries', around('"other":[]'), 'it has 0 lists of entries'],
  ['entries that are no list', around('"entries":{}'), 'it has 0 lists of entries'],
  ['two lists of entries', around(`"entries":[],"entries":[${FOLDER}]`), 'it has 2 lists of entries'],
  ['a comma too many', around(`"entries":[${FOLDER},]`), 'is not JSON'],
  ['a comma at the start', around(`"entries":[,${FOLDER}]`), 'is not JSON'],
  ['two commas', around(`"entries":[${FOLDER},,${FOLDER}]`), 'is not JSON'],
  ['a missing comma', around(`"entries":[${FOLDER}${FOLDER}]`), 'is not JSON'],
  ['the wrong bracket', around(`"entries":[${FOLDER}}`), 'is not JSON'],
  ['the wrong bracket further in', around('"entries":[{"type":"directory"]]'), 'is not JSON'],
  ['an end too early', around(`"entries":[${FOLDER}]`).slice(0, -1), 'is not JSON'],
  ['an end within the entries', around(`"entries":[${FOLDER}`).split('"other"')[0]?.slice(0, -1) ?? '', 'is not JSON'],
  ['something behind', `${around(`"entries":[${FOLDER}]`)}[]`, 'is not JSON'],
  ['another entry', around('"entries":[{"type":"device"}]'), '(entries.0.type)'],
  ['an entry that is wrong later', around(`"entries":[${FOLDER},{"type":"link","path":1}]`), '(entries.1.path)'],
  ['a wrong head', around(`"entries":[${FOLDER}],"id":"no"`), '(id)'],
])('refuses %s', (_, json, message) => {
  expect(() => parse(json)).toThrow(message)
})

it('knows another format before it looks at entries', () => {
  expect(() => parse('{"entries":[1,"x",{}],"format":2}')).toThrow('The archive has format 2')
  expect(() => parse('{"format":3}')).toThrow('The archive has format 3')
})
