/** What only several rounds show: health that does not come, and health that comes and goes. */
import { describe, expect, it } from 'vitest'
import { Authority, startTls } from '../../support/tls.ts'
import { json } from '../run/scenario.ts'
import { check, listenerOf, startWorld } from './setup.ts'

describe('checks that can no longer succeed', () => {
  it('are tried again until the deadline, and end with the reason and their last three results', async () => {
    await using world = await startWorld(({ path, headers }) => {
      if (path === '/token')
        return headers.authorization === 'Bearer right-token' ? {} : json({ error: 'expired' }, 401)
      return {}
    })
    const stranger = await Authority.create('Stranger')
    await using untrusted = await startTls(
      await stranger.issue(),
      listenerOf(() => ({})),
    )
    await using expired = await startTls(
      await world.authority.issue({ from: -30, to: -3 }),
      listenerOf(() => ({})),
    )
    const file = `
version: 1
checks:
  - { name: well, url: "\${HTTP_URL}/" }
  - { name: untrusted, url: "${untrusted.origin}/" }
  - { name: expired, url: "${expired.origin}/" }
  - { name: no such name, url: "https://no-such-name.invalid/", connect-timeout: 500ms }
  - { name: token, url: "\${HTTP_URL}/token", headers: { Authorization: "Bearer \${TOKEN}" } }
`
    const env = { ...world.env, TOKEN: 'wrong-token' }
    const result = await check(file, { interval: '1s', deadline: '3900ms', junit: 'junit.xml' }, env)

    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', passed: '1', failed: '4' } })
    expect(Number(result.outputs['duration'])).toBeGreaterThan(2900)
    expect(Number(result.outputs['duration'])).toBeLessThan(4900)
    const wanted = [
      ['untrusted', 'certificate', /localhost:\d+.*(?:trust|issuer|authority)/i],
      ['expired', 'certificate', /expired/],
      ['no such name', 'dns', /no-such-name\.invalid/],
      ['token', 'status', /401 Unauthorized.*expired/],
    ] as const
    for (const [name, assertion, reason] of wanted) {
      const one = result.checks.get(name)
      expect(one?.reason).toMatch(reason)
      expect(one?.attempts).toBeGreaterThanOrEqual(3)
      const ended = one?.last.filter(({ verdict }) => verdict !== 'aborted') ?? []
      expect(ended.length).toBeGreaterThanOrEqual(2)
      for (const attempt of ended) expect(attempt.findings[0]?.assertion).toBe(assertion)
      expect(one?.last).toHaveLength(3)
      expect(result.files['junit.xml']).toMatch(new RegExp(`name="${name}"`))
    }
    expect(result.checks.get('token')?.last.at(-1)?.findings[0]?.hint).toMatch(/does not accept the credentials/)
    const rows = (text: RegExp) => result.summary.split('\n').filter((line) => line.startsWith('|') && text.test(line))
    expect(rows(/❌ failed \| 401 \|/)).toHaveLength(3)
    expect(result.stdout + result.summary + result.files['junit.xml']).not.toContain('wrong-token')
  })
})

describe('health that comes and goes', () => {
  it('never passes, and the check that it is of is named with what was wrong', async () => {
    await using world = await startWorld(({ path, count }) => ({
      status: path === '/flaps' && count % 2 === 1 ? 500 : 200,
    }))
    const file = `
version: 1
defaults: { base-url: "\${HTTP_URL}" }
checks:
  - { name: steady, url: /steady }
  - { name: flapping, url: /flaps }
`
    const result = await check(file, { interval: '500ms', deadline: '1950ms' }, world.env)
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false' } })
    expect(Number(result.outputs['rounds'])).toBeGreaterThanOrEqual(3)
    expect(result.checks.get('flapping')?.reason).toMatch(/500 Internal Server Error/)
    expect(result.checks.get('flapping')?.last.map(({ verdict }) => verdict)).toEqual(
      expect.arrayContaining(['passed', 'failed']),
    )
    expect(result.checks.get('steady')?.verdict).toBe('passed')
    expect(result.annotations.map(({ message }) => message).join('\n')).toContain('flapping')
  })

  it('passes once it stays', async () => {
    await using world = await startWorld(({ count }) => ({ status: count === 2 || count === 4 ? 500 : 200 }))
    const file = `{ version: 1, checks: [{ name: site, url: "\${HTTP_URL}/" }] }`
    const result = await check(file, { interval: '20ms', deadline: '30s', successes: '3' }, world.env)
    expect(result).toMatchObject({ exitCode: 0, outputs: { rounds: '7' } })
  })
})
