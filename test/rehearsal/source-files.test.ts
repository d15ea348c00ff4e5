import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listSource } from '../../rehearsal/runner/source-files.ts'
import { jobOf, printed, rehearseText } from '../support/rehearse.ts'

let source = ''
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'slipway-source-'))
})
afterEach(() => rmSync(source, { recursive: true }))

function write(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(source, file)), { recursive: true })
    writeFileSync(join(source, file), file)
  }
}

function git(...args: readonly string[]): void {
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    cwd: source,
    stdio: 'ignore',
  })
}

describe('of a folder without git the rehearsal takes', () => {
  test('everything but node_modules and .git, built folders included', async () => {
    write('dist/index.html', 'build/a.txt', '.env.example', 'node_modules/a/index.js', 'sub/node_modules/b.js')
    symlinkSync('nowhere', join(source, 'dangling'))
    expect(await listSource(source)).toEqual({
      source,
      files: ['.env.example', 'build/a.txt', 'dangling', 'dist/index.html'],
      leftOut: [],
    })
  })

  test('neither pipes nor sockets, and says so', async () => {
    write('index.html')
    execFileSync('mkfifo', [join(source, 'pipe')])
    const rehearsal = await rehearseText(jobOf(`- run: 'true'`), { repository: source })
    expect(rehearsal.notes).toEqual(['Not copied: pipe (neither a file nor a link)'])
  })

  test('nothing when it is too large to be a project', async () => {
    write('large.bin')
    truncateSync(join(source, 'large.bin'), 200_000_001)
    await expect(listSource(source)).rejects.toThrow(
      `${source} is not under git and holds more than 20,000 files or 200 MB, which is too much to copy`,
    )
  })

  test('so a site that is only dist/ can be rehearsed', async () => {
    write('dist/index.html')
    const steps = `- uses: actions/checkout@v7\n- { name: List, run: ls dist }`
    expect(printed(await rehearseText(jobOf(steps), { repository: source }), 'List')).toEqual(['index.html'])
  })
})

describe('of a folder under git the rehearsal takes', () => {
  beforeEach(() => git('init', '--quiet'))

  test('what git has or would add, and what is committed of node_modules too', async () => {
    write('.gitignore', 'index.html', 'new.txt', 'dist/a.js', 'node_modules/kept/index.js', '.wrangler/tmp/x')
    writeFileSync(join(source, '.gitignore'), 'dist/\n')
    git('add', 'index.html', '.gitignore')
    git('add', '--force', 'node_modules/kept')
    write('node_modules/untracked.js')
    const { files, leftOut } = await listSource(source)
    expect(files.toSorted()).toEqual(['.gitignore', 'index.html', 'new.txt', 'node_modules/kept/index.js'])
    expect(leftOut).toEqual(['.wrangler (not committed)'])
  })

  test('no repository inside it, and says so', async () => {
    write('index.html', 'vendor/lib/a.txt')
    execFileSync('git', ['init', '--quiet', join(source, 'vendor', 'lib')])
    const rehearsal = await rehearseText(jobOf(`- run: 'true'`), { repository: source })
    expect(rehearsal.notes).toEqual(['Not copied: vendor/lib (a repository of its own)'])
  })

  test('everything where a repository further up ignores it', async () => {
    write('.gitignore', 'site/dist/index.html')
    writeFileSync(join(source, '.gitignore'), 'site/\n')
    expect((await listSource(join(source, 'site'))).files).toEqual(['dist/index.html'])
  })
})
