import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { search } from '../../rehearsal/standins/actions/upload-artifact/search.ts'
import { jobOf, outcomes, printed, rehearseText, step } from '../support/rehearse.ts'

describe('artifacts', () => {
  test('carry files from job to job, with their digest, and lose permissions on the way', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: { digest: '\${{ steps.up.outputs.artifact-digest }}', url: '\${{ steps.up.outputs.artifact-url }}' }
    steps:
      - run: mkdir -p dist/a dist/.well-known && echo 1 > dist/a/one && echo 2 > dist/.well-known/two && chmod +x dist/a/one
      - { id: up, uses: actions/upload-artifact@v7, with: { name: site, path: dist, retention-days: 3 } }
      - { uses: actions/upload-artifact@v7, with: { name: all, path: dist/, include-hidden-files: true } }
  deploy:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - { name: Down, id: down, uses: actions/download-artifact@v8, with: { name: site, path: out } }
      - { uses: actions/download-artifact@v8, with: { path: every } }
      - { name: Show, run: 'find out every -type f | sort; test -x out/a/one || echo "not executable"' }
`)
    expect(rehearsal.result).toBe('success')
    expect(printed(rehearsal, 'Show')).toEqual([
      'every/all/.well-known/two',
      'every/all/a/one',
      'every/site/a/one',
      'out/a/one',
      'not executable',
    ])
    expect(rehearsal.jobs[0]?.outputs['digest']).toMatch(/^[0-9a-f]{64}$/)
    expect(rehearsal.jobs[0]?.outputs['url']).toMatch(/\/actions\/runs\/\d+\/artifacts\/\d+$/)
    expect(printed(rehearsal, 'Down')[0]).toMatch(/, to \.\/out$/)
    expect(step(rehearsal, 'Down').outputs['download-path']).toMatch(/\/out$/)
  })

  test('that do not exist fail the download, as with continue-on-error a workflow may rebuild', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Down, id: down, continue-on-error: true, uses: actions/download-artifact@v8, with: { name: site } }
- { name: Again, if: steps.down.outcome != 'success', run: 'true' }
`),
    )
    expect(outcomes(rehearsal)).toEqual(['Down: failure → success', 'Again: success'])
    expect(step(rehearsal, 'Down').annotations[0]?.message).toMatch(
      /^Unable to download artifact\(s\): Artifact not found for name: site\n/,
    )
  })

  test('that were changed since are refused', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { run: 'echo 1 > one' }
- { uses: actions/upload-artifact@v7, with: { name: site, path: one } }
- { run: 'echo 2 > "$GITHUB_WORKSPACE"/../../../artifacts/1001/one' }
- { name: Down, uses: actions/download-artifact@v8, with: { name: site } }
`),
    )
    expect(step(rehearsal, 'Down').annotations[0]?.message).toContain('digest mismatch for site')
  })

  test('never change: a second one of the name needs overwrite', async () => {
    const upload = (name: string, more = '') =>
      `- { name: ${name}, continue-on-error: true, uses: actions/upload-artifact@v7, with: { path: one${more} } }`
    const rehearsal = await rehearseText(
      jobOf(
        `- { run: 'echo 1 > one' }\n${upload('First')}\n${upload('Second')}\n${upload('Third', ', overwrite: true')}`,
      ),
    )
    expect(outcomes(rehearsal).slice(1)).toEqual(['First: success', 'Second: failure → success', 'Third: success'])
    expect(step(rehearsal, 'Second').annotations[0]?.message).toContain('(409) Conflict')
  })

  test.each([
    ['', 'success', 'warning'],
    ['if-no-files-found: error', 'failure', 'error'],
    ['if-no-files-found: ignore', 'success', undefined],
  ])('with no file end as if-no-files-found says: %s', async (input, outcome, level) => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Up, uses: actions/upload-artifact@v7, with: { path: nothing, ${input} } }`),
    )
    expect(step(rehearsal, 'Up')).toMatchObject({ outcome, outputs: {} })
    expect(step(rehearsal, 'Up').annotations.map((annotation) => annotation.level)).toEqual(level ? [level] : [])
  })

  test.each([
    ['upload', 'path: x, archive: false', "does not support the input 'archive'"],
    ['upload', 'path: x, retention-days: 91', 'Invalid retention-days: 91'],
    ['upload', "path: x, name: 'a/b'", 'The artifact name is not valid: a/b'],
    ['download', 'pattern: site-*', "does not support the input 'pattern'"],
    ['download', 'run-id: 1', "does not support the input 'run-id'"],
  ])('refuse for %s what the stand-in does not do: %s', async (which, input, message) => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Use, uses: actions/${which}-artifact@v7, with: { ${input} } }`),
    )
    expect(step(rehearsal, 'Use').annotations[0]?.message).toContain(message)
  })
})

describe('the files of an artifact', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-search-'))

  beforeAll(() => {
    for (const file of ['a/1.js', 'a/1.js.map', 'a/b/2.js', 'c/3.txt', 'c/.hidden/4.txt', '.next/5.js']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), file)
    }
    symlinkSync(join(folder, 'a'), join(folder, 'link'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each([
    [['a'], 'a', ['1.js', '1.js.map', 'b/2.js']],
    [['a/1.js'], 'a', ['1.js']],
    [['a/**', '!**/*.map'], 'a', ['1.js', 'b/2.js']],
    [['a/*.js'], 'a', ['1.js']],
    [['**/*.js'], '', ['a/1.js', 'a/b/2.js', 'link/1.js', 'link/b/2.js']],
    [['a/b', 'c'], '', ['a/b/2.js', 'c/3.txt']],
    [['a', 'a/b/2.js', '# remark'], 'a', ['1.js', '1.js.map', 'b/2.js']],
    [['.next'], '.next', []],
    [['c'], 'c', ['3.txt']],
    [['nowhere'], 'nowhere', []],
  ])('%j', (patterns, root, files) => {
    const found = search(patterns, folder, false)
    expect(relative(folder, found.root)).toBe(root)
    expect(found.files.map((file) => relative(found.root, file))).toEqual(files)
  })

  test('include hidden ones when asked', () => {
    const found = search(['c', '.next'], folder, true)
    expect(found.files.map((file) => relative(folder, file))).toEqual(['.next/5.js', 'c/.hidden/4.txt', 'c/3.txt'])
  })
})
