import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Behaviour, Cloudflare, Variables } from '../../../rehearsal/cloudflare/server.ts'
import { installWrangler, runWrangler } from '../../support/wrangler.ts'
import { ACCOUNT, PROJECTS, start, TOKEN } from './client.ts'

const COMMIT = '5f2c6f1e3d0c4b7a9e8d7c6b5a4f3e2d1c0b9a88'
const IMAGE = randomBytes(70_000)
const FILES = {
  'dist/index.html': '<!doctype html><h1>Home</h1>',
  'dist/about.html': '<!doctype html><h1>About</h1>',
  'dist/404.html': 'Nothing here',
  'dist/assets/app.css': 'h1 { color: green }',
  'dist/assets/image.png': IMAGE,
  'dist/_headers': '/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n',
  'dist/_redirects': '/team /about 301\n',
  'functions/api/hello.js': 'export const onRequest = () => new Response("hello")\n',
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloudflare-site-'))
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  await installWrangler()
})

afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

function deploy(
  cloudflare: Cloudflare,
  options: { branch?: string; project?: string; env?: Record<string, string> } = {},
) {
  const { branch = 'main', project = 'site', env = {} } = options
  const commit = ['--commit-hash', COMMIT, '--commit-message', 'Add a page', '--commit-dirty=false']
  const args = ['pages', 'deploy', 'dist', '--project-name', project, '--branch', branch, ...commit]
  return runWrangler(args, { cwd: folder, env: { ...credentials(cloudflare), ...env } })
}

function wrangler(cloudflare: Cloudflare, args: readonly string[], stdin = '') {
  return runWrangler(args, { cwd: folder, env: credentials(cloudflare), stdin })
}

function credentials({ apiBaseUrl }: Cloudflare) {
  return { CLOUDFLARE_API_BASE_URL: apiBaseUrl, CLOUDFLARE_ACCOUNT_ID: ACCOUNT, CLOUDFLARE_API_TOKEN: TOKEN }
}

const asked = ({ requests }: Cloudflare) =>
  requests.map(({ method, path, status }) => `${method} ${path.replace(PROJECTS, '')} ${status}`)

describe.concurrent('wrangler pages deploy', () => {
  test('uploads a folder whose bytes come back over HTTP', async () => {
    await using cloudflare = await start()
    const { exitCode, records } = await deploy(cloudflare)
    const [deployment] = cloudflare.projects[0]?.deployments ?? []
    expect(exitCode).toBe(0)
    expect(records.find(({ type }) => type === 'pages-deploy-detailed')).toMatchObject({
      deployment_id: deployment?.id,
      url: deployment?.url,
      environment: 'production',
      production_branch: 'main',
      deployment_trigger: { metadata: { commit_hash: COMMIT } },
    })
    const get = (path: string) => fetch(`${deployment?.url}${path}`, { redirect: 'manual' })
    expect(await (await get('/')).text()).toBe(FILES['dist/index.html'])
    expect(await (await get('/about')).text()).toBe(FILES['dist/about.html'])
    const image = await get('/assets/image.png')
    expect(Buffer.from(await image.arrayBuffer()).equals(IMAGE)).toBe(true)
    expect(image.headers.get('content-type')).toBe('image/png')
    expect(image.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await get('/team')).headers.get('location')).toBe('/about')
    expect((await get('/_headers')).status).toBe(404)
    expect(deployment?.uses_functions).toBe(true)
    expect(deployment?.deployment_trigger.metadata).toEqual({
      branch: 'main',
      commit_hash: COMMIT,
      commit_message: 'Add a page',
      commit_dirty: false,
    })
  })

  test('asks what it is known to ask, in this order', async () => {
    await using cloudflare = await start()
    await deploy(cloudflare)
    const [{ id } = { id: '' }] = cloudflare.projects[0]?.deployments ?? []
    // The five files go into three buckets, each with an upload of its own.
    expect(asked(cloudflare)).toEqual([
      'GET /site 200',
      'GET /site 200',
      'GET /site/upload-token 200',
      'GET /site/upload-token 200',
      'POST /pages/assets/check-missing 200',
      'POST /pages/assets/upload 200',
      'POST /pages/assets/upload 200',
      'POST /pages/assets/upload 200',
      'POST /pages/assets/upsert-hashes 200',
      'POST /site/deployments 200',
      `GET /site/deployments/${id} 200`,
    ])
  })

  test('uploads nothing twice', async () => {
    await using cloudflare = await start()
    await deploy(cloudflare)
    const uploads = () => asked(cloudflare).filter((line) => line === 'POST /pages/assets/upload 200').length
    const before = uploads()
    const { exitCode } = await deploy(cloudflare, { branch: 'develop' })
    expect({ exitCode, uploads: uploads() }).toEqual({ exitCode: 0, uploads: before })
    expect(cloudflare.projects[0]?.deployments[0]).toMatchObject({ environment: 'preview' })
  })

  test('finds the account by itself when none is given', async () => {
    await using cloudflare = await start()
    const { exitCode } = await deploy(cloudflare, { env: { CLOUDFLARE_ACCOUNT_ID: '' } })
    expect(exitCode).toBe(0)
    expect(asked(cloudflare).slice(0, 2).sort()).toEqual(['GET /accounts 200', 'GET /memberships 200'])
  })
})

describe.concurrent('what wrangler makes of a refusal', () => {
  const UNKNOWN = { code: 8000000, message: 'An unknown error occurred.' }
  const failure = (records: readonly { readonly type: string }[]) =>
    records.find(({ type }) => type === 'command-failed')

  async function deployWith(behaviour: Behaviour) {
    await using cloudflare = await start({ behaviour })
    const run = await deploy(cloudflare)
    return { ...run, asked: asked(cloudflare), deployments: cloudflare.projects[0]?.deployments.length }
  }

  test('a refused deployment is tried three times and ends with exit code 1', async () => {
    const { exitCode, records, asked, deployments } = await deployWith({ upload: UNKNOWN })
    expect({ exitCode, deployments }).toEqual({ exitCode: 1, deployments: 0 })
    expect(failure(records)).toMatchObject({ code: 8000000 })
    expect(asked.filter((line) => line === 'POST /site/deployments 500')).toHaveLength(3)
  })

  test('a refused asset upload ends with exit code 0 though nothing was deployed', async () => {
    const { exitCode, records, asked, deployments } = await deployWith({ upload: { ...UNKNOWN, at: 'assets' } })
    expect({ exitCode, deployments }).toEqual({ exitCode: 0, deployments: 0 })
    expect(failure(records)).toMatchObject({ code: 8000000 })
    expect(records.filter(({ type }) => type.startsWith('pages-deploy'))).toEqual([])
    expect(asked.filter((line) => line.includes('/site/deployments'))).toEqual([])
  })

  test('a canceled deployment ends with exit code 0 and is announced as one that went well', async () => {
    const { exitCode, records } = await deployWith({ stages: { stage: 'deploy', status: 'canceled' } })
    expect(exitCode).toBe(0)
    expect(records.filter(({ type }) => type === 'pages-deploy-detailed')).toHaveLength(1)
  })

  test('a failed deployment ends with exit code 1 and the last line of its log', async () => {
    const log = 'Error: The bundle is too large.'
    const { exitCode, output } = await deployWith({ stages: { stage: 'deploy', status: 'failure', log } })
    expect(exitCode).toBe(1)
    expect(output).toContain('The bundle is too large.')
  })

  test('an unknown project ends with exit code 1 and its name', async () => {
    await using cloudflare = await start()
    const { exitCode, output } = await deploy(cloudflare, { project: 'other' })
    expect(exitCode).toBe(1)
    expect(output).toContain('The Pages project "other" does not exist.')
  })

  test('a refused token ends with exit code 1 and code 10000', async () => {
    await using cloudflare = await start()
    const { exitCode, output, records } = await deploy(cloudflare, { env: { CLOUDFLARE_API_TOKEN: 'another-token' } })
    expect(exitCode).toBe(1)
    expect(output).toContain('Authentication error [code: 10000]')
    expect(failure(records)).toMatchObject({ code: 10000 })
  })
})

/** As wrangler reads it: only white space at its very end is dropped. */
const SECRET = '  -----BEGIN KEY-----\nä"$\\\n\n-----END KEY-----'
const secret = (value: string) => ({ type: 'secret_text', value })

describe.concurrent('wrangler pages secret', () => {
  const project = (variables: Variables = {}) => ({
    projects: [
      {
        name: 'site',
        productionBranch: 'main',
        variables: { production: variables },
        configHashes: { production: 'abc' },
      },
    ],
  })
  const site = ['--project-name', 'site']

  test('put stores what it is given, beside what was there, and deploys nothing', async () => {
    await using cloudflare = await start(project({ OTHER: { type: 'secret_text', value: 'kept' } }))
    const { exitCode, output } = await wrangler(cloudflare, ['pages', 'secret', 'put', 'KEY', ...site], `${SECRET}\n`)
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining('Uploaded secret KEY') })
    const [pages] = cloudflare.projects
    expect(pages?.variablesOf('production')).toEqual({ OTHER: secret('kept'), KEY: secret(SECRET) })
    expect([pages?.variablesOf('preview'), pages?.liveVariables('production')]).toEqual([{}, {}])
    expect(asked(cloudflare)).toEqual(['GET /site 200', 'PATCH /site 200'])
    expect(cloudflare.requests[1]?.body).toEqual({
      deployment_configs: { production: { env_vars: { KEY: secret('***') }, wrangler_config_hash: 'abc' } },
    })
  })

  test('put makes a secret that is live with the next deployment', async () => {
    await using cloudflare = await start()
    await wrangler(cloudflare, ['pages', 'secret', 'put', 'KEY', ...site, '--env', 'preview'], SECRET)
    await deploy(cloudflare, { branch: 'develop' })
    const [pages] = cloudflare.projects
    expect(pages?.liveVariables('preview')).toEqual({ KEY: secret(SECRET) })
    expect(pages?.variablesOf('production')).toEqual({})
  })

  test('bulk puts several in one request', async () => {
    await using cloudflare = await start(project({ OTHER: { type: 'secret_text', value: 'kept' } }))
    const content = JSON.stringify({ KEY: SECRET, MORE: 'more' })
    expect(await wrangler(cloudflare, ['pages', 'secret', 'bulk', ...site], content)).toMatchObject({ exitCode: 0 })
    const expected = { OTHER: secret('kept'), KEY: secret(SECRET), MORE: secret('more') }
    expect(cloudflare.projects[0]?.variablesOf('production')).toEqual(expected)
    expect(asked(cloudflare)).toEqual(['GET /site 200', 'PATCH /site 200'])
  })

  test('delete takes one away, and list shows the rest without values', async () => {
    const variables: Variables = {
      KEY: { type: 'secret_text', value: 'x' },
      OTHER: { type: 'secret_text', value: 's3cret' },
    }
    await using cloudflare = await start(project(variables))
    expect(await wrangler(cloudflare, ['pages', 'secret', 'delete', 'KEY', ...site])).toMatchObject({ exitCode: 0 })
    expect(cloudflare.projects[0]?.variablesOf('production')).toEqual({ OTHER: secret('s3cret') })
    const { output } = await wrangler(cloudflare, ['pages', 'secret', 'list', ...site])
    expect(output).toContain('OTHER: Value Encrypted')
    expect(output).not.toMatch(/KEY|s3cret/)
  })

  test('put for an unknown project ends with exit code 1 and its name', async () => {
    await using cloudflare = await start()
    const { exitCode, output } = await wrangler(
      cloudflare,
      ['pages', 'secret', 'put', 'KEY', '--project-name', 'x'],
      'v',
    )
    expect(exitCode).toBe(1)
    expect(output).toContain('Project "x" does not exist.')
  })
})

describe.concurrent('wrangler secret', () => {
  const api = ['--name', 'api']

  test('put stores what it is given, live at once', async () => {
    await using cloudflare = await start({ workers: [{ name: 'api', secrets: { KEY: 'old', OTHER: 'kept' } }] })
    const { exitCode, output } = await wrangler(cloudflare, ['secret', 'put', 'KEY', ...api], `${SECRET}\n`)
    expect({ exitCode, output }).toMatchObject({ exitCode: 0, output: expect.stringContaining('Uploaded secret KEY') })
    expect(cloudflare.workers).toEqual({ api: { KEY: SECRET, OTHER: 'kept' } })
  })

  test('delete takes one away, and list shows the rest', async () => {
    await using cloudflare = await start({ workers: [{ name: 'api', secrets: { KEY: 'x', OTHER: 's3cret' } }] })
    expect(await wrangler(cloudflare, ['secret', 'delete', 'KEY', ...api])).toMatchObject({ exitCode: 0 })
    expect(cloudflare.workers).toEqual({ api: { OTHER: 's3cret' } })
    const { output } = await wrangler(cloudflare, ['secret', 'list', ...api])
    expect(JSON.parse(output)).toEqual([{ name: 'OTHER', type: 'secret_text' }])
  })

  test('put where the latest version is not deployed ends with exit code 1 and its own words for 10215', async () => {
    await using cloudflare = await start({ workers: [{ name: 'api', latestDeployed: false }] })
    const { exitCode, output } = await wrangler(cloudflare, ['secret', 'put', 'KEY', ...api], 'new')
    expect(exitCode).toBe(1)
    expect(output).toContain('wrangler versions secret put')
    expect(cloudflare.workers).toEqual({ api: {} })
  })

  test('put of a value that is too large ends with exit code 1 and code 10054', async () => {
    await using cloudflare = await start({ workers: [{ name: 'api' }] })
    const { exitCode, output } = await wrangler(cloudflare, ['secret', 'put', 'KEY', ...api], 'x'.repeat(6000))
    expect(exitCode).toBe(1)
    expect(output).toContain(
      "Text binding 'KEY' is too large, its size of 6.0 kB exceeds the limit of 5.1 kB. [code: 10054]",
    )
  })

  test('list of an unknown Worker ends with exit code 1 and its name', async () => {
    await using cloudflare = await start()
    const { exitCode, output } = await wrangler(cloudflare, ['secret', 'list', '--name', 'other'])
    expect(exitCode).toBe(1)
    expect(output).toContain('Worker "other" not found.')
  })
})

describe.concurrent('wrangler whoami', () => {
  test.each([
    ['user', 'User API Token'],
    ['account', 'Account API Token'],
  ] as const)('knows a token of the %s by where it is verified', async (tokenOwner, name) => {
    await using cloudflare = await start({ tokenOwner })
    const { exitCode, output } = await wrangler(cloudflare, ['whoami'])
    expect(exitCode).toBe(0)
    expect(output).toContain(name)
  })
})
