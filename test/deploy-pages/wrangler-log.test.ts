/** What a wrangler that was killed had been told last. */
import { expect, it } from 'vitest'
import { lastRefusalIn } from '../../actions/deploy-pages/wrangler-log.ts'

const answer = (status: string, rest = '') =>
  `--- 2026-01-01T00:00:00.000Z debug\n-- START CF API RESPONSE: ${status}\n---\n${rest}`
const refused = answer(
  'Unauthorized 401',
  "failed: APIError\n  notes: [ { text: 'Authorization failed [code: 8000013]' } ],\n",
)

it.each([
  ['a refusal with its code', refused, 'Authorization failed [code: 8000013]'],
  ['the last of several', `${answer('Bad Gateway 502')}${refused}`, 'Authorization failed [code: 8000013]'],
  ['a refusal without a code', `${refused}${answer('Bad Gateway 502')}`, 'HTTP 502'],
  ['nothing when the last answer was none', `${refused}${answer('OK 200')}`, undefined],
  ['nothing when nothing was answered', '--- debug\n-- START CF API REQUEST: POST /x\n', undefined],
])('is %s', (_name, log, expected) => {
  expect(lastRefusalIn(log)).toBe(expected)
})

it('is found at once in a log that is made to be searched for long', () => {
  const started = performance.now()
  lastRefusalIn(`${refused}${"text: '".repeat(9000)}`)
  expect(performance.now() - started).toBeLessThan(5000)
})
