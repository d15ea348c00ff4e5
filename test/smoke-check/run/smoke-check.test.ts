import { describe, expect, it } from 'vitest'
import { json, QUICK, serve, smoke } from './scenario.ts'

const OLD = '1111111111111111111111111111111111111111'
const NEW = '2222222222222222222222222222222222222222'

describe('a healthy site', () => {
  it('passes after two healthy rounds, says so in every output, and asks no more', async () => {
    await using site = await serve(() => json({ ok: true }))
    const result = await smoke({ ...QUICK, urls: `api=${site.origin}/healthz 200\n${site.origin}/` })
    expect(result).toMatchObject({
      exitCode: 0,
      annotations: [],
      outputs: { healthy: 'true', passed: '2', failed: '0', warned: '0', rounds: '2' },
    })
    expect(Number(result.outputs['duration'])).toBeGreaterThanOrEqual(50)
    expect(result.outputs['slowest']).toMatch(/^\d+ \S+/)
    expect([...site.requests].sort()).toEqual(['GET /', 'GET /', 'GET /healthz', 'GET /healthz'])
    expect(result.summary).toContain('### Smoke check: healthy\n\nAll 2 checks were healthy in 2 rounds in a row')
    expect(result.summary).toContain('| api | ✅ passed |')
    expect(result.stdout).toContain('Round 1: 2 passed.\nRound 2: 2 passed.')
  })

  it('is asked with what an earlier check of the same round has captured, and with its cookies', async () => {
    await using site = await serve(({ url, method, headers, text }, count) => {
      if (url === '/login' && method === 'GET') {
        const body = `<input name="csrf" value="form-token-${count}">`
        return { headers: { 'set-cookie': `csrftoken=cookie-${count}; Path=/` }, body }
      }
      const allowed = headers.cookie === `csrftoken=cookie-${count}` && text === `csrf=form-token-${count}&user=ada`
      return { status: allowed ? 200 : 403, body: `${headers.cookie} ${text}` }
    })
    const result = await smoke(QUICK, {
      file: `
version: 1
defaults: { base-url: "${site.origin}" }
checks:
  - { name: form, url: /login, capture: { CSRF: { body-matches: 'name="csrf" value="([^"]+)"' } } }
  - name: login
    url: /login
    method: POST
    request-body: { form: { csrf: "\${CSRF}", user: ada } }
    needs: [form]
`,
    })
    expect(result).toMatchObject({ exitCode: 0, outputs: { healthy: 'true', passed: '2', rounds: '2' } })
    expect(result.masks).toEqual(expect.arrayContaining(['form-token-1', 'form-token-2']))
  })
})

describe('a site that is not healthy', () => {
  it('fails at the deadline with its outputs set, the last three results, and what to do', async () => {
    await using site = await serve(({ url }) =>
      url === '/bad' ? json({ error: 'database' }, 503) : json({ ok: true }),
    )
    const result = await smoke({ ...QUICK, urls: `good=${site.origin}/good\nbad=${site.origin}/bad 200` })
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', passed: '1', failed: '1' } })
    expect(Number(result.outputs['rounds'])).toBeGreaterThan(3)
    const [total, single, ...others] = result.annotations
    expect(total).toMatchObject({
      level: 'error',
      title: 'Smoke check',
      message: expect.stringMatching(
        /^1 of 2 checks was not healthy within the deadline of 1\.5 s .*\nNot healthy: bad \(failed\)\./,
      ),
    })
    expect(single).toMatchObject({ level: 'error', message: expect.stringMatching(/^bad: .*503/) })
    expect(others).toEqual([])
    const rows = result.summary.split('\n').filter((line) => line.startsWith('|'))
    expect(rows[2]).toMatch(/^\| bad \| ❌ failed \| .*503/)
    expect(rows.filter((row) => /❌ failed \| 503 \|/.test(row))).toHaveLength(3)
  })

  it('is never healthy while its health comes and goes', async () => {
    await using site = await serve((_, count) => ({ status: count % 2 === 0 ? 500 : 200 }))
    const result = await smoke({ ...QUICK, urls: `api=${site.origin}/` })
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false' } })
    expect(Number(result.outputs['rounds'])).toBeGreaterThan(3)
    expect(result.stdout).toMatch(/api: failed\. .*500/)
  })

  it('becomes healthy once a start that took a while is over', async () => {
    await using site = await serve((_, count) => ({ status: count < 4 ? 503 : 200 }))
    const result = await smoke({ ...QUICK, deadline: '20s', urls: `api=${site.origin}/` })
    expect(result).toMatchObject({ exitCode: 0, outputs: { healthy: 'true', rounds: '5' } })
  })

  it('points at the line of the check in its annotation', async () => {
    await using site = await serve(() => ({ status: 500 }))
    const file = `version: 1\nchecks:\n  - { name: api, url: "${site.origin}" }\n  - { name: soft, url: "${site.origin}", severity: warn }\n`
    const result = await smoke({ ...QUICK, deadline: '2s' }, { file })
    expect(result.annotations.slice(1)).toMatchObject([
      { level: 'error', title: 'Smoke check: api', file: 'smoke.yml', line: '3' },
      { level: 'warning', title: 'Smoke check: soft', file: 'smoke.yml', line: '4' },
    ])
  })

  it('names a check that hangs at the end, although it was healthy before', async () => {
    await using site = await serve((_, count) => (count === 1 ? {} : undefined))
    const files = { junit: 'junit.xml', metrics: 'smoke.prom' }
    const result = await smoke({ ...QUICK, ...files, deadline: '2500ms', urls: `api=${site.origin}/` })
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', passed: '0', failed: '1' } })
    expect(result.summary).toContain('It had not answered when the deadline came; it was passed in round 1.')
    expect(result.files['junit.xml']).toMatch(/errors="1"/)
    expect(result.files['smoke.prom']).toMatch(/^probe_success\{.*\} 0$/m)
  })

  it('names the check at the root of what could not be made', async () => {
    await using site = await serve(() => ({ status: 500 }))
    const check = (name: string, needs: string) =>
      `  - { name: ${name}, url: "${site.origin}/${name}", needs: [${needs}] }`
    const file = [
      'version: 1',
      'checks:',
      check('alive', ''),
      check('database', 'alive'),
      check('list', 'database'),
    ].join('\n')
    const result = await smoke({ ...QUICK, deadline: '200ms' }, { file })
    expect(result.summary).toContain('It needs "database" → "alive", which has failed.')
    expect(result.summary).toContain(
      '1 of 3 checks was not healthy, and 2 more could not be made because of it, within',
    )
  })

  it('skips what needs a check that has failed', async () => {
    await using site = await serve(() => ({ status: 500 }))
    const file = `
version: 1
checks:
  - { name: first, url: "${site.origin}/first" }
  - { name: second, url: "${site.origin}/second", needs: [first] }
`
    const result = await smoke({ ...QUICK, deadline: '200ms' }, { file })
    expect(result.outputs).toMatchObject({ failed: '2' })
    expect(result.summary).toContain('| second | ⏭️ skipped | It needs "first", which has failed. |')
    expect(site.requests).not.toContain('GET /second')
  })

  it.each([
    ['fail', 0, 'true'],
    ['warn', 1, 'false'],
    ['never', 0, 'true'],
  ])('that only warns ends, with fail-on %s, with exit code %i', async (failOn, exitCode, healthy) => {
    await using site = await serve(() => ({ status: 500 }))
    const file = `{ version: 1, checks: [{ name: api, url: "${site.origin}", severity: warn }] }`
    const result = await smoke({ ...QUICK, 'fail-on': failOn }, { file })
    expect(result).toMatchObject({ exitCode, outputs: { healthy, warned: '1', failed: '0' } })
    expect(result.annotations.map(({ level }) => level)).toContain(failOn === 'warn' ? 'error' : 'warning')
  })

  it('does not fail the step where nothing shall', async () => {
    await using site = await serve(() => ({ status: 500 }))
    const result = await smoke({ ...QUICK, deadline: '300ms', 'fail-on': 'never', urls: site.origin })
    expect(result).toMatchObject({ exitCode: 0, outputs: { healthy: 'false', failed: '1' } })
    expect(result.annotations.map(({ level }) => level)).toEqual(['warning', 'warning'])
  })
})

describe('the version gate', () => {
  const file = (origin: string) => `
version: 1
checks:
  - { name: site, url: "${origin}/version.json", version: { json: $.commit }, json: { $.new: { equals: true } } }
`

  it('waits while the old version answers and passes once the new one does', async () => {
    await using site = await serve((_, count) => json(count < 4 ? { commit: OLD } : { commit: NEW, new: true }))
    const result = await smoke({ ...QUICK, deadline: '20s', 'expect-version': NEW }, { file: file(site.origin) })
    expect(result).toMatchObject({ exitCode: 0, outputs: { healthy: 'true', rounds: '5' } })
    expect(result.stdout).toContain('Round 1: 1 waiting.')
    expect(result.stdout).toMatch(new RegExp(`site: waiting\\. .*${OLD}.*waiting for ${NEW}`))
    expect(result.stdout).not.toContain('failed')
  })

  it('names the version that was served when the deadline comes', async () => {
    await using site = await serve(() => json({ commit: OLD }))
    const result = await smoke({ ...QUICK, deadline: '400ms', 'expect-version': NEW }, { file: file(site.origin) })
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', failed: '1' } })
    expect(result.summary).toContain(`Expected version \`${NEW}\`, served \`${OLD}\`.`)
    expect(result.summary).toContain('| site | ⏳ waiting |')
  })

  it('waits for the new version where its check only warns, and when it gets no answer', async () => {
    await using site = await serve(() => json({ commit: OLD }))
    const warning = (url: string) =>
      `{ version: 1, checks: [{ name: site, url: "${url}", version: { json: $.commit }, severity: warn }] }`
    const pace = { ...QUICK, deadline: '300ms', 'expect-version': NEW }
    const old = await smoke(pace, { file: warning(`${site.origin}/version.json`) })
    expect(old).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', failed: '1', warned: '0' } })
    const refused = await smoke(pace, { file: warning('http://127.0.0.1:9/') })
    expect(refused).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', failed: '1' } })
  })

  it('shows the expected version where it is sent in a query as well, and says what was not judged without one', async () => {
    await using site = await serve(() => json({ commit: OLD }))
    const busted = file(site.origin)
      .replace('version.json', `version.json?fresh=${NEW}`)
      .replace(/, json: .* }/, ' }')
    const gated = await smoke({ ...QUICK, deadline: '300ms', 'expect-version': NEW }, { file: busted })
    expect(gated.summary).toContain(`Version ${OLD} answers; waiting for ${NEW}.`)
    expect(gated.masks).not.toContain(NEW)
    const open = await smoke(QUICK, { file: busted })
    expect(open.stdout).toContain(`No version was expected, so that none was judged; served: ${OLD} (site).`)
    expect(open.exitCode).toBe(0)
  })

  it('is an error where no check says how a version is served', async () => {
    const result = await smoke({ ...QUICK, 'expect-version': NEW, urls: 'http://127.0.0.1:9/' })
    expect(result.exitCode).toBe(1)
    expect(result.annotations[0]?.message).toMatch(/expect-version/)
    expect(result.outputs).toEqual({})
  })
})

describe('the deadline', () => {
  it('holds within a second when a server never answers', async () => {
    await using site = await serve(() => undefined)
    const result = await smoke({ deadline: '2s', interval: '1s', urls: `${site.origin}/a\n${site.origin}/b` })
    expect(result).toMatchObject({ exitCode: 1, outputs: { healthy: 'false', failed: '2', rounds: '1' } })
    expect(Number(result.outputs['duration'])).toBeGreaterThanOrEqual(2000)
    expect(Number(result.outputs['duration'])).toBeLessThan(3000)
    expect(result.summary).toContain('⏱️ aborted | No attempt ended before the deadline.')
  })

  it('keeps the results of what had ended before it', async () => {
    await using site = await serve(({ url }) => (url === '/slow' ? undefined : { status: 500 }))
    const result = await smoke({ ...QUICK, urls: `slow=${site.origin}/slow\nbad=${site.origin}/bad` })
    expect(result.summary).toMatch(/\| bad \| ❌ failed \|/)
    expect(result.summary).toMatch(/\| slow \| ⏱️ aborted \|/)
  })

  it('is not waited for by a round that could not begin before it', async () => {
    await using site = await serve(() => ({ status: 500 }))
    const result = await smoke({ deadline: '10s', interval: '8s', successes: '1', urls: site.origin, timeout: '1s' })
    expect(Number(result.outputs['duration'])).toBeLessThan(9500)
    expect(result.outputs['rounds']).toBe('2')
  })
})

describe('a cancelled step', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends in time on %s, says so, and leaves what it knows', async (signal) => {
    await using site = await serve(({ url }) => (url === '/slow' ? undefined : { status: 200 }))
    let killed = 0
    const result = await smoke(
      { deadline: '1m', json: 'out/report.json', urls: `good=${site.origin}/good\nslow=${site.origin}/slow` },
      {
        meanwhile: async (child) => {
          while (!site.requests.includes('GET /slow')) await new Promise((resolve) => setTimeout(resolve, 20))
          killed = performance.now()
          child.kill(signal)
        },
      },
    )
    expect(performance.now() - killed).toBeLessThan(5000)
    expect(result.exitCode).toBe(1)
    expect(result.annotations).toEqual([{ level: 'error', message: `The step was cancelled (${signal}).` }])
    expect(result.summary).toContain('not healthy when the step was cancelled')
    expect(result.files['out/report.json']).toContain('"deadlineReached": false')
  })
})

describe('a dry run', () => {
  it('shows the plan with its variables filled in and secrets left out, and asks nothing', async () => {
    await using site = await serve(() => ({}))
    const file = `
version: 1
defaults: { base-url: "\${BACKEND_URL}", headers: { Authorization: "Bearer \${TOKEN}" } }
checks:
  - { name: list, url: "/items?limit=1000&key=\${KEY}", capture: { id: { json: "$[0].id" } } }
  - { name: one, url: "/items/\${id}", needs: [list], status: [200, 304], presets: [no-debug], tls: { expires-in: 30d }, redirects: 3, json: { $.id: { equals: "\${id}" } } }
`
    const env = { BACKEND_URL: site.origin, TOKEN: 'bearer-secret', KEY: 'query-secret' }
    const result = await smoke({ 'dry-run': 'true' }, { file, env })
    expect(result).toMatchObject({ exitCode: 0, outputs: {} })
    expect(site.requests).toEqual([])
    expect(result.stdout).toContain(
      '2 checks: 2 healthy rounds in a row within 3 min, a round every 3.0 s, at most 16 at once.',
    )
    expect(result.stdout).toContain(`list: GET ${site.origin}/items?limit=1000&key=*** (smoke.yml:5)`)
    expect(result.stdout).toContain(
      `one: GET ${site.origin}/items/\${id} (smoke.yml:6)\n  status 200 or 304; json $.id must equal "\${id}"; ` +
        'a certificate for 30 d more; no-debug; sends Authorization; redirects at most 3; after list',
    )
    expect(result.summary).toContain('### Smoke check: dry run')
    expect(result.stdout + result.summary).not.toMatch(/query-secret|bearer-secret/)
  })
})

describe('mistakes', () => {
  it('of the inputs are one error that says what to write', async () => {
    const result = await smoke({ deadline: '180', urls: 'http://127.0.0.1:9/' })
    expect(result).toMatchObject({ exitCode: 1, outputs: {}, summary: '' })
    expect(result.annotations).toHaveLength(1)
    expect(result.stdout).not.toMatch(/^\s+at /m)
  })

  it('of having nothing to check are an error', async () => {
    const result = await smoke({})
    expect(result.exitCode).toBe(1)
    expect(result.annotations[0]?.message).toMatch(/urls|checks/)
  })

  it('of asking for an address through a proxy are an error, except for hosts that it is not for', async () => {
    await using site = await serve(() => ({}))
    const proxy = { HTTP_PROXY: 'http://127.0.0.1:9' }
    const file = `{ version: 1, checks: [{ name: api, url: "${site.origin}", ip: "4" }] }`
    const refused = await smoke(QUICK, { file, env: proxy })
    expect(refused.exitCode).toBe(1)
    expect(refused.annotations[0]?.message).toMatch(/proxy/)
    const direct = await smoke(QUICK, { file, env: { ...proxy, NO_PROXY: '127.0.0.1' } })
    expect(direct.exitCode).toBe(0)
  })
})
