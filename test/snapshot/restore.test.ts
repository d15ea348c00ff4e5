/** What `restore`, `verify` and `list` promise. */
import { chmod, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorOf, filesBelow, green, type Scene, startScene } from './setup.ts'

async function archiveOf(scene: Scene): Promise<string> {
  const name = (await scene.kept()).find((file) => file.includes('.tar.zst'))
  if (name === undefined) throw new Error('There is no archive.')
  return join(scene.store, name)
}

async function damage(file: string): Promise<void> {
  const bytes = await readFile(file)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await chmod(file, 0o600)
  await writeFile(file, bytes)
}

describe('restore', () => {
  it('leaves a folder that is not empty alone, unless it may replace it', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    await scene.write({ 'out/mine.txt': 'mine\n' })
    const refused = await scene.run({ operation: 'restore', target: 'out' })
    expect(errorOf(refused)).toMatch(/out is not empty[\s\S]*overwrite: true/)
    expect(await filesBelow(join(scene.workspace, 'out'))).toEqual({ 'mine.txt': 'mine\n' })
    green(await scene.run({ operation: 'restore', target: 'out', overwrite: 'true' }))
    expect(await filesBelow(join(scene.workspace, 'out'))).toEqual({ 'site/index.html': '<p>Hello</p>\n' })
    expect((await readdir(scene.workspace)).sort()).toEqual(['out', 'site'])
  })

  it.each([
    ['the workspace', '.'],
    ['what holds the workspace', '..'],
    ['a file', 'site/index.html'],
  ])('refuses to replace %s', async (_, target) => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    expect(errorOf(await scene.run({ operation: 'restore', target, overwrite: 'true' }))).toMatch(/target/)
    expect(await filesBelow(scene.workspace)).toEqual({ 'site/index.html': '<p>Hello</p>\n' })
  })

  it('touches nothing when the archive is damaged, and leaves nothing beside the target', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    await damage(await archiveOf(scene))
    await scene.write({ 'out/mine.txt': 'mine\n' })
    const failed = await scene.run({ operation: 'restore', target: 'out', overwrite: 'true' })
    expect(errorOf(failed)).toContain('.tar.zst')
    expect(await filesBelow(join(scene.workspace, 'out'))).toEqual({ 'mine.txt': 'mine\n' })
    expect((await readdir(scene.workspace)).sort()).toEqual(['out', 'site'])
  })

  it('gives folders and files the modes that they had', async () => {
    await using scene = await startScene({ 'site/private/key.txt': 'k\n' })
    await chmod(join(scene.workspace, 'site/private'), 0o750)
    await chmod(join(scene.workspace, 'site/private/key.txt'), 0o640)
    green(await scene.run({ paths: 'site' }))
    green(await scene.run({ operation: 'restore', target: 'deep/new/out' }))
    const mode = async (path: string) => (await stat(join(scene.workspace, path))).mode & 0o7777
    expect(await mode('deep/new/out/site/private')).toBe(0o750)
    expect(await mode('deep/new/out/site/private/key.txt')).toBe(0o640)
    expect(await mode('deep/new/out')).toBe(0o755)
  })
})

describe('which snapshot', () => {
  it('is the latest of a reason, of a commit, or the one that is named', async () => {
    await using scene = await startScene()
    const first = green(await scene.run({ paths: 'site', reason: 'pre-deploy' })).outputs['snapshot-id'] ?? ''
    await scene.write({ 'site/index.html': 'two\n' })
    const second = green(await scene.run({ paths: 'site', reason: 'scheduled' })).outputs['snapshot-id'] ?? ''
    const chosen = async (snapshot: string) =>
      green(await scene.run({ operation: 'verify', snapshot })).outputs['snapshot-id']
    expect(await chosen('latest')).toBe(second)
    expect(await chosen('latest:pre-deploy')).toBe(first)
    expect(await chosen('1f3a5c7')).toBe(second)
    expect(await chosen(first)).toBe(first)
    expect(errorOf(await scene.run({ operation: 'verify', snapshot: 'latest:manual' }))).toMatch(
      /manual[\s\S]*(pre-deploy|scheduled)/,
    )
    expect(errorOf(await scene.run({ operation: 'verify', snapshot: 'deadbeef' }))).toContain('deadbeef')
  })

  it('is none in an empty series, which is said', async () => {
    await using scene = await startScene()
    expect(errorOf(await scene.run({ operation: 'restore', target: 'out' }))).toMatch(/production/)
  })
})

describe('verify', () => {
  it('runs the drill on what it restores, and records it', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    const verified = green(await scene.run({ operation: 'verify', 'drill-command': 'grep -q Hello site/index.html' }))
    expect(verified.summary).toContain('the drill-command succeeded there')
    const { outputs } = green(await scene.run({ operation: 'list' }))
    expect(JSON.parse(outputs['snapshots'] ?? '')).toMatchObject([{ verified_by: 'drill', problem: null }])
  })

  it('says that the files are whole when only the age is at fault', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    const stale = await scene.run({ operation: 'verify', 'fail-if-older-than': '1ms' })
    expect(errorOf(stale)).toContain('fail-if-older-than')
    expect(stale.summary).toMatch(/: verified[\s\S]*the check does not pass/)
    expect(stale.summary).not.toContain('not verified')
  })

  it('fails when the drill fails, with what it said', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    const failed = await scene.run({ operation: 'verify', 'drill-command': "sh -c 'echo no customers >&2; exit 4'" })
    expect(errorOf(failed)).toMatch(/drill of production-.* failed[\s\S]*exit code 4[\s\S]*no customers/)
  })

  it('notes that one is damaged, so that it is no longer the latest and counts for no age', async () => {
    await using scene = await startScene()
    const good = green(await scene.run({ paths: 'site' })).outputs['snapshot-id']
    await scene.write({ 'site/index.html': 'two\n' })
    const bad = green(await scene.run({ paths: 'site' })).outputs['snapshot-id'] ?? ''
    await damage(join(scene.store, `${bad}.tar.zst`))
    expect(errorOf(await scene.run({ operation: 'verify', snapshot: bad }))).toContain(bad)
    const listed = green(await scene.run({ operation: 'list' }))
    expect(listed.summary).toContain('**damaged**')
    expect(JSON.parse(listed.outputs['snapshots'] ?? '')).toMatchObject([{ id: bad, verified_by: null }, { id: good }])
    expect(green(await scene.run({ operation: 'verify' })).outputs['snapshot-id']).toBe(good)
  })

  it('finds that an archive is gone, or cut short', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    const archive = await archiveOf(scene)
    await truncate(archive, 100)
    expect(errorOf(await scene.run({ operation: 'verify' }))).toContain('.tar.zst')
    await rm(archive)
    const { outputs } = green(await scene.run({ operation: 'list' }))
    expect(outputs['age']).toBe('')
  })
})

describe('list', () => {
  it('fails when the newest verified one is older than it may be, after it has listed', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    green(await scene.run({ operation: 'list', 'fail-if-older-than': '1h' }))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const stale = await scene.run({ operation: 'list', 'fail-if-older-than': '1s' })
    expect(errorOf(stale)).toMatch(/production/)
    expect(JSON.parse(stale.outputs['snapshots'] ?? '')).toHaveLength(1)
  })

  it('fails for an empty series that may not be old', async () => {
    await using scene = await startScene()
    expect(green(await scene.run({ operation: 'list' })).outputs).toMatchObject({ snapshots: '[]', age: '' })
    expect(errorOf(await scene.run({ operation: 'list', 'fail-if-older-than': '26h' }))).toMatch(/no .*snapshot/i)
  })

  it('does not list what is not complete, and says what it cannot read', async () => {
    await using scene = await startScene()
    green(await scene.run({ paths: 'site' }))
    await writeFile(join(scene.store, 'production-20200101T000000000Z-1f3a5c7.json'), '{')
    await writeFile(join(scene.store, 'production-20200102T000000000Z-1f3a5c7.tar.zst'), 'half')
    const listed = await scene.run({ operation: 'list' })
    expect(JSON.parse(green(listed).outputs['snapshots'] ?? '')).toHaveLength(1)
    expect(listed.annotations.map(({ level }) => level)).toEqual(['warning'])
  })
})
