import { describe, expect, it } from 'vitest'
import { checkHeaders, checkRedirects, parseRoutes } from '../../actions/deploy-pages/limits.ts'

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n')
const messages = (problems: readonly { readonly message: string }[]) => problems.map(({ message }) => message)

describe('_headers', () => {
  it('may have 100 rules', () => {
    expect(checkHeaders(lines(100, (i) => `/page-${i}\n  X-Robots-Tag: noindex`))).toEqual([])
    expect(messages(checkHeaders(lines(101, (i) => `/page-${i}\n  X-Robots-Tag: noindex`)))).toEqual([
      '_headers has 101 rules; Pages takes 100 and drops the rest.',
    ])
  })

  it('may have lines of 2,000 characters, comments aside', () => {
    expect(checkHeaders(`# ${'x'.repeat(3000)}\n/*\n  X: ${'x'.repeat(1997)}`)).toEqual([])
    expect(messages(checkHeaders(`/*\n  X: ${'x'.repeat(1998)}`))).toEqual([
      'Line 2 of _headers has 2001 characters; Pages takes 2000 and drops a longer one.',
    ])
  })
})

describe('_redirects', () => {
  it('may have 2,000 static and 100 dynamic redirects', () => {
    const text = `${lines(2000, (i) => `/old-${i} /new-${i} 301`)}\n${lines(100, (i) => `/blog-${i}/* /news/:splat`)}`
    expect(checkRedirects(text)).toEqual([])
    expect(messages(checkRedirects(`/first /last\n${text}`))[0]).toMatch(/^_redirects has 2001 static redirects/)
    expect(messages(checkRedirects(`${text}\n/user/:id /people/:id`))[0]).toMatch(
      /^_redirects has 101 dynamic redirects/,
    )
  })

  it('counts what follows a dynamic redirect as dynamic, as Pages does', () => {
    expect(messages(checkRedirects(`/a/* /b\n${lines(100, (i) => `/old-${i} /new-${i}`)}`))[0]).toMatch(/101 dynamic/)
  })

  it('may have lines of 2,000 characters', () => {
    expect(checkRedirects(`/a /${'b'.repeat(1996)}`)).toEqual([])
    expect(messages(checkRedirects(`/a /${'b'.repeat(1997)}`))).toEqual([
      'Line 1 of _redirects has 2001 characters; Pages takes 2000 and drops a longer one.',
    ])
  })
})

describe('_routes.json', () => {
  const problemsOf = (routes: unknown) => messages(parseRoutes(JSON.stringify(routes)).problems)

  it('is accepted as Pages documents it', () => {
    const routes = { version: 1, include: ['/api/*'], exclude: ['/api/static/*'] }
    expect(parseRoutes(JSON.stringify(routes))).toEqual({ routes, problems: [] })
  })

  it.each([
    [
      'another version and no exclude',
      { version: 2, include: ['/*'] },
      /^_routes\.json: version must be 1; exclude is missing\.$/,
    ],
    [
      'a route that is none',
      { version: 1, include: [7], exclude: [] },
      /^_routes\.json: include\.0 must be a string\.$/,
    ],
    ['no object', [], /^_routes\.json: it must be an object\.$|is missing/],
    ['nothing included', { version: 1, include: [], exclude: [] }, /includes no route/],
    ['101 rules', { version: 1, include: Array.from({ length: 101 }, (_, i) => `/${i}`), exclude: [] }, /101 rules/],
    ['a rule over 100 characters', { version: 1, include: [`/${'x'.repeat(100)}`], exclude: [] }, /101 characters/],
    ['a rule without a slash', { version: 1, include: ['api/*'], exclude: [] }, /slash, "api\/\*"/],
    ['overlapping rules', { version: 1, include: ['/api/*', '/api/users'], exclude: [] }, /overlapping.*users/],
  ])('is refused with %s', (_case, routes, message) => {
    expect(problemsOf(routes).join('\n')).toMatch(message)
  })

  it('is refused when it is not JSON', () => {
    expect(messages(parseRoutes('{ version: 1').problems)[0]).toMatch(
      /^_routes\.json is not JSON: Expected property name .*[^.]\.$/,
    )
  })
})
