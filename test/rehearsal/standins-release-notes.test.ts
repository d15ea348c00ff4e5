/** What release-please's stand-in makes of commits: the next version and its notes. */
import { describe, expect, test } from 'vitest'
import { conventional } from '../../rehearsal/standins/googleapis/release-please-action/commits.ts'
import { notesOf, SECTIONS } from '../../rehearsal/standins/googleapis/release-please-action/notes.ts'
import { nextVersion, parseVersion, textOf } from '../../rehearsal/standins/googleapis/release-please-action/version.ts'

function commits(...messages: readonly string[]) {
  return conventional(messages.map((message, at) => ({ sha: `${at}`.repeat(40), message })))
}

describe('the next version', () => {
  const none = { bumpMinorPreMajor: false, bumpPatchForMinorPreMajor: false }
  const minor = { ...none, bumpMinorPreMajor: true }
  const both = { bumpMinorPreMajor: true, bumpPatchForMinorPreMajor: true }

  test.each<readonly [string, readonly string[], typeof none, string]>([
    ['1.2.3', ['fix: a'], none, '1.2.4'],
    ['1.2.3', ['perf: a'], none, '1.2.4'],
    ['1.2.3', ['deps: a'], none, '1.2.4'],
    ['1.2.3', ['chore: a'], none, '1.2.4'],
    ['1.2.3', ['fix: a', 'feat: b'], none, '1.3.0'],
    ['1.2.3', ['feature: b'], none, '1.3.0'],
    ['1.2.3', ['feat: b', 'fix!: c'], none, '2.0.0'],
    ['1.2.3', ['feat(map)!: c'], none, '2.0.0'],
    ['1.2.3', ['fix: c\n\nBREAKING CHANGE: all'], none, '2.0.0'],
    ['1.2.3', ['chore: c\n\nBody.\n\nBREAKING-CHANGE: all\nRefs: #1'], none, '2.0.0'],
    ['1.2.3', ['docs: c\n\nThis is no BREAKING CHANGE: of anything'], none, '1.2.4'],
    ['0.4.2', ['feat!: c'], none, '1.0.0'],
    ['0.4.2', ['feat!: c'], minor, '0.5.0'],
    ['0.4.2', ['feat: c'], minor, '0.5.0'],
    ['0.4.2', ['feat: c'], both, '0.4.3'],
    ['0.4.2', ['feat!: c'], both, '0.5.0'],
    ['1.4.2', ['feat!: c'], both, '2.0.0'],
    ['1.2.3', ['chore: c\n\nRelease-As: 3.0.0', 'feat!: b'], none, '3.0.0'],
    ['1.2.3', ['feat: c', 'chore: d\n\nrelease-as: v1.9.0-rc.1'], none, '1.9.0-rc.1'],
    ['1.2.3', ['chore: all\n\nOf it.\n\nfeat: one\nfix: two'], none, '1.3.0'],
    ['1.2.3', ['fix: a\n\nReviewed-by: feat'], none, '1.2.4'],
  ])('after %s with %j is %j → %s', (last, messages, rules, expected) => {
    expect(textOf(nextVersion(parseVersion(last), commits(...messages), rules))).toBe(expected)
  })

  test.each(['update things', 'Merge pull request #1 from octo/x\n\nfeat: x', 'feat:no space', 'feat : x', ''])(
    'has nothing of %j, which is no conventional commit',
    (message) => expect(commits(message)).toEqual([]),
  )

  test('is refused where it is none', () => {
    expect(() => parseVersion('1.2')).toThrow('release-please failed: unable to parse version string: 1.2')
    expect(() => commits('feat: x\n\nBEGIN_NESTED_COMMIT')).toThrow('does not read BEGIN_NESTED_COMMIT')
  })
})

describe('the notes', () => {
  const options = { version: '1.3.0', tag: 'v1.3.0', previousTag: 'v1.2.0', url: 'https://h/o/r', date: '2026-12-01' }
  const of = (...messages: readonly string[]) => notesOf(commits(...messages), { ...options, sections: SECTIONS })

  test('are in sections, what breaks first, sorted, with links', () => {
    expect(of('fix: z (#7)', 'feat(map)!: y', 'feat: b\n\nCloses: #5', 'docs: hidden', 'perf(api): <x>')).toBe(
      `## [1.3.0](https://h/o/r/compare/v1.2.0...v1.3.0) (2026-12-01)


### ⚠ BREAKING CHANGES

* **map:** y


### Features

* b ([2222222](https://h/o/r/commit/${'2'.repeat(40)})), closes [#5](https://h/o/r/issues/5)
* **map:** y ([1111111](https://h/o/r/commit/${'1'.repeat(40)}))


### Bug Fixes

* z ([#7](https://h/o/r/issues/7)) ([0000000](https://h/o/r/commit/${'0'.repeat(40)}))


### Performance Improvements

* **api:** &lt;x&gt; ([4444444](https://h/o/r/commit/${'4'.repeat(40)}))`,
    )
  })

  test.each([
    [['chore: a', 'ci: b', 'docs: c', 'style: d', 'refactor: e', 'test: f', 'build: g', 'odd: h'], false],
    [['deps: a'], true],
    [['revert: a'], true],
    [['chore: a\n\nRelease-As: 2.0.0'], true],
    [['odd!: a'], true],
  ])('of %j are something: %s', (messages, something) => {
    expect(of(...messages) !== undefined).toBe(something)
  })
})
