import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cloudflare, FinalStage } from '../../../rehearsal/cloudflare/server.ts'
import { call, deploy, PROJECTS, readBack, start, upload } from './client.ts'

let cloudflare: Cloudflare

beforeEach(async () => {
  cloudflare = await start({ projects: [{ name: 'site', productionBranch: 'main', customDomains: 1 }] })
})

afterEach(async () => {
  await cloudflare[Symbol.asyncDispose]()
})

const HOME = '/index.html'
const page = (text: string) => ({ [HOME]: text })
const project = async () => (await call(cloudflare, 'GET', `${PROJECTS}/site`)).result
const textAt = async (url: string) => await (await fetch(url)).text()

describe('a deployment', () => {
  test('tells who made it from what', async () => {
    const fields = { commit_hash: 'a'.repeat(40), commit_message: 'Größer', commit_dirty: 'false' }
    const { result } = await upload(cloudflare, page('one'), { branch: 'feature/a', fields })
    expect(result).toMatchObject({
      short_id: result.id.slice(0, 8),
      project_name: 'site',
      environment: 'preview',
      production_branch: 'main',
      is_skipped: false,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      aliases: null,
      deployment_trigger: {
        type: 'ad_hoc',
        metadata: {
          branch: 'feature/a',
          commit_hash: 'a'.repeat(40),
          commit_message: 'Größer',
          commit_dirty: false,
        },
      },
    })
  })

  test('without a branch is of the production branch', async () => {
    const { result } = await upload(cloudflare, page('one'), { branch: '' })
    expect(result).toMatchObject({
      environment: 'production',
      deployment_trigger: { metadata: { branch: 'main' } },
    })
  })

  test('is under way until it is read back, then every stage succeeded and it is served', async () => {
    const { result } = await upload(cloudflare, page('one'))
    expect(result.latest_stage).toMatchObject({ name: 'queued', status: 'active', ended_on: null })
    expect((await fetch(result.url)).status).toBe(404)
    const after = (await readBack(cloudflare, result.id)).result
    expect(after.latest_stage).toMatchObject({ name: 'deploy', status: 'success' })
    expect(after.stages.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`)).toEqual([
      'queued success',
      'initialize success',
      'clone_repo success',
      'build success',
      'deploy success',
    ])
    expect(await textAt(result.url)).toBe('one')
  })

  test('that is unknown is 8000009', async () => {
    const answer = await readBack(cloudflare, '00000000-0000-4000-8000-000000000000')
    expect(answer).toMatchObject({ status: 404, errors: [{ code: 8000009 }] })
  })

  test('has a log', async () => {
    const { id } = await deploy(cloudflare, page('one'))
    const { result } = await call(cloudflare, 'GET', `${PROJECTS}/site/deployments/${id}/history/logs?size=10000000`)
    expect(result.total).toBe(result.data.length)
    expect(result.data.at(-1)).toMatchObject({ line: 'Success: Your site was deployed!', ts: expect.any(String) })
  })
})

describe('production', () => {
  test('the newest success is the canonical deployment, on the subdomain and the custom domains', async () => {
    const first = await deploy(cloudflare, page('one'))
    const second = await deploy(cloudflare, page('two'))
    const { canonical_deployment, latest_deployment, subdomain, domains } = await project()
    expect(canonical_deployment.id).toBe(second.id)
    expect(latest_deployment.id).toBe(second.id)
    expect(domains).toEqual([subdomain, expect.stringMatching(/^127\.0\.0\.1:\d+$/)])
    for (const domain of domains) expect(await textAt(`http://${domain}`)).toBe('two')
    expect(canonical_deployment.aliases).toEqual([`http://${domains[1]}`])
    expect((await readBack(cloudflare, first.id)).result.aliases).toBeNull()
    expect(await textAt(first.url)).toBe('one')
  })

  test('its own hosts may be indexed, a single deployment may not', async () => {
    const { url } = await deploy(cloudflare, page('one'))
    const { subdomain } = await project()
    expect((await fetch(url)).headers.get('x-robots-tag')).toBe('noindex')
    expect((await fetch(`http://${subdomain}`)).headers.get('x-robots-tag')).toBeNull()
  })
})

describe('a preview', () => {
  test('has the alias of its branch, which moves to the newest deployment and leaves production alone', async () => {
    const first = await deploy(cloudflare, page('one'), { branch: 'Feature/Add_Cart' })
    const other = await deploy(cloudflare, page('other'), { branch: 'develop' })
    expect(await textAt(first.aliases[0])).toBe('one')
    const second = await deploy(cloudflare, page('two'), { branch: 'Feature/Add_Cart' })
    expect(second.aliases).toEqual(first.aliases)
    expect(other.aliases).not.toEqual(first.aliases)
    expect(await textAt(second.aliases[0])).toBe('two')
    expect((await readBack(cloudflare, first.id)).result.aliases).toBeNull()
    expect((await project()).canonical_deployment).toBeNull()
  })

  test('shares its alias with a branch whose name differs in punctuation only', async () => {
    const first = await deploy(cloudflare, page('one'), { branch: 'fix/api' })
    const second = await deploy(cloudflare, page('two'), { branch: 'FIX-api' })
    expect(second.aliases).toEqual(first.aliases)
  })

  test.each([
    ['hyphens at its ends', 'develop', '_develop--'],
    ['characters beyond the twenty-eighth', `${'a'.repeat(27)}-b`, `/${'a'.repeat(27)}-c`],
  ])('shares its alias with a branch whose name differs in %s', async (_what, one, other) => {
    const first = await deploy(cloudflare, page('one'), { branch: one })
    const second = await deploy(cloudflare, page('two'), { branch: other })
    expect(second.aliases).toEqual(first.aliases)
  })

  test('of a name without letters and digits has an alias of its own', async () => {
    const first = await deploy(cloudflare, page('one'), { branch: '___' })
    const second = await deploy(cloudflare, page('two'), { branch: '---' })
    expect(first.aliases).toHaveLength(1)
    expect(second.aliases).not.toEqual(first.aliases)
  })

  test('that is read back late does not take the alias from a newer one', async () => {
    const early = (await upload(cloudflare, page('early'), { branch: 'develop' })).result
    const late = await deploy(cloudflare, page('late'), { branch: 'develop' })
    await readBack(cloudflare, early.id)
    expect(await textAt(late.aliases[0])).toBe('late')
  })
})

describe('the list of deployments', () => {
  test('is newest first, in pages, by environment', async () => {
    const ids: string[] = []
    for (const branch of ['main', 'develop', 'main']) ids.unshift((await deploy(cloudflare, page('x'), { branch })).id)
    const list = async (query: string) => {
      const { result, result_info } = await call(cloudflare, 'GET', `${PROJECTS}/site/deployments${query}`)
      return { ids: result.map(({ id }: { id: string }) => id), result_info }
    }
    expect(await list('')).toEqual({
      ids,
      result_info: { page: 1, per_page: 25, count: 3, total_count: 3, total_pages: 1 },
    })
    expect(await list('?per_page=2&page=2')).toEqual({
      ids: ids.slice(2),
      result_info: { page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 },
    })
    expect((await list('?env=preview')).ids).toEqual([ids[1]])
  })

  test.each(['per_page=26', 'per_page=100', 'per_page=0', 'page=0', 'page=x'])('refuses %s', async (query) => {
    const answer = await call(cloudflare, 'GET', `${PROJECTS}/site/deployments?${query}`)
    expect(answer).toMatchObject({ status: 400, errors: [{ code: 8000024 }] })
  })
})

describe('behaviour', () => {
  test('a refused upload creates nothing, and the next one may go through', async () => {
    cloudflare.behave({ upload: { code: 8000000, message: 'An unknown error occurred.' } })
    expect(await upload(cloudflare, page('one'))).toMatchObject({ status: 500, errors: [{ code: 8000000 }] })
    expect((await project()).latest_deployment).toBeNull()
    cloudflare.behave({})
    expect(await upload(cloudflare, page('one'))).toMatchObject({ status: 200, success: true })
  })

  test.each<FinalStage>([
    { stage: 'queued', status: 'active' },
    { stage: 'queued', status: 'success' },
    { stage: 'build', status: 'failure' },
    { stage: 'deploy', status: 'canceled' },
    { stage: 'deploy', status: 'active' },
  ])('a deployment ends for good at $stage/$status, serves nothing and becomes nothing', async (stages) => {
    cloudflare.behave({ stages })
    const deployment = await deploy(cloudflare, page('one'))
    cloudflare.behave({})
    const again = (await readBack(cloudflare, deployment.id)).result
    expect(again.latest_stage).toMatchObject({ name: stages.stage, status: stages.status })
    expect((await fetch(deployment.url)).status).toBe(404)
    expect((await project()).canonical_deployment).toBeNull()
  })

  test('a deployment can take several read-backs, without touching stage deploy on the way', async () => {
    cloudflare.behave({ readBacks: 3 })
    const { result } = await upload(cloudflare, page('one'))
    const seen = []
    for (let count = 0; count < 3; count += 1) {
      const { name, status } = (await readBack(cloudflare, result.id)).result.latest_stage
      seen.push(`${name} ${status}`)
    }
    expect(seen).toEqual(['initialize active', 'clone_repo active', 'deploy success'])
  })

  test('a success need not become canonical', async () => {
    const first = await deploy(cloudflare, page('one'))
    cloudflare.behave({ canonical: false })
    await deploy(cloudflare, page('two'))
    const { canonical_deployment, subdomain } = await project()
    expect(canonical_deployment.id).toBe(first.id)
    expect(await textAt(`http://${subdomain}`)).toBe('one')
  })

  test('the environment can differ from what the branch says', async () => {
    cloudflare.behave({ environment: 'preview' })
    expect(await deploy(cloudflare, page('one'), { branch: 'main' })).toMatchObject({ environment: 'preview' })
    expect((await project()).canonical_deployment).toBeNull()
  })

  test("the project's hosts can lag behind the canonical deployment", async () => {
    await deploy(cloudflare, page('one'))
    cloudflare.behave({ staleDomains: true })
    const second = await deploy(cloudflare, page('two'))
    const { canonical_deployment, subdomain } = await project()
    expect(canonical_deployment.id).toBe(second.id)
    expect(await textAt(`http://${subdomain}`)).toBe('one')
    expect(await textAt(second.url)).toBe('two')
  })

  test('served bytes can differ from the uploaded ones, by path and host', async () => {
    const { url } = await deploy(cloudflare, { [HOME]: 'one', '/a.css': 'p {}' })
    const { subdomain } = await project()
    const spoiled = Buffer.from('spoiled')
    cloudflare.behave({ serve: (path, bytes, host) => (path === HOME && host === subdomain ? spoiled : bytes) })
    expect(await textAt(`http://${subdomain}`)).toBe('spoiled')
    expect(await textAt(url)).toBe('one')
    expect(await textAt(`http://${subdomain}/a.css`)).toBe('p {}')
  })
})

describe('Cloudflare Access', () => {
  const access = { clientId: 'id.access', clientSecret: 'secret' }

  test('sends visitors without the service token to a login page, on every host of the project', async () => {
    await using guarded = await start({ projects: [{ name: 'site', productionBranch: 'main', access }] })
    const { url } = await deploy(guarded, page('one'))
    const { aliases } = await deploy(guarded, page('one'), { branch: 'develop' })
    for (const host of [url, aliases[0], `http://${guarded.projects[0]?.subdomain}`]) {
      const wrong = { 'CF-Access-Client-Id': access.clientId, 'CF-Access-Client-Secret': 'wrong' }
      const answer = await fetch(`${host}/?a=b`, { redirect: 'manual', headers: wrong })
      const location = new URL(answer.headers.get('location') ?? '')
      expect(answer.status).toBe(302)
      expect(location.pathname).toBe(`/cdn-cgi/access/login/${new URL(host).host}`)
      expect(location.searchParams.get('redirect_url')).toBe('/?a=b')
      expect((await fetch(host)).headers.get('content-type')).toMatch(/^text\/html/)
    }
  })

  test('lets visitors with the service token through', async () => {
    await using guarded = await start({ projects: [{ name: 'site', productionBranch: 'main', access }] })
    const { url } = await deploy(guarded, page('one'))
    const headers = { 'CF-Access-Client-Id': access.clientId, 'CF-Access-Client-Secret': access.clientSecret }
    expect(await (await fetch(url, { headers })).text()).toBe('one')
  })
})

test('nothing listens any more once it is disposed', async () => {
  const { url } = await deploy(cloudflare, page('one'))
  await cloudflare[Symbol.asyncDispose]()
  await expect(fetch(url)).rejects.toThrow()
  await expect(fetch(cloudflare.apiBaseUrl)).rejects.toThrow()
  cloudflare = await start()
})
