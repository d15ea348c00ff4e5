import { describe, expect, it } from 'vitest'
import { type Answer, findings, messages } from './setup.ts'

describe('a status', () => {
  it.each([
    [200, true],
    [204, true],
    [301, true],
    [302, false],
    [199, false],
  ])('%i against 2xx or 301: %s', (status, accepted) => {
    expect(findings({ status: [{ class: 2 }, { exact: 301 }] }, { status }).length === 0).toBe(accepted)
  })

  it('that is not accepted says what was answered with it', () => {
    const answer: Answer = {
      status: 502,
      statusText: 'Bad Gateway',
      headers: [['content-type', 'text/html']],
      body: '<title>502 Bad Gateway</title>',
    }
    expect(messages({ status: [{ exact: 200 }, { class: 3 }] }, answer)).toEqual([
      'status: The answer is 502 Bad Gateway, an HTML page titled "502 Bad Gateway"; 200 or 3xx was wanted.',
    ])
  })

  it.each<readonly [number, Parameters<typeof findings>[0], string]>([
    [401, {}, 'No credentials were sent'],
    [401, { auth: { username: ['u'], password: ['p'] } }, 'does not accept the credentials'],
    [403, { requestHeaders: [['Authorization', ['Bearer x']]] }, 'does not accept the credentials'],
    [404, {}, 'Check the path'],
    [302, {}, 'redirects: same-host'],
    [500, {}, 'look into its log'],
  ])('%i has a hint of its own', (status, check, hint) => {
    expect(findings(check, { status })[0]?.hint).toContain(hint)
  })

  it('of an overloaded server repeats how long to wait', () => {
    const headers = [['retry-after', '30']] as const
    expect(findings({}, { status: 429, headers })[0]?.hint).toContain('(retry-after: 30)')
    expect(findings({}, { status: 503, headers })[0]?.hint).toContain('(retry-after: 30)')
  })
})
