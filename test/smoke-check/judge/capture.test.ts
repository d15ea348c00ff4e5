import { describe, expect, it } from 'vitest'
import type { ValueSource } from '../../../actions/smoke-check/check.ts'
import { capture } from '../../../actions/smoke-check/judge/capture.ts'
import { aCheck } from '../run/sample.ts'
import { type Answer, observe } from './setup.ts'

function take(source: ValueSource, answer: Answer) {
  const { values, findings } = capture(aCheck({ capture: [['id', source]] }), observe(answer))
  return { value: values.get('id'), message: findings[0]?.message }
}

describe('a value is captured from', () => {
  it.each<readonly [string, ValueSource, Answer, string]>([
    ['a JSON string', { json: '$.data[0].id' }, { body: { data: [{ id: 'a1' }] } }, 'a1'],
    ['a JSON number', { json: '$.id' }, { body: { id: 42 } }, '42'],
    ['a JSON boolean', { json: '$.on' }, { body: { on: false } }, 'false'],
    ['a header', { header: 'Location' }, { headers: [['location', '/items/7']] }, '/items/7'],
    ['a cookie', { cookie: 'csrftoken' }, { headers: [['set-cookie', 'csrftoken=abc; Path=/']] }, 'abc'],
    [
      'the first group',
      { bodyMatches: 'token" value="([^"]+)"' },
      { headers: [], body: '<input name="token" value="xyz">' },
      'xyz',
    ],
    ['the match where there is no group', { bodyMatches: '[0-9]{3}' }, { headers: [], body: 'id 123' }, '123'],
  ])('%s', (_name, source, answer, value) => expect(take(source, answer).value).toBe(value))
})

describe('nothing is captured, and the finding says why, from', () => {
  it.each<readonly [string, ValueSource, Answer, string]>([
    ['a path with nothing', { json: '$.id' }, { body: {} }, 'The JSON has nothing at $.id.'],
    [
      'several values',
      { json: '$[*].id' },
      { body: [{ id: 1 }, { id: 2 }] },
      'The JSON has 2 values at $[*].id; one was wanted.',
    ],
    ['an object', { json: '$' }, { body: { id: 1 } }, 'The JSON at $ is {"id":1}; a string or number was wanted.'],
    ['an empty string', { json: '$.id' }, { body: { id: '' } }, 'the JSON at $.id is empty.'],
    [
      'a number too large',
      { json: '$.id' },
      { body: '{"id":12345678901234567890}' },
      'The number at $.id is too large to be read exactly; serve it as a string.',
    ],
    [
      'a page',
      { json: '$.id' },
      { headers: [['content-type', 'text/html']], body: '<title>Hi</title>' },
      'JSON with $.id was wanted, but the body is an HTML page titled "Hi".',
    ],
    ['a missing header', { header: 'X-Id' }, {}, 'There is no header x-id.'],
    ['a missing cookie', { cookie: 'id' }, {}, 'The cookie id is not set.'],
    ['a body without a match', { bodyMatches: 'x(\\d)' }, { body: 'y' }, 'The body does not match /x(\\d)/.'],
    [
      'a catastrophic match',
      { bodyMatches: '^(a+)+$' },
      { body: `${'a'.repeat(60)}!` },
      'Judging whether the body matches /^(a+)+$/ was given up after 250 ms.',
    ],
  ])('%s', (_name, source, answer, problem) => {
    expect(take(source, answer)).toEqual({ value: undefined, message: `\${id} cannot be captured. ${problem}` })
  })
})
