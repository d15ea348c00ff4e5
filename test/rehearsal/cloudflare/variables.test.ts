import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cloudflare, Project, ProjectOptions, Variables } from '../../../rehearsal/cloudflare/server.ts'
import { call, deploy, PROJECTS, readBack, start, TOKEN, upload } from './client.ts'

const SITE = `${PROJECTS}/site`
const PAGE = { '/index.html': 'home' }
const secret = (value: string) => ({ type: 'secret_text', value }) as const
const plain = (value: string) => ({ type: 'plain_text', value }) as const

let cloudflare: Cloudflare

beforeEach(async () => {
  cloudflare = await start()
})

afterEach(async () => {
  await cloudflare[Symbol.asyncDispose]()
})

async function startWith(options: Partial<ProjectOptions>): Promise<Cloudflare> {
  return await start({ projects: [{ name: 'site', productionBranch: 'main', ...options }] })
}

function projectOf({ projects: [project] }: Cloudflare): Project {
  if (!project) throw new Error('There is no project.')
  return project
}

const site = () => projectOf(cloudflare)

function patch(deployment_configs: unknown, project = 'site') {
  return call(cloudflare, 'PATCH', `${PROJECTS}/${project}`, { json: { deployment_configs } })
}

const put = (env_vars: Readonly<Record<string, unknown>>, environment = 'production') =>
  patch({ [environment]: { env_vars } })

const configs = async (of = cloudflare) => (await call(of, 'GET', SITE)).result.deployment_configs

describe('variables of a project', () => {
  test('are set by a patch, which answers the project without the value of a secret', async () => {
    const { status, result } = await put({ KEY: secret('s3cret'), URL: plain('https://api.example') })
    const shown = { KEY: secret(''), URL: plain('https://api.example') }
    expect({ status, name: result.name }).toEqual({ status: 200, name: 'site' })
    expect(result.deployment_configs.production.env_vars).toEqual(shown)
    expect((await configs()).production.env_vars).toEqual(shown)
    expect(site().variablesOf('production')).toEqual({ KEY: secret('s3cret'), URL: plain('https://api.example') })
  })

  test('of one environment are not those of the other', async () => {
    await put({ KEY: secret('a') }, 'preview')
    expect(site().variablesOf('preview')).toEqual({ KEY: secret('a') })
    expect(site().variablesOf('production')).toEqual({})
    expect((await configs()).production.env_vars).toEqual({})
  })

  test('that a patch does not name stay, null deletes, and deleting what is not there is no mistake', async () => {
    await put({ KEPT: secret('kept'), CHANGED: secret('old'), GONE: secret('gone') })
    await put({ CHANGED: secret('new'), GONE: null, NEVER: null })
    const expected = { KEPT: secret('kept'), CHANGED: secret('new') }
    expect(site().variablesOf('production')).toEqual(expected)
    await patch({})
    await patch({ production: {} })
    expect(site().variablesOf('production')).toEqual(expected)
  })

  test('can come back after they were deleted, and change between secret and plain', async () => {
    await put({ KEY: secret('a') })
    await put({ KEY: null })
    await put({ KEY: plain('b') })
    expect((await configs()).production.env_vars).toEqual({ KEY: plain('b') })
  })

  test('of both environments change in one patch', async () => {
    await patch({ production: { env_vars: { A: secret('1') } }, preview: { env_vars: { A: secret('2') } } })
    expect([site().variablesOf('production'), site().variablesOf('preview')]).toEqual([
      { A: secret('1') },
      { A: secret('2') },
    ])
  })

  test('are lost when a client sends back what it was shown, as secrets are not', async () => {
    await put({ KEY: secret('s3cret') })
    await patch(Object.fromEntries([['production', { env_vars: (await configs()).production.env_vars }]]))
    expect(site().variablesOf('production')).toEqual({ KEY: secret('') })
  })

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['another environment', { staging: { env_vars: {} } }],
    ['an environment that is none', { production: null }],
    ['a setting that is not kept here', { production: { compatibility_date: '2026-02-01' } }],
    ['another type', { production: { env_vars: { A: { type: 'secret', value: 'x' } } } }],
    ['no type', { production: { env_vars: { A: { value: 'x' } } } }],
    ['no value', { production: { env_vars: { A: { type: 'secret_text' } } } }],
    ['a value that is no text', { production: { env_vars: { A: { type: 'secret_text', value: 5 } } } }],
    ['a bare value', { production: { env_vars: { A: 'x' } } }],
    ['a list', { production: { env_vars: [secret('x')] } }],
  ])('a patch with %s is refused and changes nothing, not even what is right with it', async (_what, wrong) => {
    await put({ A: secret('before') })
    const right = { preview: { env_vars: { B: secret('b') } } }
    const answer = await patch({ ...right, ...wrong })
    expect(answer).toMatchObject({ status: 400, success: false, errors: [{ code: 8000000 }] })
    expect(site().variablesOf('production')).toEqual({ A: secret('before') })
    expect(site().variablesOf('preview')).toEqual({})
  })

  test.each(['', '{', '[]', '{}', '{"production_branch":"trunk"}'])('a patch of %j is refused', async (body) => {
    const response = await fetch(`${cloudflare.apiBaseUrl}${SITE}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${TOKEN}` },
      body,
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: 8000000 }] })
  })

  test('of an unknown project are 8000007', async () => {
    const answer = await patch({ production: { env_vars: {} } }, 'other')
    expect(answer).toMatchObject({ status: 404, errors: [{ code: 8000007 }] })
  })
})

describe('the hash of the wrangler file', () => {
  test('is shown where there is one, and stays when a patch has none', async () => {
    await using managed = await startWith({ configHashes: { production: 'abc' } })
    const before = await configs(managed)
    expect(before.production.wrangler_config_hash).toBe('abc')
    expect(before.preview).not.toHaveProperty('wrangler_config_hash')
    const json = { deployment_configs: { production: { env_vars: { A: secret('a') } } } }
    await call(managed, 'PATCH', SITE, { json })
    expect((await configs(managed)).production.wrangler_config_hash).toBe('abc')
  })

  test('is what a patch says', async () => {
    await patch({ preview: { wrangler_config_hash: 'def' } })
    expect((await configs()).preview.wrangler_config_hash).toBe('def')
  })
})

describe('variables that a test gives', () => {
  test('may have values', async () => {
    const given: Variables = { KEY: secret('s3cret'), URL: plain('x') }
    await using own = await startWith({ variables: { production: given } })
    expect(projectOf(own).variablesOf('production')).toEqual(given)
    expect((await configs(own)).production.env_vars).toEqual({ KEY: secret(''), URL: plain('x') })
  })

  test('may be names of secrets, to which it can add, and of which a patch can delete', async () => {
    const production = ['A', 'B']
    await using own = await startWith({ variables: { production } })
    production.push('C')
    const json = { deployment_configs: { production: { env_vars: { A: null } } } }
    await call(own, 'PATCH', SITE, { json })
    expect((await configs(own)).production.env_vars).toEqual({ B: secret(''), C: secret('') })
  })
})

describe('a secret becomes live only with a deployment', () => {
  test('nothing is live before the first one', async () => {
    await put({ KEY: secret('a') })
    expect([site().liveVariables('production'), site().liveVariables('preview')]).toEqual([{}, {}])
  })

  test('each deployment keeps what there was when it was created', async () => {
    await put({ KEY: secret('old') })
    await deploy(cloudflare, PAGE)
    await put({ KEY: secret('new'), MORE: secret('more') })
    expect(site().liveVariables('production')).toEqual({ KEY: secret('old') })
    await deploy(cloudflare, PAGE)
    expect(site().liveVariables('production')).toEqual({ KEY: secret('new'), MORE: secret('more') })
    expect(site().deployments.map(({ variables }) => variables)).toEqual([
      { KEY: secret('new'), MORE: secret('more') },
      { KEY: secret('old') },
    ])
  })

  test('one that is still under way has not made it live, and what changes meanwhile is not in it', async () => {
    await put({ KEY: secret('first') })
    const { result } = await upload(cloudflare, PAGE)
    expect(site().liveVariables('production')).toEqual({})
    await put({ KEY: secret('second') })
    await readBack(cloudflare, result.id)
    expect(site().liveVariables('production')).toEqual({ KEY: secret('first') })
  })

  test('one that fails leaves the one before live', async () => {
    await put({ KEY: secret('old') })
    await deploy(cloudflare, PAGE)
    await put({ KEY: secret('new') })
    cloudflare.behave({ stages: { stage: 'deploy', status: 'failure' } })
    await deploy(cloudflare, PAGE)
    expect(site().liveVariables('production')).toEqual({ KEY: secret('old') })
  })

  test('one that does not become canonical leaves the one before live', async () => {
    await put({ KEY: secret('old') })
    await deploy(cloudflare, PAGE)
    await put({ KEY: secret('new') })
    cloudflare.behave({ canonical: false })
    await deploy(cloudflare, PAGE)
    expect(site().liveVariables('production')).toEqual({ KEY: secret('old') })
  })

  test('a preview has the variables of previews, and the newest that succeeded is the live one', async () => {
    await patch({ production: { env_vars: { KEY: secret('p') } }, preview: { env_vars: { KEY: secret('1') } } })
    await deploy(cloudflare, PAGE, { branch: 'develop' })
    await put({ KEY: secret('2') }, 'preview')
    await deploy(cloudflare, PAGE, { branch: 'feature' })
    await put({ KEY: secret('3') }, 'preview')
    await upload(cloudflare, PAGE, { branch: 'develop' })
    expect(site().liveVariables('preview')).toEqual({ KEY: secret('2') })
    expect(site().liveVariables('production')).toEqual({})
  })
})

test('the record of requests has the names of secrets and no value of one', async () => {
  await put({ KEY: secret('s3cret'), URL: plain('https://api.example'), GONE: null })
  expect(JSON.stringify(cloudflare.requests)).not.toContain('s3cret')
  expect(cloudflare.requests).toMatchObject([
    {
      method: 'PATCH',
      body: {
        deployment_configs: {
          production: { env_vars: { KEY: secret('***'), URL: plain('https://api.example'), GONE: null } },
        },
      },
    },
  ])
})
