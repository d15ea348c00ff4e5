/** Which deployment of an earlier attempt a re-run takes up, and what it says where it takes none. */
import { expect, it } from 'vitest'
import { findEarlier } from '../../actions/deploy-pages/earlier.ts'
import type { Listed } from '../../actions/deploy-pages/pages.ts'
import { type Mark, withMark } from '../../actions/deploy-pages/trailer.ts'

const MARK = { runId: 7, digest: 'a'.repeat(32) }
const CHANGED = { ...MARK, digest: 'b'.repeat(32) }
const OTHER_RUN = { ...MARK, runId: 8 }

function made(id: string, mark: Mark | undefined, status = 'success'): Listed {
  const commit_message = mark === undefined ? 'By hand' : withMark('Say hello', mark)
  return {
    id,
    url: `https://${id}.site.pages.dev`,
    deployment_trigger: { metadata: { branch: 'main', commit_hash: 'c', commit_message } },
    latest_stage: { name: 'deploy', status },
    stages: [],
  }
}

/** @param canonical what production shows */
function find(deployments: readonly Listed[], canonical = deployments[0]?.id) {
  const shown = canonical === undefined ? null : { id: canonical, deployment_trigger: null }
  const project = {
    name: 'site',
    subdomain: 'site.pages.dev',
    domains: [],
    production_branch: 'main',
    canonical_deployment: shown,
  }
  const earlier = findEarlier({ project, environment: 'production' }, { deployments, mayHaveMore: false }, MARK)
  return earlier.kind === 'found' ? earlier.deployment.id : earlier.why
}

it.each<readonly [what: string, deployments: readonly Listed[], found: string]>([
  ['the newest one, when it is of the same run and of the very same', [made('d2', MARK), made('d1', undefined)], 'd2'],
  ['one that is not live yet', [made('d2', MARK, 'active')], 'd2'],
  ['the newest one but for those that came to nothing', [made('d3', OTHER_RUN, 'failure'), made('d2', MARK)], 'd2'],
])('takes up %s', (_what, deployments, found) => {
  expect(find(deployments, 'd2')).toBe(found)
})

const OF_D1 = 'Deployment d1 of an earlier attempt'

it.each<readonly [what: string, deployments: readonly Listed[], why: string]>([
  ['of another run', [made('d1', OTHER_RUN)], 'No earlier attempt of this run has left a deployment.'],
  ['that something else has made', [made('d1', undefined)], 'No earlier attempt of this run has left a deployment.'],
  ['of something else', [made('d1', CHANGED)], `${OF_D1} is made of something else: what is deployed has changed.`],
  ['that failed', [made('d1', MARK, 'failure')], `${OF_D1} came to nothing: its stage deploy has the status failure.`],
  ['that another one followed', [made('d2', OTHER_RUN), made('d1', MARK)], `${OF_D1} was followed by d2.`],
])('does not take up a deployment %s, and says so', (_what, deployments, why) => {
  expect(find(deployments)).toBe(why)
})

it('does not take up a deployment that production no longer shows', () => {
  expect(find([made('d1', MARK)], 'd0')).toBe(`${OF_D1} is no longer what production shows.`)
})
