import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Entry } from '../../../actions/snapshot/content/entry.ts'
import { ActionError } from '../../../src/errors.ts'
import { entriesOf, noise, pack, plant, RECIPIENT, scratch } from './setup.ts'

/** A tree and the entries that were found in it; something may happen to it afterwards. */
async function found() {
  const at = await scratch()
  await plant(join(at, 'tree'), { 'a.txt': 'a', 'b.txt': 'content', 'c.txt': 'c' })
  return { at, victim: join(at, 'tree/b.txt'), entries: await entriesOf(join(at, 'tree')) }
}

it.each<[string, (victim: string) => Promise<unknown>, string]>([
  ['has grown', (victim) => appendFile(victim, 'more'), 'The file "b.txt" has changed while the snapshot was made.'],
  ['has shrunk', (victim) => writeFile(victim, ''), 'The file "b.txt" has changed while the snapshot was made.'],
  ['has vanished', (victim) => rm(victim), 'The file "b.txt" has vanished while the snapshot was made.'],
  [
    'has become a link',
    async (victim) => {
      await rename(victim, `${victim}.away`)
      await symlink('b.txt.away', victim)
    },
    'The file "b.txt" has become a link while the snapshot was made.',
  ],
  [
    'has become a folder',
    async (victim) => {
      await rm(victim)
      await mkdir(victim)
    },
    'The file "b.txt" is no file any more.',
  ],
  [
    'has become a named pipe',
    async (victim) => {
      await rm(victim)
      execFileSync('mkfifo', [victim])
    },
    'The file "b.txt" is no file any more.',
  ],
])('names the file that %s, and leaves nothing', async (_, happen, message) => {
  const { at, victim, entries } = await found()
  await happen(victim)
  const error = await pack(entries, join(at, 'x.tar.zst')).catch((reason) => reason)
  expect(error).toBeInstanceOf(ActionError)
  expect(error.message).toBe(message)
  expect(await readdir(at)).toEqual(['tree'])
})

/** A signal that never fires, and something that happens whenever somebody asks whether it has. */
function whenAsked(happen: () => void): AbortSignal {
  return Object.assign(new AbortController().signal, { throwIfAborted: happen })
}

it('names a file that is written to while it is read', async () => {
  for (const happen of [
    (victim: string) => writeFileSync(victim, 'more', { flag: 'a' }),
    (victim: string) => writeFileSync(victim, 'other', { flag: 'r+' }),
  ]) {
    const at = await scratch()
    await plant(join(at, 'tree'), { large: Buffer.alloc(9_000_000) })
    await utimes(join(at, 'tree/large'), 1, 1)
    const victim = join(at, 'tree/large')
    const packed = pack(join(at, 'tree'), join(at, 'x.tar.zst'), { signal: whenAsked(() => happen(victim)) })
    await expect(packed).rejects.toThrow('The file "large" has changed while the snapshot was made.')
    expect(await readdir(at)).toEqual(['tree'])
  }
})

it.each([[[]], [[RECIPIENT]]])(
  'leaves nothing when it is aborted, at whatever moment (recipients: %j)',
  async (recipients) => {
    const at = await scratch()
    await plant(join(at, 'tree'), { large: Buffer.alloc(36_000_000), small: 'x' })
    const open = readdirSync('/proc/self/fd').length
    for (const moment of [0, 1, 2, 4, 8]) {
      const controller = new AbortController()
      let asked = 0
      const signal = Object.assign(controller.signal, {
        throwIfAborted() {
          if (asked === moment) controller.abort(new Error('cancelled'))
          asked += 1
          AbortSignal.prototype.throwIfAborted.call(controller.signal)
        },
      })
      await expect(pack(join(at, 'tree'), join(at, 'x.tar.zst'), { signal, recipients })).rejects.toThrow('cancelled')
      expect(await readdir(at)).toEqual(['tree'])
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(open)
  },
)

it('leaves a file alone that is there already', async () => {
  const { at, entries } = await found()
  await writeFile(join(at, 'x.tar.zst'), 'precious')
  await expect(pack(entries, join(at, 'x.tar.zst'))).rejects.toThrow(
    `The archive cannot be written to ${at}/x.tar.zst: `,
  )
  expect(await readFile(join(at, 'x.tar.zst'), 'utf8')).toBe('precious')
})

it('says where it cannot write', async () => {
  const { at, entries } = await found()
  await expect(pack(entries, join(at, 'missing/x.tar.zst'))).rejects.toThrow(ActionError)
})

it('says when the file cannot grow any more, and leaves nothing', async () => {
  const at = await scratch()
  await plant(join(at, 'tree'), { large: noise(3_000_000) })
  const setup = new URL('./setup.ts', import.meta.url).pathname
  const script = `
    import { pack } from ${JSON.stringify(setup)}
    const error = await pack('tree', 'x.tar.zst').catch((reason) => reason)
    console.log(JSON.stringify([error.constructor.name, error.message]))`
  // With the signal ignored, a write beyond the limit fails as it does on a full disk. Blocks of 1024 bytes.
  const limited = `trap '' XFSZ; ulimit -f 1000; exec "$0" --input-type=module --eval "$1"`
  const output = execFileSync('bash', ['-c', limited, process.execPath, script], {
    cwd: at,
    encoding: 'utf8',
  })
  expect(JSON.parse(output)).toEqual([
    'ActionError',
    expect.stringMatching(/^The archive cannot be written to x.tar.zst: EFBIG/),
  ])
  expect(await readdir(at)).toEqual(['tree'])
})

it('refuses recipients that the library refuses, and leaves nothing', async () => {
  const { at, entries } = await found()
  const error = await pack(entries, join(at, 'x.tar.zst.age'), { recipients: ['age1mistyped'] }).catch(
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(ActionError)
  expect(error.message).toMatch(/^Encrypting for the recipients failed: /)
  expect(await readdir(at)).toEqual(['tree'])
})

const COMMON = { source: 'path: **', modifiedAt: 0 }
const folder = (path: string): Entry => ({ ...COMMON, type: 'directory', path, mode: 0o755 })
const link = (path: string, target: string): Entry => ({ ...COMMON, type: 'link', path, target })

it.each<[string, readonly Entry[], string]>([
  ['a path twice', [folder('a'), folder('a')], '"a" is there twice.'],
  ['a collision', [folder('a'), folder('A')], '"a" and "A" are the same on a file system'],
  ['a path upwards', [folder('../a')], 'The path "../a" leads out of the snapshot.'],
  ['a control character', [folder('a\tb')], 'The path "a\\tb" contains a control character.'],
  ['half a character', [folder('a\ud83d')], 'is no Unicode text.'],
  ['a link outside', [link('a', '../b')], 'The link "a" to "../b" leads out of the snapshot.'],
  ['links outside', [link('d/up', '..'), link('a', 'd/up/..')], 'The link "a" to "d/up/.." leads out of the snapshot.'],
  ['something below a link', [link('a', 'b'), folder('a/c')], '"a" is a link, and "a/c" needs a folder there.'],
  ['its own manifest', [folder('.slipway-snapshot.json')], "is the name of the snapshot's own manifest."],
])('refuses what could not be restored: %s', async (_, entries, message) => {
  const at = await scratch()
  const error = await pack(entries, join(at, 'x.tar.zst')).catch((reason) => reason)
  expect(error).toBeInstanceOf(ActionError)
  expect(error.message).toContain('This cannot be kept in a snapshot: ')
  expect(error.message).toContain(message)
  expect(error.hint).not.toBe('')
  expect(await readdir(at)).toEqual([])
})
