/** Which deployments count: made since the step began, and live on a branch. */
import { describe, expect, it } from 'vitest'
import { newestSuccessOf, readHistory } from '../../actions/deploy-pages/history.ts'
import type { Answer, Listed, Pages } from '../../actions/deploy-pages/pages.ts'

const { signal } = new AbortController()

function listed(number: number, branch: string, status = 'success'): Listed {
  return {
    id: `d${number}`,
    url: `https://d${number}.site.pages.dev`,
    created_on: new Date(Date.UTC(2026, 0, 1) - number * 1000).toISOString(),
    deployment_trigger: { metadata: { branch, commit_hash: `c${number}` } },
    latest_stage: { name: 'deploy', status },
  }
}

/** Lists these, newest first, 25 a page. */
function pagesWith(all: readonly Listed[]) {
  const asked: number[] = []
  const unused = () => Promise.reject(new Error('Nobody should ask for this.'))
  const pages: Pages = {
    listDeployments: async (_project, page): Promise<Answer<readonly Listed[]>> => {
      asked.push(page)
      return { kind: 'ok', result: all.slice((page - 1) * 25, page * 25) }
    },
    readProject: unused,
    readDeployment: unused,
    readLog: unused,
    findDeployment: unused,
    readFileLimit: unused,
    createProject: unused,
  }
  return { pages, asked, project: 'site', signal }
}

const many = (count: number) => Array.from({ length: count }, (_, index) => listed(index, 'other'))

describe('what has been deployed before', () => {
  it('ends with the newest deployment, by the clock of Cloudflare', async () => {
    const { since } = await readHistory(pagesWith([listed(3, 'main'), listed(7, 'main')]).pages, 'site', signal)
    expect(since.toISOString()).toBe('2025-12-31T23:59:57.000Z')
  })

  it('is nothing in a new project', async () => {
    expect(await readHistory(pagesWith([]).pages, 'site', signal)).toEqual({
      recent: [],
      since: new Date(0),
      unknown: undefined,
    })
  })
})

describe('the newest successful deployment of a branch', () => {
  async function search(all: readonly Listed[]) {
    const ports = pagesWith(all)
    const history = await readHistory(ports.pages, 'site', signal)
    const answer = await newestSuccessOf('develop', history, ports)
    return { id: answer.kind === 'ok' ? answer.result?.id : answer, asked: ports.asked }
  }

  it('is no failed one', async () => {
    const all = [listed(1, 'develop', 'failure'), listed(2, 'develop'), listed(3, 'develop')]
    expect(await search(all)).toEqual({ id: 'd2', asked: [1] })
  })

  it('is found on a later page, too', async () => {
    expect(await search([...many(60), listed(61, 'develop')])).toEqual({ id: 'd61', asked: [1, 2, 3] })
  })

  it('is looked for among a hundred at most', async () => {
    expect(await search([...many(100), listed(101, 'develop')])).toEqual({ id: undefined, asked: [1, 2, 3, 4] })
  })

  it('is not looked for on pages that cannot be there', async () => {
    expect(await search(many(24))).toEqual({ id: undefined, asked: [1] })
  })
})
