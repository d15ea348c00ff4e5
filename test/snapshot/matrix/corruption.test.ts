/**
 * Archives with one byte changed, or cut short: every byte of a small one, and places all over a larger one. Each is found
 * by `verify` and by `restore`, and nothing of it reaches the target. With the outer digest made to fit, the checks inside
 * have to find it alone; what they do not find is counted, and has to be a change that changes nothing.
 */
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { CorruptError, type ReadOptions, readArchive } from '../../../actions/snapshot/archive/read.ts'
import { ActionError } from '../../../src/errors.ts'
import { sha256 } from '../archive/crafted.ts'
import { IDENTITY, NEVER, noise, pack, plant, RECIPIENT, scratch, type Tree } from '../archive/setup.ts'

const SEED = 20_261_127
/** Bytes: a frame's magic number and its header, where a change may leave a valid frame. */
const FIRST = 6
const SMALL: Tree = { a: 'a', d: { content: null, mode: 0o700 }, 'd/b.txt': 'content', l: { to: 'a' } }
const LARGE: Tree = {
  'app.js': Array.from({ length: 20_000 }, (_, line) => `export const value${line} = ${line ** 3 % 9973}\n`).join(''),
  'photo.jpg': noise(150_000),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, file) => [`pages/${file}.html`, `<p>${file}</p>`.repeat(file)])),
}

/** Numbers below a limit, the same each time: mulberry32. */
function random(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

interface Damage {
  readonly what: string
  readonly bytes: Buffer
}

/** The places in turn, each with another value, and a third of them as the length; the first bytes with every value. */
function* damages(archive: Buffer, places: number): Generator<Damage> {
  const below = random(SEED)
  for (let at = 0; at < FIRST; at += 1) {
    for (let other = 1; other < 256; other += 1) yield changed(archive, at, other)
  }
  for (let place = 0; place < places; place += 1) {
    const start = Math.floor((place * archive.length) / places)
    const span = Math.max(1, Math.floor(archive.length / places))
    const at = Math.min(start + below(span), archive.length - 1)
    yield changed(archive, at, 1 + below(255))
    if (place % 3 === 0) yield { what: `cut after ${at} of ${archive.length}`, bytes: archive.subarray(0, at) }
  }
}

function changed(archive: Buffer, at: number, other: number): Damage {
  const bytes = Buffer.from(archive)
  bytes.writeUInt8(bytes.readUInt8(at) ^ other, at)
  return { what: `byte ${at} of ${archive.length} xor ${other}`, bytes }
}

/** Restores as the action does: beside the target first, and renamed only when all is well. */
async function restore(at: string, bytes: Buffer, options: ReadOptions): Promise<string> {
  const [partial, target] = [join(at, 'partial'), join(at, 'target')]
  await mkdir(partial)
  try {
    const { contentDigest } = await readArchive(Readable.from([bytes]), { ...options, into: partial })
    await rename(partial, target)
    return contentDigest
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

it.each<[string, Tree, boolean, number]>([
  ['every byte of a small archive', SMALL, false, Number.POSITIVE_INFINITY],
  ['every byte of a small encrypted archive', SMALL, true, Number.POSITIVE_INFINITY],
  ['places all over a larger archive', LARGE, false, 500],
  ['places all over a larger encrypted archive', LARGE, true, 500],
])(
  'finds damage at %s',
  async (what, tree, encrypted, places) => {
    const at = await scratch()
    await plant(join(at, 'tree'), tree)
    const recipients = encrypted ? [RECIPIENT] : []
    const written = await pack(join(at, 'tree'), join(at, 'archive'), { recipients })
    const archive = await readFile(written.file)
    const options: ReadOptions = { expect: written, encrypted, identities: encrypted ? [IDENTITY] : [], signal: NEVER }

    const harmless: string[] = []
    let tried = 0
    for (const { what: damage, bytes } of damages(archive, Math.min(places, archive.length))) {
      tried += 1
      await expectFound(() => readArchive(Readable.from([bytes]), options), damage)
      await expectFound(() => restore(at, bytes, options), damage)
      await expect(access(join(at, 'target')), damage).rejects.toThrow('ENOENT')

      const fitting = { ...options, expect: { ...written, size: bytes.length, digest: `sha256:${sha256(bytes)}` } }
      const verified = await found(async () => (await readArchive(Readable.from([bytes]), fitting)).contentDigest)
      const restored = await found(() => restore(at, bytes, fitting))
      if (restored instanceof Error && verified instanceof Error) continue
      harmless.push(damage)
      expect([verified, restored], damage).toEqual([written.contentDigest, written.contentDigest])
      await rm(join(at, 'target'), { recursive: true })
    }
    console.log(`${what}: ${tried} tried, all found; ${harmless.length} by the digest alone, which change nothing`)
    expect(tried).toBeGreaterThan(Math.min(places, archive.length))
    // A frame's header may ask for more memory than it needs, and has a bit without a meaning. age covers all of its bytes.
    expect(new Set(harmless.map((damage) => damage.split(' xor ')[0]))).toEqual(
      new Set(encrypted ? [] : [`byte 4 of ${archive.length}`, `byte 5 of ${archive.length}`]),
    )
  },
  900_000,
)

async function expectFound(read: () => Promise<unknown>, damage: string): Promise<void> {
  const error = await found(read)
  expect(error, damage).toBeInstanceOf(ActionError)
  // Where age's own header is damaged, it may look as if it was made for others.
  if (!(error instanceof CorruptError))
    expect(error, damage).toMatchObject({ message: expect.stringContaining('identity') })
}

/** What it fails with, or what it gives. */
async function found(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read()
  } catch (error) {
    return error
  }
}
