import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moveOnce } from '../../../actions/snapshot/store/directory-files.ts'
import { TakenError } from '../../../actions/snapshot/store/store.ts'
import { conformance } from './conformance.ts'
import { bytesOf, draft, stored, verification } from './fixtures.ts'
import { newFolder, openAt, openStore } from './setup.ts'

conformance('directory', async () => {
  const folder = await newFolder()
  return {
    store: (series) => openStore(`directory:${folder}`, series),
    plant: (series, name, content) => writeFile(join(folder, series, name), content),
    stop: () => rm(folder, { recursive: true }),
  }
})

describe('a folder', () => {
  let folder: string
  beforeAll(async () => {
    folder = await newFolder()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('is found relative to the workspace, and made when it is not there', async () => {
    const objects = await openAt('directory:backups', { workspace: folder, series: 'site' })
    expect(objects.place).toBe(`the folder ${join(folder, 'backups/site')}`)
    await objects.put('a', Buffer.from('x'))
    expect(await readFile(join(folder, 'backups/site/a'), 'utf8')).toBe('x')
  })

  test('can be read and written by its owner alone', async () => {
    const objects = await openAt(`directory:${folder}/private`)
    await objects.put('a', Buffer.from('x'))
    const modeOf = async (path: string) => ((await lstat(join(folder, path))).mode & 0o777).toString(8)
    expect(await modeOf('private')).toBe('700')
    expect(await modeOf('private/production')).toBe('700')
    expect(await modeOf('private/production/.incoming')).toBe('700')
    expect(await modeOf('private/production/a')).toBe('600')
  })

  test.each([
    ['a file', 'file', /is no folder/, /path of a folder/],
    ['below a file', 'file/below', /a part of its path is a file \(ENOTDIR\)/, /Check the path/],
    ['in a folder that is not there', 'not/there', /it is not there \(ENOENT\)/, /mount what holds it/],
    ['with too long a name', 'x'.repeat(300), /too long/, /shorter/],
  ])('that is %s is refused', async (_, path, message, hint) => {
    await writeFile(join(folder, 'file'), '')
    const opened = openAt(`directory:${path}`, { workspace: folder })
    await expect(opened).rejects.toMatchObject({
      name: 'ActionError',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  test('takes an archive that was written in its spool without a copy', async () => {
    const objects = await openAt(`directory:${folder}/spooled`)
    const file = join(objects.spool ?? '', 'archive')
    await writeFile(file, 'x'.repeat(1000))
    const { ino } = await lstat(file)
    await objects.put('a', { file, size: 1000 })
    expect((await lstat(join(folder, 'spooled/production/a'))).ino).toBe(ino)
    expect(await objects.unfinished()).toEqual([])
  })

  test('takes no archive of another size than was said, from anywhere', async () => {
    const objects = await openAt(`directory:${folder}/changed`)
    for (const place of [objects.spool ?? '', folder]) {
      const file = join(place, 'archive')
      await writeFile(file, 'x'.repeat(999))
      await expect(objects.put('a', { file, size: 1000 })).rejects.toThrow(/has 999 bytes, and should have 1000/)
    }
    expect(await objects.list()).toEqual([])
  })

  test('shows what is being written or was cut off, and removes it', async () => {
    const store = await openStore(`directory:${folder}/cut`, 'production')
    const { archive } = await draft(store)
    const [leftover] = (await store.list()).leftovers
    expect(leftover).toMatchObject({ name: `.incoming/${archive.name}`, size: 1000 })
    expect(Math.abs((leftover?.writtenAt ?? 0) - Date.now())).toBeLessThan(60_000)
    await store.remove(leftover?.name ?? '')
    expect((await store.list()).leftovers).toEqual([])
  })

  test('never leads outside', async () => {
    const objects = await openAt(`directory:${folder}/inside`)
    await writeFile(join(folder, 'inside/outside'), 'x')
    for (const name of ['../outside', '.incoming/../../outside', '..', '.', '', '/etc/hosts']) {
      await expect(objects.get(name)).rejects.toThrow(/is no name of an object/)
      await expect(objects.delete(name)).rejects.toThrow(/is no name of an object/)
    }
    expect(await readdir(join(folder, 'inside'))).toContain('outside')
  })

  test('ends with the signal, and leaves nothing', async () => {
    const { signal, abort } = controller()
    const objects = await openAt(`directory:${folder}/cancelled`, { signal })
    const file = join(folder, 'large')
    await writeFile(file, randomBytes(64_000_000))
    const writing = objects.put('a', { file, size: 64_000_000 })
    const ended = expect(writing).rejects.toThrow('the job was cancelled')
    abort(new Error('the job was cancelled'))
    await ended
    expect(await readdir(join(folder, 'cancelled/production'))).toEqual(['.incoming'])
    expect(await readdir(join(folder, 'cancelled/production/.incoming'))).toEqual([])
  })

  test('is read to the end by a reader whose archive is pruned meanwhile', async () => {
    const objects = await openAt(`directory:${folder}/pruned`)
    const bytes = randomBytes(3_000_000)
    await objects.put('a', bytes)
    const reading = objects.get('a')
    await reading
    await objects.delete('a')
    expect((await bytesOf(reading)).equals(bytes)).toBe(true)
  })

  test('lists more than a thousand objects', async () => {
    const objects = await openAt(`directory:${folder}/many`)
    for (let index = 0; index < 1100; index++) await writeFile(join(folder, 'many/production', `a-${index}`), '')
    expect(await objects.list()).toHaveLength(1100)
  })
})

describe('a check that is dated years ahead', () => {
  const HOUR = 60 * 60 * 1000
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR)
  const shown = async (dated: number, honest: number) => {
    const folder = await newFolder()
    const store = await openStore(`directory:${folder}`, 'production')
    const { manifest } = await stored(store)
    const failed = { ...verification(manifest), at: '9999-12-31T23:59:59.999Z', verified_by: null, problem: 'Damaged.' }
    const path = join(folder, 'production', `${manifest.id}.verified-99991231T235959999Z.json`)
    await writeFile(path, JSON.stringify(failed))
    await utimes(path, ago(dated), ago(dated))
    await store.record({ ...verification(manifest), at: ago(honest).toISOString() })
    const { snapshots, problems } = await store.list()
    expect(problems).toEqual([])
    return snapshots[0]?.verification
  }

  test('is not the newest once another has been recorded after it', async () => {
    expect(await shown(2, 1)).toMatchObject({ verified_by: 'files' })
  })

  test('is the newest of those before it, of the time from which the folder has it', async () => {
    const check = await shown(1, 2)
    expect(check).toMatchObject({ verified_by: null, problem: 'Damaged.' })
    expect(Math.abs(Date.parse(check?.at ?? '') - ago(1).getTime())).toBeLessThan(60_000)
  })
})

describe('a disk that is full', () => {
  test('is named, and nothing is left on it', async (context) => {
    const mount = await mkdtemp(join(tmpdir(), 'slipway-full-'))
    const mounted = await run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount)
    if (!mounted) return context.skip('Nothing can be mounted here.')
    try {
      const objects = await openAt(`directory:${mount}/store`)
      await expect(objects.put('a', randomBytes(2_000_000))).rejects.toMatchObject({
        message: `The folder ${mount}/store/production could not take a: its disk is full (ENOSPC).`,
        hint: expect.stringContaining('Free space'),
      })
      expect(await objects.list()).toEqual([])
      expect(await objects.unfinished()).toEqual([])
      await run('mount', '-o', 'remount,ro', mount)
      const readOnly = await openAt(`directory:${mount}/store`)
      expect(await readOnly.list()).toEqual([])
      await expect(readOnly.put('a', Buffer.from('x'))).rejects.toThrow(/mounted read-only \(EROFS\)/)
    } finally {
      await run('umount', mount)
      await rm(mount, { recursive: true })
    }
  })
})

describe.skipIf(process.getuid?.() === 0)('a folder of somebody else', () => {
  test('is named, with what to do', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'production'))
    await chmod(folder, 0o500)
    await chmod(join(folder, 'production'), 0o500)
    const objects = await openAt(`directory:${folder}`)
    await expect(objects.put('a', Buffer.from('x'))).rejects.toThrow(/the user of this step may not \(EACCES\)/)
  })
})

describe('a file system without hard links', () => {
  const refuse = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }))

  test('takes one of many that come at once, and never replaces it', async () => {
    const folder = await newFolder()
    const names = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => join(folder, `from-${index}`))
    for (const name of names) await writeFile(name, name)
    const to = join(folder, 'to')
    const moved = await Promise.all(names.map((name) => moveOnce(name, to, refuse)))
    expect(moved.filter(Boolean)).toHaveLength(1)
    expect(await readFile(to, 'utf8')).toBe(names[moved.indexOf(true)])
    expect(await moveOnce(names[moved.indexOf(false)] ?? '', to, refuse)).toBe(false)
    expect((await readdir(folder)).filter((name) => name.endsWith('.claim'))).toEqual([])
  })

  test('shows a claim that a crash has left, which blocks its one name until it is removed', async () => {
    const objects = await openAt(`directory:${await newFolder()}`)
    await mkdir(join(objects.spool ?? '', 'a.claim'))
    expect(await objects.unfinished()).toMatchObject([{ name: '.incoming/a.claim' }])
    await objects.delete('.incoming/a.claim')
    expect(await objects.unfinished()).toEqual([])
    await objects.put('a', Buffer.from('x'))
    await expect(objects.put('a', Buffer.from('y'))).rejects.toBeInstanceOf(TakenError)
  })
})

function controller() {
  const controlled = new AbortController()
  return { signal: controlled.signal, abort: (reason: Error) => controlled.abort(reason) }
}

/** Whether the program ended well. */
async function run(program: string, ...args: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, args).then(
    () => true,
    () => false,
  )
}
