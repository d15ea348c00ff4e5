import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Template } from '../../../actions/smoke-check/check.ts'
import { fillUrl } from '../../../actions/smoke-check/file/fill-url.ts'

const v = { capture: 'v' }
const link = { capture: 'v', link: true } as const

function filled(template: Template, value: string): string {
  const result = fillUrl(template, new Map([['v', value]]))
  return result.ok ? result.url.href : `refused: ${result.message}`
}

describe('a capture within a path is one segment', () => {
  it.each([
    ['5', '5'],
    ['a b/c', 'a%20b%2Fc'],
    ['../../admin/users/1?force=true#', '..%2F..%2Fadmin%2Fusers%2F1%3Fforce%3Dtrue%23'],
    ['\\\\evil.example', '%5C%5Cevil.example'],
    ['https://x.example/items/5', 'https%3A%2F%2Fx.example%2Fitems%2F5'],
    ['%2e%2e', '%252e%252e'],
    ['\ud800', '%EF%BF%BD'],
  ])('%j', (value, segment) => {
    expect(filled(['https://x.example/items/', v], value)).toBe(`https://x.example/items/${segment}`)
    expect(filled(['https://x.example/items/', v, '/parts'], value)).toBe(`https://x.example/items/${segment}/parts`)
    expect(filled(['https://x.example/items/id-', v], value)).toBe(`https://x.example/items/id-${segment}`)
  })

  it.each(['.', '..'])('and %j, which means another path, is refused', (value) => {
    expect(filled(['https://x.example/items/', v, '/parts'], value)).toBe(
      `refused: With \${v} filled in, a part of the path is "${value}": that is another path.`,
    )
    expect(filled(['https://x.example/items/a', v], value)).toBe(`https://x.example/items/a${value}`)
  })

  it.each([
    [['https://x.example/a/.', v, '/b'], '.'],
    [['https://x.example/a/%2e', v], '.'],
    [['https://x.example/a/', v, v], '.'],
  ])('and so are dots that come together in %j', (template, value) => {
    expect(filled(template, value)).toMatch(/^refused: /)
  })

  it('and an empty one is refused, since /items/ is something else than an item', () => {
    expect(filled(['https://x.example/items/', v], '')).toBe(
      `refused: With \${v} filled in, a part of the path is empty: that is another path.`,
    )
  })
})

describe('a capture within a query is one value', () => {
  it.each([
    ['/a', '%2Fa'],
    ['a&admin=true#', 'a%26admin%3Dtrue%23'],
    ['abc%3D', 'abc%3D'],
    ['..', '..'],
    ['', ''],
  ])('%j', (value, expected) => {
    expect(filled(['https://x.example/?to=', v, '&n=1'], value)).toBe(`https://x.example/?to=${expected}&n=1`)
  })
})

describe('a captured link', () => {
  it.each([
    ['https://x.example/', '/items/5?n=1#top', 'https://x.example/items/5?n=1'],
    ['https://x.example/', ' /items/5\n', 'https://x.example/items/5'],
    ['https://x.example/', 'https://x.example/items/5', 'https://x.example/items/5'],
    ['https://x.example/', 'https://X.example:443/items/5', 'https://x.example/items/5'],
    ['https://x.example/v1/', '/items/5', 'https://x.example/v1/items/5'],
    ['https://x.example/v1/', '/v1/items/5', 'https://x.example/v1/items/5'],
    ['https://x.example/v1/', 'https://x.example/items/5', 'https://x.example/items/5'],
  ])('behind %s, %j is %s', (beginning, value, expected) => {
    expect(filled([beginning, link], value)).toBe(expected)
  })

  it.each([
    'https://evil.example/',
    'http://x.example/',
    'https://x.example:8443/',
    'https://user:pw@x.example/',
    'https://x.example.evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'javascript:alert(1)',
    'items/5',
    '../admin',
    '',
  ])('is refused where it is %j', (value) => {
    expect(filled(['https://x.example/', link], value)).toMatch(/neither a path nor a link to https:\/\/x\.example\.$/)
  })

  it('may have more behind it, where captures are parts as anywhere', () => {
    const values = new Map([
      ['v', '/items'],
      ['w', 'a/b'],
    ])
    const url = fillUrl(['https://x.example/', link, '/', { capture: 'w' }, '?q=', { capture: 'w' }], values)
    expect(url).toMatchObject({ ok: true, url: new URL('https://x.example/items/a%2Fb?q=a%2Fb') })
  })

  it('is told without the values of its query', () => {
    expect(filled(['https://x.example/', link], 'https://evil.example/?token=abcdef')).not.toContain('abcdef')
  })
})

it('no captured value changes the host that is asked, nor the path above it', () => {
  const noise = fc.string({ unit: fc.constantFrom('/', '\\', '@', ':', '\t', '.', '%2e', '%2f', '?', '#', 'a') })
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), noise)
  fc.assert(
    fc.property(value, fc.constantFrom(v, link), (text, part) => {
      const result = fillUrl(['https://x.example/a/', part], new Map([['v', text]]))
      if (!result.ok) return
      expect(result.url.origin).toBe('https://x.example')
      if (part === v) expect(result.url.pathname).toMatch(/^\/a\/[^/]+$/)
    }),
  )
})
