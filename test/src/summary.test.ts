import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { code, escapeMarkdown, facts, formatBytes, link, table } from '../../src/summary.ts'

describe('text from outside', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['ping @octocat', 'ping &#64;octocat'],
    ['a | b', 'a \\| b'],
    ['**bold** _it_ `code`', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\`'],
    ['[text](https://evil.example)', '\\[text\\](https:&#47;&#47;evil.example)'],
    ['see www.evil.example', 'see www&#46;evil.example'],
    ['one\r\ntwo', 'one two'],
    ['&lt;', '&amp;lt;'],
  ])('%j becomes the inert %j', (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected)
  })

  it('never breaks out of a table cell', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cell = escapeMarkdown(text)
        expect(cell).not.toMatch(/[\r\n<>@]/)
        expect(cell.replace(/\\[\\|]/g, '')).not.toContain('|')
      }),
    )
  })
})

describe('inline code', () => {
  it.each([
    ['main', '`main`'],
    ['a`b', '<code>a\\`b</code>'],
    ['a|b', '<code>a\\|b</code>'],
    ['a\\|<img>', '<code>a\\\\\\|&lt;img&gt;</code>'],
    ['a\nb', '`a b`'],
  ])('of %j is %s', (text, expected) => {
    expect(code(text)).toBe(expected)
  })

  it('is closed by nothing in it, and breaks out of no table cell', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('`', '|', '\\', '<', 'a', ' '), { minLength: 1 }), (parts) => {
        const text = code(parts.join(''))
        const fenced = /^`[^`|\\]+`$/.test(text)
        const unescaped = text.replace(/\\[^\w\s]/g, '')
        expect(fenced || /^<code>[^`|\\<]*<\/code>$/.test(unescaped)).toBe(true)
      }),
    )
  })
})

describe('a link', () => {
  it('leads to an HTTP address', () => {
    expect(link('https://example.com/a')).toBe('[https://example.com/a](https://example.com/a)')
    expect(link('http://example.com/', 'the site')).toBe('[the site](http://example.com/)')
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'not a URL', ''])('does not lead to %j', (address) => {
    expect(link(address, 'label')).toBe('label')
  })

  it('cannot be closed by its address or its label', () => {
    expect(link('https://example.com/a)(b', 'x](https://evil.example)')).toBe(
      '[x\\](https://evil.example)](https://example.com/a%29%28b)',
    )
  })
})

describe('a table', () => {
  it('has a header and one line a row', () => {
    expect(table(['A', 'B'], [['1', '2']])).toBe('| A | B |\n| --- | --- |\n| 1 | 2 |')
  })

  it('of facts leaves out what is not known', () => {
    expect(
      facts([
        ['State', 'success'],
        ['URL', undefined],
      ]),
    ).toBe('|  |  |\n| --- | --- |\n| **State** | success |')
  })
})

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [26_214_400, '26.2 MB'],
])('writes %i bytes as %s', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected)
})
