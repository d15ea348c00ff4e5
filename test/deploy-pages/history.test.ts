/** Which deployments of a branch are found, and with how many questions. */
import { describe, expect, it } from 'vitest'
import { checkAge } from '../../actions/deploy-pages/ancestry.ts'
import { findUpload, isLive, lostStageOf, readHistory, searchBranch } from '../../actions/deploy-pages/history.ts'
import type { Listed, ListOptions, Pages } from '../../actions/deploy-pages/pages.ts'
import type { Answer } from '../../src/cloudflare.ts'

const { signal } = new AbortController()

function listed(number: number, branch: string, status = 'success', message?: string): Listed {
  return {
    id: `d${number}`,
    url: `https://d${number}.site.pages.dev`,
    deployment_trigger: { metadata: { branch, commit_hash: `c${number}`, commit_message: message } },
    latest_stage: { name: 'deploy', status },
    stages: [],
  }
}

/** Lists these, newest first, 25 a page; all but those of `main` are previews. */
function pagesWith(all: readonly Listed[]) {
  const asked: string[] = []
  const unused = () => Promise.reject(new Error('Nobody should ask for this.'))
  const pages: Pages = {
    listDeployments: async (_project, { page, environment }: ListOptions): Promise<Answer<readonly Listed[]>> => {
      asked.push(`${environment ?? 'all'} ${page}`)
      const fitting = all.filter(({ deployment_trigger: trigger }) => {
        const isProduction = trigger?.metadata?.branch === 'main'
        return environment === undefined || isProduction === (environment === 'production')
      })
      return { kind: 'ok', result: fitting.slice((page - 1) * 25, page * 25) }
    },
    readProject: unused,
    readDeployment: unused,
    readLog: unused,
    readFileLimit: unused,
    createProject: unused,
  }
  return { pages, asked, signal }
}

const many = (count: number, branch = 'other') => Array.from({ length: count }, (_, index) => listed(index, branch))

describe('the newest successful deployment of a branch', () => {
  async function search(all: readonly Listed[]) {
    const ports = pagesWith(all)
    const history = await readHistory(ports.pages, 'site', signal)
    const place = { project: 'site', environment: 'preview', branch: 'develop' } as const
    const answer = await searchBranch(place, history, isLive, ports)
    if (answer.kind !== 'ok') throw new Error(answer.message)
    const { deployments, mayHaveMore } = answer.result
    return { id: deployments.find(isLive)?.id, mayHaveMore, asked: ports.asked }
  }

  it('is no failed one', async () => {
    const all = [listed(1, 'develop', 'failure'), listed(2, 'develop'), listed(3, 'develop')]
    expect(await search(all)).toEqual({ id: 'd2', mayHaveMore: false, asked: ['all 1'] })
  })

  it('is found on a later page, too', async () => {
    const asked = ['all 1', 'preview 1', 'preview 2', 'preview 3']
    expect(await search([...many(60), listed(61, 'develop')])).toEqual({ id: 'd61', mayHaveMore: false, asked })
  })

  it('is found behind any number of deployments to the other environment', async () => {
    const asked = ['all 1', 'preview 1']
    expect(await search([...many(200, 'main'), listed(61, 'develop')])).toEqual({
      id: 'd61',
      mayHaveMore: false,
      asked,
    })
  })

  it('is looked for among a hundred at most, and whether there may be more is told', async () => {
    const asked = ['all 1', 'preview 1', 'preview 2', 'preview 3', 'preview 4']
    expect(await search([...many(100), listed(101, 'develop')])).toEqual({ id: undefined, mayHaveMore: true, asked })
  })

  it('is not looked for on pages that cannot be there', async () => {
    expect(await search(many(24))).toEqual({ id: undefined, mayHaveMore: false, asked: ['all 1'] })
  })
})

it('a preview whose branch is not among the newest hundred is deployed with a note, one of a new branch without', async () => {
  const project = { name: 'site', subdomain: 'site.pages.dev', domains: [], production_branch: 'main' }
  const target = { branch: 'develop', commitHash: 'c', commitMessage: undefined, fromFork: false }
  const age = async (all: readonly Listed[]) => {
    const { pages } = pagesWith(all)
    const history = await readHistory(pages, 'site', signal)
    const compare = () => Promise.reject(new Error('There is nothing to compare.'))
    return checkAge({ project, target, environment: 'preview', history }, { pages, compare, signal })
  }
  expect(await age(many(101))).toEqual({
    problems: [],
    warnings: [],
    notes: [expect.stringContaining('newest hundred previews is one of branch "develop"')],
  })
  expect(await age(many(99))).toEqual({ problems: [], warnings: [], notes: [] })
})

describe('the upload of a step', () => {
  const mark = { runId: 7, digest: 'a'.repeat(32) }
  const message = `Say hello\r\n\r\nSlipway-Upload: 7-${mark.digest}`
  const all = [listed(1, 'main', 'success'), listed(2, 'main', 'success', message), listed(3, 'main', 'x', message)]

  it('is the newest with its mark', () => {
    expect(findUpload(all, mark)?.id).toBe('d2')
  })

  it('is none that does not count any more', () => {
    expect(findUpload(all, mark, new Set(['d2']))?.id).toBe('d3')
    expect(findUpload(all, mark, new Set(['d2', 'd3']))).toBeUndefined()
  })

  it('is not one of another run or of something else', () => {
    expect(findUpload(all, { ...mark, runId: 8 })).toBeUndefined()
    expect(findUpload(all, { ...mark, digest: 'b'.repeat(32) })).toBeUndefined()
  })
})

it.each([
  ['a failed stage', [{ name: 'build', status: 'failure' }], { name: 'deploy', status: 'idle' }, 'build'],
  ['a cancelled stage', [], { name: 'deploy', status: 'canceled' }, 'deploy'],
  ['no lost stage', [{ name: 'build', status: 'success' }], { name: 'deploy', status: 'active' }, undefined],
])('a deployment with %s', (_what, stages, latest_stage, lost) => {
  expect(lostStageOf({ stages, latest_stage })?.name).toBe(lost)
})
