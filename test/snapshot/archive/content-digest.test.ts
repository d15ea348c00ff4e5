import fc from 'fast-check'
import { expect, it } from 'vitest'
import { contentDigest } from '../../../actions/snapshot/archive/content-digest.ts'
import { byPath } from '../../../actions/snapshot/archive/order.ts'
import type { ArchivedEntry, FullManifest } from '../../../actions/snapshot/manifest.ts'
import { HEAD } from './setup.ts'

const FILE: ArchivedEntry = {
  type: 'file',
  path: 'b',
  size: 1,
  mode: '0644',
  sha256: 'a'.repeat(64),
  source: 'path: b',
}
const FOLDER: ArchivedEntry = { type: 'directory', path: 'a', mode: '0755', source: 'path: a' }
const LINK: ArchivedEntry = { type: 'link', path: 'c', target: 'b', source: 'path: c' }
const MANIFEST: FullManifest = { ...HEAD, entries: [FILE, FOLDER, LINK] }
const DIGEST = contentDigest(MANIFEST)

it.each<[string, Partial<FullManifest>]>([
  ['id', { id: 'other-20261127T021700123Z-1f3a5c7', series: 'other' }],
  ['time', { created_at: '2027-01-01T00:00:00Z' }],
  ['reason', { reason: 'scheduled' }],
  ['commit and ref', { commit: 'f'.repeat(40), ref: '' }],
  ['run', { run: { repository: 'a/b', id: 1, attempt: 2 } }],
  ['maker', { made_by: 'somebody' }],
  ['source', { entries: [{ ...FILE, source: 'command: b' }, FOLDER, LINK] }],
  ['order', { entries: [LINK, FILE, FOLDER] }],
])('stays the same with another %s', (_, change) => {
  expect(contentDigest({ ...MANIFEST, ...change })).toBe(DIGEST)
})

it.each<[string, Partial<FullManifest>]>([
  ['deployment id', { deployment_id: '6' }],
  ['missing deployment id', { deployment_id: null }],
  ['metadata', { metadata: { disk: 'snap-18' } }],
  ['name of metadata', { metadata: { other: 'snap-17' } }],
  ['path', { entries: [{ ...FILE, path: 'bb' }, FOLDER, LINK] }],
  ['size', { entries: [{ ...FILE, size: 2 }, FOLDER, LINK] }],
  ['mode of a file', { entries: [{ ...FILE, mode: '0755' }, FOLDER, LINK] }],
  ['SHA-256', { entries: [{ ...FILE, sha256: 'b'.repeat(64) }, FOLDER, LINK] }],
  ['mode of a folder', { entries: [FILE, { ...FOLDER, mode: '0700' }, LINK] }],
  ['target', { entries: [FILE, FOLDER, { ...LINK, target: 'a' }] }],
  ['missing entry', { entries: [FILE, LINK] }],
])('differs with another %s', (_, change) => {
  expect(contentDigest({ ...MANIFEST, ...change })).not.toBe(DIGEST)
})

/** The text is documented, and people compute it themselves: it never changes. */
it('is the digest of the documented text', () => {
  expect(DIGEST).toMatchInlineSnapshot(`"sha256:c066d3f6a0b66e1ebda711e8c828b66c89e9b43e85c196768c072ee3b430ad2b"`)
})

it('is the same for the same content only, whatever it contains', () => {
  const text = fc.string({ unit: 'binary', maxLength: 6 }).map((value) => value.toWellFormed())
  const metadata = fc.dictionary(text, text, { noNullPrototype: true, maxKeys: 3 })
  const bound = fc.record({ deployment_id: fc.option(text), metadata })
  fc.assert(
    fc.property(bound, bound, (one, other) => {
      const same = JSON.stringify(canonical(one)) === JSON.stringify(canonical(other))
      expect(contentDigest({ ...one, entries: [] }) === contentDigest({ ...other, entries: [] })).toBe(same)
    }),
  )
})

function canonical({ deployment_id, metadata }: Pick<FullManifest, 'deployment_id' | 'metadata'>): unknown {
  return [deployment_id, Object.entries(metadata).toSorted(([one], [other]) => (one < other ? -1 : 1))]
}

it('orders paths by their bytes', () => {
  const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed())
  fc.assert(
    fc.property(text, text, (one, other) => {
      const bytes = Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other)))
      expect(Math.sign(byPath({ path: one }, { path: other }))).toBe(bytes)
    }),
  )
})
