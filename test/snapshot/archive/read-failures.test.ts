import { readdirSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { CorruptError, type ReadOptions, readArchive } from '../../../actions/snapshot/archive/read.ts'
import { encodeHeader } from '../../../actions/snapshot/archive/tar-header.ts'
import { ActionError } from '../../../src/errors.ts'
import { amountOf, compressed, file, keep, sha256, tarOf } from './crafted.ts'
import { HEAD, IDENTITY, NEVER, noise, OTHER_IDENTITY, pack, plant, RECIPIENT, scratch, unpack } from './setup.ts'

async function archived(encrypted = false) {
  const at = await scratch()
  await plant(join(at, 'tree'), { a: noise(300_000), b: 'b' })
  const name = encrypted ? 'x.tar.zst.age' : 'x.tar.zst'
  const written = await pack(join(at, 'tree'), join(at, name), { recipients: encrypted ? [RECIPIENT] : [] })
  const identities = encrypted ? [IDENTITY] : []
  const options: ReadOptions = { expect: written, encrypted, identities, signal: NEVER }
  return { at, written, options, bytes: await readFile(written.file) }
}

/** As `of` gives them, and then never anything more, neither an end nor an error. */
function stalled(of: Buffer): Readable {
  let given = false
  return new Readable({
    read() {
      if (!given) this.push(of)
      given = true
    },
  })
}

it.each([false, true])('says how much is missing when the source ends early (encrypted: %s)', async (encrypted) => {
  const { bytes, options } = await archived(encrypted)
  for (const length of [0, 1, 10, 150, 250, 70_000, bytes.length - 1]) {
    const source = Readable.from([bytes.subarray(0, length)])
    await expect(readArchive(source, options)).rejects.toThrow(CorruptError)
    expect(source.destroyed).toBe(true)
  }
})

it('stops at the first byte too many', async () => {
  const { bytes, options } = await archived()
  const source = Readable.from([bytes, Buffer.from('x'), bytes])
  await expect(readArchive(source, options)).rejects.toThrow(`It has more than the ${bytes.length} bytes`)
})

it('names the digest, when nothing else is wrong', async () => {
  const { bytes, options } = await archived()
  const expected = { ...options.expect, digest: `sha256:${'0'.repeat(64)}` }
  await expect(readArchive(Readable.from([bytes]), { ...options, expect: expected })).rejects.toThrow(
    "It does not have the SHA-256 that the snapshot's manifest says.",
  )
})

it.each([
  ['files: fewer', { files: 1 }, 'holds more than'],
  ['files: more', { files: 3 }, 'holds less than'],
  ['bytes: fewer', { bytes: 300_000 }, 'holds more than'],
  ['bytes: more', { bytes: 300_002 }, 'holds less than'],
])('holds the outer manifest against the content: %s', async (_, change, message) => {
  const { bytes, options } = await archived()
  const read = readArchive(Readable.from([bytes]), { ...options, expect: { ...options.expect, ...change } })
  await expect(read).rejects.toThrow(message)
})

it.each([false, true])(
  'passes on what the source fails with, and closes what it wrote (encrypted: %s)',
  async (encrypted) => {
    const { at, bytes, options } = await archived(encrypted)
    const open = readdirSync('/proc/self/fd').length
    for (const length of [0, 100, 100_000, bytes.length]) {
      const into = join(at, `into-${length}`)
      await mkdir(into)
      const failure = new ActionError('The store went away.')
      const source = Readable.from(
        (async function* () {
          yield bytes.subarray(0, length)
          throw failure
        })(),
      )
      await expect(readArchive(source, { ...options, into })).rejects.toBe(failure)
      expect(source.destroyed).toBe(true)
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(open)
  },
)

it('tells when the source was closed without a reason', async () => {
  const { bytes, options } = await archived()
  const source = stalled(bytes.subarray(0, 1000))
  const read = readArchive(source, options)
  source.once('pause', () => {})
  setImmediate(() => source.destroy())
  await expect(read).rejects.toThrow('Reading the archive ended before it was complete.')
})

it.each([false, true])('ends when it is aborted, whatever the source does (encrypted: %s)', async (encrypted) => {
  const { bytes, options } = await archived(encrypted)
  for (const length of [0, 5, 100, 100_000, bytes.length]) {
    const controller = new AbortController()
    const source = stalled(bytes.subarray(0, length))
    const read = readArchive(source, { ...options, signal: controller.signal })
    setImmediate(() => controller.abort(new Error('cancelled')))
    await expect(read).rejects.toThrow('cancelled')
    expect(source.destroyed).toBe(true)
  }
})

/** As many bytes as are being decompressed at once, and more behind them. */
const LARGE = 24_000_000

it.each([10, 3_000_000, LARGE - 100])(
  'finds damage at byte %i of a large archive, by itself or by the digest',
  async (place) => {
    const at = await scratch()
    await plant(join(at, 'tree'), { noise: noise(LARGE) })
    const written = await pack(join(at, 'tree'), join(at, 'x.tar.zst'))
    const bytes = await readFile(written.file)
    bytes.writeUInt8(bytes.readUInt8(place) ^ 0x10, place)
    const fitting = { ...written, digest: `sha256:${sha256(bytes)}` }
    for (const expected of [written, fitting]) {
      const options = { expect: expected, encrypted: false, identities: [], signal: NEVER }
      const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, n) =>
        bytes.subarray(n * 65_536, (n + 1) * 65_536),
      )
      await expect(readArchive(Readable.from(pieces), options)).rejects.toThrow(CorruptError)
      // Noise is kept as it is: of a change in it only the frame's end tells, and that it never sees.
      const source = stalled(bytes.subarray(0, -1))
      if (place === 10) await expect(readArchive(source, options)).rejects.toThrow(CorruptError)
    }
  },
)

it('does not wait for a source that stalls once something is wrong', async () => {
  const { options, bytes } = await archived()
  const damaged = Buffer.from(bytes)
  damaged.fill(7, 20, 200)
  const cases: (readonly [Buffer, Partial<ReadOptions>])[] = [
    [damaged, {}],
    [bytes, { expect: { ...options.expect, bytes: 1 } }],
    [Buffer.concat([bytes, bytes]), {}],
    [Buffer.alloc(1000), { encrypted: true, identities: [IDENTITY] }],
  ]
  for (const [given, change] of cases) {
    const source = stalled(given)
    await expect(readArchive(source, { ...options, ...change })).rejects.toThrow(CorruptError)
    expect(source.destroyed).toBe(true)
  }
})

it('does nothing when it was aborted before', async () => {
  const { bytes, options } = await archived()
  const source = Readable.from([bytes])
  const signal = AbortSignal.abort(new Error('cancelled'))
  await expect(readArchive(source, { ...options, signal })).rejects.toThrow('cancelled')
  expect(source.destroyed).toBe(true)
})

it('asks for the identity that fits, without saying what it was given', async () => {
  const { bytes, options } = await archived(true)
  for (const identities of [[], [OTHER_IDENTITY], ['AGE-SECRET-KEY-1NONSENSE']]) {
    const error = await readArchive(Readable.from([bytes]), { ...options, identities }).catch((reason) => reason)
    expect(error).toBeInstanceOf(ActionError)
    expect(error).not.toBeInstanceOf(CorruptError)
    expect(error.text).toMatch(/identit/)
    expect(JSON.stringify([error.text, error.stack, String(error.cause)])).not.toMatch(/SECRET-KEY-1/)
  }
  const both = await readArchive(Readable.from([bytes]), { ...options, identities: [OTHER_IDENTITY, IDENTITY] })
  expect(both.manifest.id).toBe(HEAD.id)
})

it('says what else than an archive it was given', async () => {
  const { at } = await archived()
  const armored = Buffer.from('-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCg==\n')
  const cases: (readonly [string, Buffer, string])[] = [
    ['y.tar.zst.age', armored, 'It is encrypted as text'],
    ['y.tar.zst.age', Buffer.from('hello'), 'It does not begin as a file that age has encrypted.'],
    ['y.tar.zst.age', Buffer.from('age-encryption.org/v1\n'), 'It does not begin as a file that age has encrypted.'],
    ['y.tar.zst.age', Buffer.from('age-encryption.org/v1\n-> X25519 x\n--- y\n'), 'Its encryption header is damaged'],
    ['y.tar.zst', Buffer.from('hello world'), 'Its content is not compressed with zstd'],
    [
      'y.tar.zst',
      compressed(Buffer.from('hello world'.repeat(100))),
      'Its tar has something else where a header should be.',
    ],
  ]
  for (const [name, bytes, message] of cases) {
    const kept = await keep(at, bytes, { files: 0, bytes: 0 }, name)
    const error = await unpack(kept.file, kept.expect).catch((reason) => reason)
    expect(error).toBeInstanceOf(CorruptError)
    expect(error.message).toContain(message)
  }
})

it('says that an archive is of a later format, which is no damage', async () => {
  const at = await scratch()
  const tar = await tarOf([], { manifest: JSON.stringify({ ...HEAD, format: 2, contents: [] }) })
  const { file: archive, expect: amounts } = await keep(at, compressed(tar), { files: 0, bytes: 0 })
  const error = await unpack(archive, amounts).catch((reason) => reason)
  expect(error).toBeInstanceOf(ActionError)
  expect(error).not.toBeInstanceOf(CorruptError)
  expect(error.message).toBe('The archive has format 2, and this version of the action reads format 1.')
})

const ZEROS = compressed(Buffer.alloc(64 * 1024 ** 2))
const header = (path: string, size: number) =>
  encodeHeader({ type: 'file', path, mode: 0o644, size, modifiedAt: 0, target: '' })

it.each<[string, () => Buffer, string, string[]]>([
  [
    'a file that is larger than all that there should be',
    () => compressed(header('bomb', 1e12)),
    'It holds more than',
    [],
  ],
  ['a huge manifest', () => compressed(header('.slipway-snapshot.json', 1e12)), 'is too large', []],
  ['an endless end', () => Buffer.concat(Array.from({ length: 40 }, () => ZEROS)), 'It grows to more than', []],
])('stops at %s', async (_, bomb, message, left) => {
  const at = await scratch()
  const { file: archive, expect: amounts } = await keep(at, bomb(), { files: 1, bytes: 1000 })
  await mkdir(join(at, 'into'))
  await expect(unpack(archive, amounts, { into: join(at, 'into') })).rejects.toThrow(message)
  expect(await readdir(join(at, 'into'))).toEqual(left)
})

it('is not the fault of the archive when the target cannot be written', async () => {
  const at = await scratch()
  const entries = [file('a/b')]
  const { file: archive, expect: amounts } = await keep(at, compressed(await tarOf(entries)), amountOf(entries))
  const error = await unpack(archive, amounts, { into: join(at, 'missing') }).catch((reason) => reason)
  expect(error).toBeInstanceOf(ActionError)
  expect(error).not.toBeInstanceOf(CorruptError)
  expect(error.message).toMatch(/^"a" cannot be written: ENOENT/)
})
