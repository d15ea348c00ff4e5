import { describe, expect, it } from 'vitest'
import type { Condition, Json } from '../../../actions/smoke-check/check.ts'
import { type Answer, equals, findings, literal, messages } from './setup.ts'

const JSON_TYPE = [['content-type', 'application/json']] as const
const HTML = [['content-type', 'text/html; charset=utf-8']] as const

describe('JSON', () => {
  const body = { database: 'down', items: [{ id: 1 }, { id: 2 }, { id: 'x' }], none: null }

  it('says what is there and what must be', () => {
    expect(messages({ json: [['$.database', equals('ok')]] }, { body })).toEqual([
      'json $.database: The JSON at $.database is "down"; it must equal "ok".',
    ])
  })

  it('says that nothing is there', () => {
    expect(messages({ json: [['$.cache', equals('ok')]] }, { body })).toEqual([
      'json $.cache: The JSON at $.cache is absent; it must equal "ok".',
    ])
  })

  it('wants a condition to hold for every value that a path selects, and names the first that is wrong', () => {
    expect(messages({ json: [['$.items[*].id', { type: 'integer', gte: 2 }]] }, { body })).toEqual([
      "json $.items[*].id: The JSON at $['items'][0]['id'] is 1; it must be at least 2. 1 of 2 other values not either.",
    ])
    expect(messages({ json: [['$.items[*].id', { exists: true }]] }, { body })).toEqual([])
  })

  it('takes a path that selects nothing as absent, also one with a filter', () => {
    const json: readonly (readonly [string, Condition])[] = [
      ['$.items[?@.id == 7]', { exists: false }],
      ['$.items[?@.id == 1]', { exists: false }],
      ['$.none', { exists: true }],
    ]
    expect(findings({ json }, { body }).map(({ assertion }) => assertion)).toEqual(['json $.items[?@.id == 1]'])
  })

  it('names a path that is none', () => {
    expect(messages({ json: [['$.a[', equals(1)]] }, { body })[0]).toMatch(
      /^json \$\.a\[: \$\.a\[ cannot be looked up: unclosed/,
    )
  })

  it('is read without a byte order mark, and as UTF-8 whatever charset is named', () => {
    const answer: Answer = {
      headers: [['content-type', 'application/json; charset=latin1']],
      body: '\ufeff{"name":"é"}',
    }
    expect(messages({ json: [['$.name', equals('é')]] }, answer)).toEqual([])
  })

  it.each<readonly [string, Answer, string]>([
    ['an empty body', { body: '' }, 'the body is empty.'],
    [
      'a page',
      { headers: HTML, body: '<!doctype html><title>\n Bad  gateway </title>' },
      'the body is an HTML page titled "Bad gateway".',
    ],
    [
      'a page that is called JSON',
      { headers: JSON_TYPE, body: '<!-- x --><HTML><body>no</body>' },
      'the body is an HTML page without a title, beginning "no".',
    ],
    ['text', { headers: [['content-type', 'text/plain']], body: 'pong' }, 'the body is text/plain "pong".'],
    ['long text', { headers: [], body: 'x'.repeat(500) }, `the body is text starting with "${'x'.repeat(117)}…".`],
    [
      'invalid UTF-8',
      { headers: JSON_TYPE, body: Buffer.from([0x7b, 0xff, 0x7d]) },
      'the body is 3 bytes that are not valid UTF-8.',
    ],
    [
      'a cut-off body',
      { headers: JSON_TYPE, body: '{"a":', truncated: true },
      'the body is longer than the 5 bytes that were read of it.',
    ],
    [
      'JSON that ends too early',
      { headers: JSON_TYPE, body: '{"a":' },
      'the body is application/json {"a": (it ends too early).',
    ],
    [
      'JSON with a comma too many',
      { headers: JSON_TYPE, body: '[1,]' },
      'the body is application/json [1,] (it is not well-formed).',
    ],
  ])('that is asserted of %s is one finding, which says what it is', (_name, answer, ending) => {
    const found = messages(
      {
        json: [
          ['$.a', equals(1)],
          ['$.b', equals(2)],
        ],
      },
      answer,
    )
    expect(found).toEqual([`json: JSON was wanted, but ${ending}`])
  })

  it.each<readonly [string, Condition, Json, string]>([
    ['text is no number', { gte: 1 }, '3', '"3"; it must be at least 1 (it is text, not a number).'],
    ['null is no number', { lt: 1 }, null, 'null; it must be less than 1 (it is null, not a number).'],
    ['how long an array is', { length: 4 }, [1, 2, 3], '[1,2,3]; it must equal 4 in length (it has 3 elements).'],
    [
      'how long text is',
      { length: { gt: 4 } },
      'ab',
      '"ab"; it must be greater than 4 in length (it has 2 characters).',
    ],
  ])('says what is not plain to see: %s', (_, condition, value, ending) => {
    expect(messages({ json: [['$.n', condition]] }, { body: { n: value } })).toEqual([
      `json $.n: The JSON at $.n is ${ending}`,
    ])
  })

  it('names a charset that nobody knows whole, so that a secret in it can be redacted', () => {
    const secret = 'a-secret-that-is-longer-than-forty-characters-0123456789'
    const redact = (text: string) => text.replaceAll(secret, '***')
    const answer: Answer = { status: 500, headers: [['content-type', `text/plain; charset=${secret}`]], body: 'x' }
    expect(messages({}, answer, { redact })[0]).toContain('in the unknown charset "***"')
  })

  it('does not show a secret that the body echoes', () => {
    const redact = (given: string) => given.replaceAll('hunter2', '***')
    const check = { json: [['$.token', equals('x')]] as const }
    expect(messages(check, { body: { token: 'hunter2' } }, { redact }).join()).toContain('is "***"')
    expect(messages(check, { body: 'not JSON: hunter2' }, { redact }).join()).toContain('not JSON: ***')
  })
})

describe('headers', () => {
  const headers: Answer['headers'] = [
    ['content-type', 'text/html'],
    ['content-length', '1200'],
    ['vary', 'Accept'],
    ['vary', 'Origin'],
    ['x-frame-options', 'DENY'],
    ['x-frame-options', 'DENY'],
    ['set-cookie', 'a=1; HttpOnly'],
    ['set-cookie', 'b=2'],
  ]

  it.each<readonly [string, Condition, string | undefined]>([
    [
      'Content-Type',
      { matches: 'application/json' },
      'header content-type: The header content-type is "text/html"; it must match /application/json/.',
    ],
    [
      'content-length',
      { lt: 1000 },
      'header content-length: The header content-length is "1200"; it must be less than 1000.',
    ],
    ['content-length', { gte: 1000, type: 'integer' }, undefined],
    ['vary', { contains: literal('Origin') }, undefined],
    [
      'x-frame-options',
      equals('DENY'),
      'header x-frame-options: The header x-frame-options, sent more than once, is "DENY, DENY"; it must equal "DENY".',
    ],
    [
      'set-cookie',
      { matches: 'HttpOnly' },
      'header set-cookie: The header set-cookie, sent more than once, is "b=2"; it must match /HttpOnly/.',
    ],
    ['x-powered-by', { exists: false }, undefined],
    ['etag', { exists: true }, 'header etag: The header etag is absent; it must exist.'],
  ])('%s: %j', (name, condition, message) => {
    expect(messages({ headers: [[name, condition]] }, { headers })).toEqual(message === undefined ? [] : [message])
  })
})

describe('cookies', () => {
  const headers: Answer['headers'] = [
    ['set-cookie', 'lang=en; Path=/'],
    ['set-cookie', 'lang=de; Path=/; Secure'],
    ['set-cookie', 'old=x; Max-Age=0'],
    ['set-cookie', 'gone=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    ['set-cookie', 'kept=x; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    ['set-cookie', 'token="a%3Db=c"; HttpOnly'],
  ]

  it.each<readonly [string, Condition, boolean]>([
    ['lang', equals('de'), true],
    ['old', { exists: false }, true],
    ['gone', { exists: false }, true],
    ['kept', equals('x'), true],
    ['token', equals('"a%3Db=c"'), true],
    ['lang', { length: 3 }, false],
    ['session', { exists: true }, false],
  ])('%s %j: %s', (name, condition, fine) => {
    expect(findings({ cookies: [[name, condition]] }, { headers }).length === 0).toBe(fine)
  })

  it('of a redirect are not looked at, which the finding says', () => {
    const hops = [{ url: new URL('https://api.example.com/login'), status: 302, location: '/' }]
    expect(findings({ cookies: [['session', { exists: true }]] }, { hops })[0]?.hint).toContain('redirects to none')
  })
})

describe('a body', () => {
  it('says what it is and what it must not contain', () => {
    const body = { contains: literal('ok'), notContains: literal('Traceback') }
    expect(messages({ body }, { body: 'ok' })).toEqual([])
    expect(messages({ body }, { body: 'Traceback' })).toEqual([
      'body: The body is "Traceback"; it must contain "ok" and not contain "Traceback".',
    ])
  })

  it('that is empty is absent', () => {
    expect(messages({ body: { exists: false } }, { body: '' })).toEqual([])
    expect(messages({ body: { contains: literal('ok') } }, { body: '' })).toEqual([
      'body: The body is absent; it must contain "ok".',
    ])
  })

  it('is read in the charset that content-type names', () => {
    const headers = [['content-type', 'text/plain; charset="ISO-8859-1"']] as const
    expect(messages({ body: equals('é') }, { headers, body: Buffer.from([0xe9]) })).toEqual([])
  })

  it.each([
    ['text/plain', 'The body is 2 bytes that are not valid UTF-8, so that its text cannot be judged.'],
    [
      'text/plain; charset=klingon',
      'The body is 2 bytes that are in the unknown charset "klingon", so that its text cannot be judged.',
    ],
  ])('that is %s and no text says so', (type, message) => {
    const answer = { headers: [['content-type', type]] as const, body: Buffer.from([0x61, 0xe9]) }
    expect(messages({ body: { contains: literal('a') } }, answer)).toEqual([`body: ${message}`])
  })

  it('that was cut off proves what it holds, and nothing about what it does not', () => {
    const cut: Answer = { body: Buffer.from('ok é').subarray(0, 4), truncated: true }
    expect(messages({ body: { contains: literal('ok') } }, cut)).toEqual([])
    expect(messages({ body: { contains: literal('no') } }, cut)).toEqual([
      'body: The body is "ok "; it must contain "no". Only its first 4 bytes were read.',
    ])
    expect(messages({ body: { notContains: literal('x') } }, cut)).toEqual([
      'body: The body is longer than the 4 bytes that were read of it, so that nobody knows whether it does not contain "x".',
    ])
  })

  it('that is larger than wanted says how large it is', () => {
    expect(messages({ maxBodySize: 3 }, { body: 'four' })).toEqual([
      'body max-size: The body has 4 bytes; at most 3 bytes were wanted.',
    ])
    expect(messages({ maxBodySize: 3 }, { body: 'abc', truncated: true })).toEqual([
      'body max-size: The body has more than 3 bytes; at most 3 bytes were wanted.',
    ])
    expect(messages({ maxBodySize: 4 }, { body: 'four' })).toEqual([])
  })
})

describe('a regular expression that takes for ever', () => {
  const catastrophic = { matches: '^(a+)+$' }
  const endless = `${'a'.repeat(60)}!`

  it.each<readonly [string, Parameters<typeof messages>[0], Answer]>([
    ['on a body', { body: catastrophic }, { body: endless }],
    ['on a header', { headers: [['x-a', catastrophic]] }, { headers: [['x-a', endless]] }],
    ['in a contrary', { body: { not: { condition: catastrophic } } }, { body: endless }],
    [
      'on each of many values',
      { json: [['$[*]', catastrophic]] },
      { body: Array.from({ length: 1000 }, () => endless) },
    ],
  ])('%s is given up in time, and is a finding', (_name, check, answer) => {
    const started = performance.now()
    const found = findings(check, answer)
    expect(performance.now() - started).toBeLessThan(2000)
    expect(found).toHaveLength(1)
    expect(found[0]?.message).toContain('was given up after 250 ms')
    expect(found[0]?.hint).toContain('repetition within repetition')
  })

  it('in a filter of a path is given up too', () => {
    const json = [["$[?search(@, '^(a+)+$')]", { exists: false }]] as const
    const found = findings({ json }, { body: [endless] })
    expect(found[0]?.message).toContain('it takes too long')
  })

  it('does not keep later checks from being judged', () => {
    findings({ body: catastrophic }, { body: endless })
    expect(findings({ body: { matches: '^a+!$' } }, { body: endless })).toEqual([])
  })
})

it('a check of severity warn only warns', () => {
  const found = findings({ severity: 'warn', status: [{ exact: 204 }], json: [['$.a', equals(1)]] }, { body: '{}' })
  expect(found.map(({ severity }) => severity)).toEqual(['warn', 'warn'])
})
