import { CookieJar } from 'tough-cookie'
import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../../actions/smoke-check/exchange.ts'
import { changed } from '../../../actions/smoke-check/probe.ts'

const REQUEST: HttpRequest = {
  url: new URL('https://example.com/login'),
  method: 'POST',
  headers: [
    ['Authorization', 'Bearer x'],
    ['Content-Type', 'application/json'],
    ['X-A', '1'],
  ],
  body: Buffer.from('{}'),
  redirects: 'none',
  resolve: new Map([['example.com', '127.0.0.1']]),
  ip: '4',
  connectTimeout: 1,
  timeout: 2,
  maxBody: 3,
  jar: new CookieJar(),
}

describe('a further question of a preset', () => {
  it('is the request of the check when nothing is changed', () => {
    expect(changed(REQUEST, {})).toEqual(REQUEST)
  })

  it('says nothing of the page that a form came from, unless the check does', () => {
    const form: HttpRequest = {
      ...REQUEST,
      headers: [
        ['Origin', 'https://example.com'],
        ['Referer', 'https://example.com/login'],
        ['referer', 'https://www.example.com/'],
      ],
    }
    expect(changed(form, {}).headers).toEqual(form.headers)
    expect(changed(form, { url: new URL('https://example.com/none'), method: 'GET' }).headers).toEqual([
      ['referer', 'https://www.example.com/'],
    ])
  })

  it('replaces and removes headers in any case', () => {
    const { headers } = changed(REQUEST, {
      headers: { authorization: null, 'x-a': '2', Origin: 'https://evil.example' },
    })
    expect(headers).toEqual([
      ['Content-Type', 'application/json'],
      ['x-a', '2'],
      ['Origin', 'https://evil.example'],
    ])
  })

  it.each([
    ['another URL', { url: new URL('https://example.com/other') }],
    ['another method', { method: 'GET' }],
  ])('leaves the body and its type out with %s', (_, change) => {
    const request = changed(REQUEST, change)
    expect(request.body).toBeUndefined()
    expect(request.headers).toEqual([
      ['Authorization', 'Bearer x'],
      ['X-A', '1'],
    ])
    expect(request.jar).toBe(REQUEST.jar)
  })

  it.each(['http://example.com/login', 'https://example.com:8443/login', 'https://other.example/login'])(
    'takes neither headers, body nor cookies to another origin, as %s',
    (url) => {
      const request = changed(REQUEST, { url: new URL(url), headers: { Origin: 'x' } })
      expect(request).toMatchObject({ headers: [['Origin', 'x']], resolve: REQUEST.resolve, timeout: 2 })
      expect(request.jar).toBeUndefined()
      expect(request.body).toBeUndefined()
    },
  )

  it('has a jar of its own, or none, where it asks for that', () => {
    expect(changed(REQUEST, { jar: 'none' }).jar).toBeUndefined()
    expect(changed(REQUEST, { jar: 'fresh' }).jar).toBeInstanceOf(CookieJar)
    expect(changed(REQUEST, { jar: 'fresh' }).jar).not.toBe(REQUEST.jar)
  })

  it('sends a body of its own', () => {
    const body = Buffer.from('a=b')
    expect(changed(REQUEST, { body }).body).toBe(body)
  })
})
