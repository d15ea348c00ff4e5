/** Lines that Pages would leave out without a word. */
import { describe, expect, it } from 'vitest'
import { warnOfIgnoredLines } from '../../actions/deploy-pages/ignored-lines.ts'

describe('_headers', () => {
  it('is told nothing of what Pages understands', () => {
    const text =
      '# all\n/*\n  X-Frame-Options: DENY\n  ! Link\n\nhttps://:site.pages.dev/a\n  X-B: c:d\n/blog/:slug\n  Cache-Control: no-store\n'
    expect(warnOfIgnoredLines(text, undefined)).toEqual([])
  })

  it.each([
    ['/*\n  X-A: b\n  nonsense', 3, 'nonsense', 'is neither a path nor a "Name: value" header'],
    ['X-A: b\n/*\n  X-A: b', 1, 'X-A: b', 'is a header before any path'],
    ['/*\n  X A: b\n  X-A: b', 2, 'X A: b', 'has a space in the name of the header'],
    ['/*\n  X-A: b\n  X-B:', 3, 'X-B:', 'has no value'],
    ['/*\n  X-A: b\n  : b', 3, ': b', 'has no header name'],
    ['/a\n/b\n  X-A: b', 1, '/a', 'is a path without a header'],
    ['/a/*/b/*\n  X-A: b', 1, '/a/*/b/*', 'has more than one *'],
    ['/:splat/*\n  X-A: b', 1, '/:splat/*', 'has both * and :splat'],
    ['http://example.com/\n  X-A: b', 1, 'http://example.com/', 'is neither a path nor an https address'],
    ['https://example.com:8080/\n  X-A: b', 1, 'https://example.com:8080/', 'names a port'],
  ])('%j: line %i is ignored', (text, number, line, reason) => {
    expect(warnOfIgnoredLines(text, undefined)).toEqual([
      `Line ${number} of _headers ("${line}") ${reason}; Pages ignores it.`,
    ])
  })
})

describe('_redirects', () => {
  it('is told nothing of what Pages understands', () => {
    const text =
      '# old\n/a /b\n/c https://example.com/ 301 # moved\n/d/* /e/:splat 200\nf /g 308\n/ /index.html?x 302\n'
    expect(warnOfIgnoredLines(undefined, text)).toEqual([])
  })

  it.each([
    ['/a', 'is not of the form "from to status"'],
    ['/a /b 301 !', 'is not of the form "from to status"'],
    ['/a /b 404', 'has no status of 200, 301, 302, 303, 307, 308'],
    ['https://example.com/a /b', 'begins with an address instead of a path'],
    ['/a b', 'leads to neither a path nor an https address'],
    ['/* /index.html 200', 'leads back to itself'],
    ['/a https://example.com/ 200', 'has status 200, which cannot lead to another host'],
  ])('%j is ignored', (line, reason) => {
    expect(warnOfIgnoredLines(undefined, `\n${line}`)).toEqual([
      `Line 2 of _redirects ("${line}") ${reason}; Pages ignores it.`,
    ])
  })

  it('is told of a second redirect from the same path', () => {
    expect(warnOfIgnoredLines(undefined, '/a /b\n/a /c')).toEqual([
      'Line 2 of _redirects ("/a /c") repeats the path of an earlier line; Pages ignores it.',
    ])
  })
})

it('says it ten times at most', () => {
  const warnings = warnOfIgnoredLines('x\n'.repeat(8), 'y\n'.repeat(8))
  expect(warnings).toHaveLength(10)
  expect(warnings.at(-1)).toBe('Pages ignores 7 more lines of _headers and _redirects, too.')
})
