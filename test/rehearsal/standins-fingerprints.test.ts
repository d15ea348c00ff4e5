/** The hashes and paths that github/codeql-action's own tests name (src/fingerprints.test.ts). */
import { relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileOf } from '../../rehearsal/standins/github/codeql-action/upload-sarif/fingerprints.ts'
import { lineHashes } from '../../rehearsal/standins/github/codeql-action/upload-sarif/line-hashes.ts'

const GREETING = [
  'e9496ae3ebfced30:1',
  'fb7c023a8b9ccb3f:1',
  'ce8ba1a563dcdaca:1',
  'e20e36e16fcb0cc8:1',
  'b3edc88f2938467e:1',
  'c8e28b0b4002a3a0:1',
  'c129715d7a2bc9a3:1',
]

test.each([
  ['nothing', '', ['c129715d7a2bc9a3:1']],
  [
    'blanks',
    ' a\nb\n  \t\tc\n d',
    ['271789c17abda88f:1', '54703d4cd895b18:1', '180aee12dab6264:1', 'a23a3dc5e078b07b:1'],
  ],
  [
    'no last line end',
    ' hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End',
    [
      '8b7cf3e952e7aeb2:1',
      'b1ae1287ec4718d9:1',
      'bff680108adb0fcc:1',
      'c6805c5e1288b612:1',
      'b86d3392aea1be30:1',
      'e6ceba753e1a442:1',
    ],
  ],
  ['\\n', ' hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n', GREETING],
  ['\\r', ' hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r', GREETING],
  ['\\r\\n', ' hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n', GREETING],
  ['all of them', ' hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n', GREETING],
  [
    'the same line again and again',
    'Lorem ipsum dolor sit amet.\n'.repeat(10),
    [
      'a7f2ff13bc495cf2:1',
      'a7f2ff13bc495cf2:2',
      'a7f2ff13bc495cf2:3',
      'a7f2ff13bc495cf2:4',
      'a7f2ff13bc495cf2:5',
      'a7f2ff13bc495cf2:6',
      'a7f2ff1481e87703:1',
      'a9cf91f7bbf1862b:1',
      '55ec222b86bcae53:1',
      'cc97dc7b1d7d8f7b:1',
      'c129715d7a2bc9a3:1',
    ],
  ],
])('the hashes of %s', (_, text, hashes) => {
  expect(lineHashes(text)).toEqual(hashes)
})

describe('the file of a location', () => {
  const root = resolve(import.meta.dirname, '..', '..')
  const file = import.meta.filename
  const path = relative(root, file)
  const at = (uri?: string, index?: number, artifacts: readonly string[] = []) =>
    fileOf(
      { uri, index },
      artifacts.map((artifact) => ({ location: { uri: artifact } })),
      root,
    )

  test.each([[file], [`file://${file}`], [path], [`file://${path}`], [path.replace('rehearsal', '%72ehearsal')]])(
    '%s',
    (uri) => {
      expect(at(uri)).toBe(file)
    },
  )

  test('is named by its index too', () => {
    expect(at(undefined, 0, [file])).toBe(file)
    expect(at(undefined, 1, ['foo', file])).toBe(file)
  })

  test.each([
    ['/src/foo/bar.js'],
    ['file:///src/foo/bar.js'],
    [`https://${file}`],
    [`ftp://${file}`],
    [`${file}2`],
    ['test'],
    ['%E0%A4%A'],
    [''],
  ])('is none: %s', (uri) => {
    expect(at(uri)).toBeUndefined()
  })

  test('is none without a name or behind a wrong index', () => {
    expect(at()).toBeUndefined()
    expect(at(undefined, 1, [file])).toBeUndefined()
    expect(at(undefined, -1, [file])).toBeUndefined()
  })
})
