/** Faults in the two doubles, as a client sees them and as the record keeps them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Cloudflare } from '../../rehearsal/cloudflare/server.ts'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import type { GitHub } from '../../rehearsal/github/server.ts'
import { deploy, PROJECTS, start, TOKEN, upload } from './cloudflare/client.ts'
import { REPO, SHA, startWithHistory } from './github-support.ts'

function faultSet(...specs: readonly string[]): FaultSet {
  return new FaultSet(specs.map(parseFault))
}

const PROJECT = `${PROJECTS}/site`

async function get(cloudflare: Cloudflare, path = PROJECT) {
  const response = await fetch(`${cloudflare.apiBaseUrl}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

function makeDeployment(github: GitHub): Promise<Response> {
  const token = github.issueToken('deploy', { deployments: 'write' })
  return fetch(`${github.apiUrl}${REPO}/deployments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ ref: SHA.main, required_contexts: [] }),
  })
}

/** The error code of the socket beneath what `fetch` throws. */
async function failure(request: Promise<unknown>): Promise<unknown> {
  try {
    return await request
  } catch (error) {
    return Object(Object(error).cause).code
  }
}

describe('an answer', () => {
  test.each([
    ['503', 503, 'text/plain', 'upstream connect error or disconnect/reset before headers'],
    ['525', 525, 'text/plain', 'error code: 525'],
    ['html=502', 502, 'text/html', '<head><title>502 Bad Gateway</title></head>'],
    ['code=8000000', 400, 'application/json', '"code":8000000,"message":"An unknown error occurred. '],
    ['code=10000/401', 401, 'application/json', '"code":10000,"message":"Authentication error"'],
    ['code=8000035/409;message=Aliased.', 409, 'application/json', '{"code":8000035,"message":"Aliased."}'],
    ['429', 429, 'application/json', '"code":971'],
    ['500;message=Out of order: all of it', 500, 'text/plain', 'Out of order: all of it'],
  ])('of Cloudflare can be %s', async (what, status, type, text) => {
    await using cloudflare = await start({ faults: faultSet(`cloudflare:GET /projects/site:${what}`) })
    const answer = await get(cloudflare)
    expect(answer).toMatchObject({ status, type })
    expect(answer.text).toContain(text)
    expect(cloudflare.requests).toMatchObject([{ status, fault: `cloudflare:GET /projects/site:${what}` }])
  })

  test.each([
    ['503', 503, 'No server is currently available to service your request.'],
    ['502', 502, 'Server Error'],
    ['403', 403, 'Resource not accessible by integration'],
    ['403;message=Must have admin rights.', 403, 'Must have admin rights.'],
  ])('of GitHub can be %s', async (what, status, message) => {
    await using github = await startWithHistory({ faults: faultSet(`github:POST /deployments:${what}`) })
    const response = await makeDeployment(github)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining(message), status: `${status}` })
    expect(github.deployments).toEqual([])
  })

  test('can ask for patience, in headers too', async () => {
    const faults = faultSet('github:POST /deployments:429;retry-after=3;x-ratelimit-remaining=0')
    await using github = await startWithHistory({ faults })
    const { status, headers } = await makeDeployment(github)
    expect([status, headers.get('retry-after'), headers.get('x-ratelimit-remaining')]).toEqual([429, '3', '0'])
  })

  test('can come late, the request being applied at once', async () => {
    await using github = await startWithHistory({ faults: faultSet('github:POST /deployments:delay=300ms') })
    const started = performance.now()
    const answer = makeDeployment(github)
    await expect.poll(() => github.deployments.length, { interval: 5 }).toBe(1)
    expect(performance.now() - started).toBeLessThan(300)
    expect((await answer).status).toBe(201)
    expect(performance.now() - started).toBeGreaterThan(299)
  })

  test('can fail although the request is applied', async () => {
    await using github = await startWithHistory({ faults: faultSet('github:POST /deployments:applied-html=502*1') })
    const answer = await makeDeployment(github)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html'])
    expect(await answer.text()).toContain('502 Bad Gateway')
    expect(github.deployments).toHaveLength(1)
    expect(github.requests).toMatchObject([{ status: 502, fault: 'github:POST /deployments:applied-html=502*1' }])
  })

  test('can break off in the middle of its body, the request being applied', async () => {
    await using github = await startWithHistory({ faults: faultSet('github:POST /deployments:truncate') })
    const response = await makeDeployment(github)
    expect(response.status).toBe(201)
    const reader = response.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    expect(Buffer.from(value ?? []).toString()).toMatch(/^\{"url":.*[^}]$/)
    await expect(reader?.read()).rejects.toThrow('terminated')
    expect(github.deployments).toHaveLength(1)
    expect(github.requests).toMatchObject([{ status: 201, response: null, fault: 'github:POST /deployments:truncate' }])
  })
})

describe('a connection', () => {
  test('can be reset before the request is applied', async () => {
    await using github = await startWithHistory({ faults: faultSet('github:POST /deployments:reset') })
    expect(await failure(makeDeployment(github))).toBe('ECONNRESET')
    expect(github.deployments).toEqual([])
    expect(github.requests).toMatchObject([
      { method: 'POST', status: 0, response: null, body: { ref: SHA.main }, fault: 'github:POST /deployments:reset' },
    ])
  })

  test('can be reset after the request is applied, so that the answer is lost', async () => {
    await using github = await startWithHistory({ faults: faultSet('github:POST /deployments:applied-reset*1') })
    expect(await failure(makeDeployment(github))).toBe('ECONNRESET')
    expect(github.deployments).toHaveLength(1)
    expect((await makeDeployment(github)).status).toBe(201)
    expect(github.requests.map(({ status, fault }) => [status, fault])).toEqual([
      [0, 'github:POST /deployments:applied-reset*1'],
      [201, undefined],
    ])
  })

  test.each([
    ['stall', 0],
    ['applied-stall', 1],
  ])('can %s until the double is disposed of', async (what, applied) => {
    const cloudflare = await start({ faults: faultSet(`cloudflare:POST /deployments:${what}`) })
    const ended = failure(upload(cloudflare, { '/index.html': 'Hello' }))
    await expect.poll(() => cloudflare.requests.at(-1)?.path, { interval: 5 }).toMatch(/\/deployments$/)
    expect(cloudflare.requests.at(-1)).toMatchObject({ status: 0, response: null })
    expect(cloudflare.projects[0]?.deployments).toHaveLength(applied)
    await cloudflare[Symbol.asyncDispose]()
    expect(await ended).toBe('UND_ERR_SOCKET')
  })
})

describe.runIf(process.platform === 'linux')('a process', () => {
  /** Asks for a project, then waits for the end of its input. */
  const asking = (url: string) => `
    process.on('SIGTERM', () => { console.log('terminated'); process.exit(7) })
    process.stdin.resume().on('end', () => process.exit(1))
    await fetch('${url}', { headers: { authorization: 'Bearer ${TOKEN}' } })
    console.log('answered')`

  async function run(code: string) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let stdout = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    const [exitCode, signal] = await once(child, 'close')
    return { exitCode, signal, stdout }
  }

  test('that sent a request can be killed before it is answered', async () => {
    const faults = faultSet('cloudflare:GET /projects/site:kill')
    await using cloudflare = await start({ faults })
    expect(await run(asking(`${cloudflare.apiBaseUrl}${PROJECT}`))).toEqual({
      exitCode: null,
      signal: 'SIGKILL',
      stdout: '',
    })
    expect(cloudflare.requests).toMatchObject([{ status: 0, fault: 'cloudflare:GET /projects/site:kill' }])
  })

  test('can be asked to end, and whether the request was applied can be chosen', async () => {
    const faults = faultSet('cloudflare:POST /pages/projects:applied-kill=SIGTERM')
    await using cloudflare = await start({ faults })
    const code = asking(`${cloudflare.apiBaseUrl}${PROJECTS}`).replace(
      'headers:',
      `method: 'POST', body: '{"name":"new"}', headers:`,
    )
    expect(await run(code)).toEqual({ exitCode: 7, signal: null, stdout: 'terminated\n' })
    expect(cloudflare.projects.map(({ name }) => name)).toEqual(['site', 'new'])
  })

  test('that started the sender is killed with kill-step', async () => {
    await using cloudflare = await start({ faults: faultSet('cloudflare:GET /projects/site:kill-step') })
    const inner = JSON.stringify(asking(`${cloudflare.apiBaseUrl}${PROJECT}`))
    const outer = `
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['--input-type=module', '--eval', ${inner}], { stdio: ['pipe', 'inherit', 'inherit'] })`
    // The sender ends with its parent, whose end of the pipe is its input.
    expect(await run(outer)).toEqual({ exitCode: null, signal: 'SIGKILL', stdout: '' })
  })
})

describe('a set of faults', () => {
  test('matches method and path, and lets everything else through', async () => {
    const faults = faultSet('cloudflare:POST /site:503', 'github:GET /projects/site:503', 'cloudflare:GET /ite:503')
    await using cloudflare = await start({ faults })
    expect(await get(cloudflare)).toMatchObject({ status: 200 })
    expect(cloudflare.requests[0]).not.toHaveProperty('fault')
    expect(faults.report().map(({ met }) => met)).toEqual([0, 0, 0])
  })

  test('applies a fault as often as it says, then the next one that matches', async () => {
    const faults = faultSet('cloudflare:* /projects/*:503*2', 'cloudflare:GET /accounts/**:504*1')
    await using cloudflare = await start({ faults })
    const seen = []
    for (let request = 0; request < 4; request++) seen.push((await get(cloudflare)).status)
    expect(seen).toEqual([503, 503, 504, 200])
    expect(faults.report()).toEqual([
      { spec: 'cloudflare:* /projects/*:503*2', met: 2 },
      { spec: 'cloudflare:GET /accounts/**:504*1', met: 1 },
    ])
  })

  test('can change while the double listens', async () => {
    const faults = new FaultSet()
    await using cloudflare = await start({ faults })
    expect((await get(cloudflare)).status).toBe(200)
    faults.add(parseFault('cloudflare:GET /site:503'))
    expect((await get(cloudflare)).status).toBe(503)
    faults.clear()
    expect((await get(cloudflare)).status).toBe(200)
  })
})

describe('parseFault', () => {
  test.each([
    ['github:GET /a/*:503', '/a/b', true],
    ['github:GET /a/*:503', '/x/a/b', true],
    ['github:GET /a/*:503', '/a/b/c', false],
    ['github:GET /a/**:503', '/a/b/c', true],
    ['github:GET /a/*/c:503', '/a/b.b/c', true],
    ['github:GET /a.b:503', '/axb', false],
    ['github:GET /compare/main...topic:503', '/repos/o/r/compare/main...topic', true],
  ])('%s of %s: %s', (spec, path, expected) => {
    const fault = parseFault(spec)
    expect(fault.kind === 'request' && fault.matches('GET', path)).toBe(expected)
  })

  test('reads a killed step', () => {
    expect(parseFault('step:Deploy: all:kill=SIGTERM@Uploading: 3/4*2')).toMatchObject({
      kind: 'step',
      step: 'Deploy: all',
      blow: 'SIGTERM',
      text: 'Uploading: 3/4',
      times: 2,
    })
    expect(parseFault('step:deploy:kill')).toMatchObject({ blow: 'SIGKILL', text: undefined, times: Infinity })
  })

  test.each([
    ['github', 'not understood. Write it as SIDE:METHOD PATH:WHAT, for example github:POST /deployments:503.'],
    ['gitlab:GET /a:503', "there is no side 'gitlab'. It is github, cloudflare, site, host or step."],
    ['github:FETCH /a:503', "there is no method 'FETCH'. It is GET, HEAD, POST, PUT, PATCH, DELETE or *."],
    [
      'github:GET a:503',
      'not understood. Write it as SIDE:METHOD PATH:WHAT, for example github:POST /deployments:503.',
    ],
    ['github:GET /a:200', "'200' is no status of an error. It is a number from 400 to 599."],
    ['github:GET /a:code=1', "'code=1'. Only Cloudflare's API has codes. Write the status."],
    ['cloudflare:GET /a:code=x', "'code=x'. Write code=CODE or code=CODE/STATUS."],
    ['cloudflare:GET /a:html', "'' is no status of an error. It is a number from 400 to 599."],
    ['github:GET /a:delay=2', "'delay=2'. Write a number and ms, s or m: delay=2s."],
    [
      'github:GET /a:applied-truncate',
      "'applied-truncate'. Before delay and truncate the request is applied in any case.",
    ],
    ['github:GET /a:503;retry=3', "';retry=3'. Write ;retry-after=SECONDS, ;message=TEXT or ;x-HEADER=VALUE."],
    ['github:GET /a:reset;retry-after=3', "'retry-after=3'. Only an answer can have more after a semicolon."],
    ['github:GET /a:503*0', "it would never happen: '*0'. Write *1 or more, or leave it out for ever."],
    [
      'github:GET /a:explode',
      "'explode'. WHAT is a status, code=, html=, delay=, kill, kill-step, stall, reset, truncate, stale, lose-runner.",
    ],
    ['step:Deploy', 'not understood. Write it as step:STEP:kill[=SIGNAL][@TEXT] or step:STEP:lose-runner[@TEXT].'],
    ['step:Deploy:kill=SIGFOO', "'SIGFOO' is no signal that is sent here. It is SIGKILL, SIGTERM or SIGINT."],
  ])('refuses %s', (spec, message) => {
    expect(() => parseFault(spec)).toThrow(`--fault ${spec}: ${message}`)
  })
})

describe('a deployed site', () => {
  const NEW = 'c0ffee0000000000000000000000000000000001'
  const files = (commit: string) => ({ '/index.html': 'home', '/version.json': JSON.stringify({ commit }) })
  const text = async (url: string) => (await fetch(url)).text()

  test('answers visitors with a fault, at every one of its addresses, and the API without', async () => {
    await using cloudflare = await start({ faults: faultSet('site:GET /version.json:503*2', 'site:GET /gone:reset') })
    const { url } = await deploy(cloudflare, files(NEW))
    const project = `http://${cloudflare.projects[0]?.subdomain}`
    const broken = await fetch(`${url}/version.json`)
    expect([broken.status, await broken.text()]).toEqual([503, expect.stringContaining('Service Unavailable')])
    expect((await fetch(`${project}/version.json`)).status).toBe(503)
    expect((await fetch(`${project}/version.json`)).status).toBe(200)
    expect(await failure(fetch(`${project}/gone`))).toBe('ECONNRESET')
    expect((await get(cloudflare)).status).toBe(200)
  })

  test('that is stale names another commit where it was never deployed before, except at its own address', async () => {
    await using cloudflare = await start({ faults: faultSet('site:GET /version.json:stale') })
    const { url } = await deploy(cloudflare, files(NEW), { fields: { commit_hash: NEW } })
    const project = `http://${cloudflare.projects[0]?.subdomain}`
    const served = await text(`${project}/version.json`)
    expect(served).toMatch(/^\{"commit":"[0-9a-f]{40}"\}$/)
    expect(served).not.toContain(NEW)
    expect(await text(`${project}/`)).toBe('home')
    expect(await text(`${url}/version.json`)).toContain(NEW)
  })

  test('that is stale shows what was deployed before', async () => {
    const faults = faultSet()
    await using cloudflare = await start({ faults })
    await deploy(cloudflare, files('old'))
    await deploy(cloudflare, files(NEW), { fields: { commit_hash: NEW } })
    const project = `http://${cloudflare.projects[0]?.subdomain}`
    expect(await text(`${project}/version.json`)).toContain(NEW)
    faults.add(parseFault('site:GET /version.json:stale*1'))
    expect(await text(`${project}/version.json`)).toContain('old')
    expect(await text(`${project}/version.json`)).toContain(NEW)
  })

  test.each([
    ['cloudflare:GET /x:stale', 'Only a site or a host can be stale'],
    ['site:GET /x:code=8000000', "Only Cloudflare's API has codes"],
  ])('has faults of its own: %s is refused', (spec, message) => {
    expect(() => parseFault(spec)).toThrow(message)
  })
})
