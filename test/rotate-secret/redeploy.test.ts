/** The workflow that makes a value live: dispatched, waited for, and done before anything is verified. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Dispatched } from '../../rehearsal/github/dispatch.ts'
import type { Conclusion } from '../../rehearsal/github/runs.ts'
import { runBundle } from '../support/bundle.ts'
import { push } from '../support/context.ts'
import { journalOf, writesOf } from './journal.ts'
import { refusalOf } from './refusal.ts'
import { CLOUDFLARE, DAY, NAME, NEXT, OLD, PREVIOUS, REPO, type Scene, startScene } from './setup.ts'

const PATH = '.github/workflows/deploy.yml'
const PAGES = { ...CLOUDFLARE, targets: 'repository\npages:site/production', redeploy: 'deploy.yml' }

async function open(): Promise<Scene & { readonly dispatched: Dispatched[] }> {
  const scene = await startScene()
  scene.github.setWorkflow({ name: 'Deploy', path: PATH, state: 'active' })
  const dispatched: Dispatched[] = []
  endsAs(scene, 'success', dispatched)
  return Object.assign(scene, { dispatched })
}

function endsAs({ github }: Scene, conclusion: Conclusion, dispatched: Dispatched[] = []): void {
  github.onDispatch((run) => {
    dispatched.push(run)
    github.updateRun(run.id, { status: 'completed', conclusion })
  })
}

/** As a direct upload is made, and waited for. */
async function deploy({ cloudflare }: Scene): Promise<void> {
  const form = new FormData()
  form.set('manifest', '{}')
  form.set('branch', 'main')
  const url = `${cloudflare.apiBaseUrl}/accounts/${CLOUDFLARE['account-id']}/pages/projects/site/deployments`
  const headers = { authorization: `Bearer ${CLOUDFLARE['api-token']}` }
  const answer = await fetch(url, { method: 'POST', body: form, headers })
  const { id } = Object(await answer.json()).result
  for (let look = 0; look < 20; look += 1) {
    const { result } = Object(await (await fetch(`${url}/${id}`, { headers })).json())
    if (result.latest_stage.name === 'deploy' && result.latest_stage.status === 'success') return
  }
  throw new Error('The deployment is not done.')
}

it('is done between the last write that needs it and the first that uses it', async () => {
  await using scene = await open()
  const ended = await scene.rotate(PAGES)
  expect(ended.error).toBeUndefined()
  expect(writesOf(ended)).toEqual([
    `PUT secrets/${NEXT}`,
    `PUT secrets/${PREVIOUS}`,
    'PATCH pages/projects/site',
    'POST actions/workflows/deploy.yml/dispatches',
    `PUT secrets/${NAME}`,
    `DELETE secrets/${NEXT}`,
  ])
  expect(scene.dispatched).toMatchObject([{ path: PATH, ref: 'refs/heads/main', inputs: {} }])
  expect(ended.summary).toContain('| now: it was deployed again |')
  expect(ended.log).toContain('deploy.yml is dispatched on main.')
  expect(ended.log).toMatch(/Waiting for http\S+\/actions\/runs\/\d+/)
})

it('is of the default branch, whatever branch the run was started on by hand', async () => {
  await using scene = await open()
  const { id, secrets } = scene.newRun()
  const { exitCode, stdout } = await runBundle('rotate-secret', {
    inputs: {
      name: NAME,
      current: secrets[NAME],
      redeploy: 'deploy.yml',
      'github-token': scene.token,
      'job-token': scene.github.issueToken('rotate', { actions: 'write' }),
    },
    github: scene.github,
    workspace: scene.workspace,
    context: { ...push({ branch: 'feature' }), eventName: 'workflow_dispatch' },
    env: { GITHUB_RUN_ID: `${id}`, GITHUB_REPOSITORY_ID: `${scene.github.repository.id}` },
  })
  expect(exitCode, stdout).toBe(0)
  expect(scene.dispatched).toMatchObject([{ path: PATH, ref: 'refs/heads/main' }])
})

it('gives the workflow its inputs', async () => {
  await using scene = await open()
  await scene.rotate({ ...PAGES, redeploy: 'deploy.yml\nenvironment=production\nnote=rotation' })
  expect(scene.dispatched[0]?.inputs).toEqual({ environment: 'production', note: 'rotation' })
})

it('is waited for, so that the program that verifies sees the new deployment', async () => {
  await using scene = await open()
  const journal = journalOf(scene)
  const live = () => scene.cloudflare.projects[0]?.liveVariables('production')[NAME]?.value ?? 'nothing'
  scene.github.onDispatch(({ id }) => {
    const before = live()
    void deploy(scene).then(() => {
      appendFileSync(join(scene.workspace, 'journal'), `live: ${before}, then ${live()}\n`)
      scene.github.updateRun(id, { status: 'completed', conclusion: 'success' })
    })
  })
  const ended = await scene.rotate({ ...PAGES, 'verify-command': journal.program('verify') }, undefined, journal.limits)
  expect(ended.error).toBeUndefined()
  const value = scene.held()[NAME]
  expect(journal.written().slice(-5)).toEqual([
    'POST actions/workflows/deploy.yml/dispatches',
    `live: nothing, then ${value}`,
    `verify: ${value}`,
    `PUT secrets/${NAME}`,
    `DELETE secrets/${NEXT}`,
  ])
  expect(ended.summary).toContain('has accepted the new value at the new deployment.')
})

it.each(['failure', 'cancelled', 'timed_out'] as const)('that ends as %s stops the rotation', async (conclusion) => {
  await using scene = await open()
  endsAs(scene, conclusion)
  const ended = await scene.rotate(PAGES)
  expect(ended.error).toMatch(
    new RegExp(
      `^SESSION_KEY was rotated in a part of its places only: the new value is in pages:site/production \\(from its next deployment on\\), and not in repository\\. The deployment by deploy\\.yml ended as ${conclusion}: http\\S+/actions/runs/\\d+\nMend what that run says, then start a new run of this workflow, which deploys again\\.$`,
    ),
  )
  expect(scene.held()[NAME]).toBe(OLD)
  expect(ended.outputs['result']).toBeUndefined()
  const pending = scene.held()[NEXT]
  endsAs(scene, 'success')
  const again = await scene.rotate(PAGES)
  expect(again.outputs['result']).toBe('resumed')
  expect(scene.held()[NAME]).toBe(pending)
})

it('is done when a previous value is retired from where it needs it', async () => {
  await using scene = await open()
  await scene.rotate(PAGES)
  scene.github.passTime(8 * DAY)
  const ended = await scene.rotate(PAGES)
  expect(ended.outputs['result']).toBe('retired')
  expect(writesOf(ended)).toEqual([
    'PATCH pages/projects/site',
    'POST actions/workflows/deploy.yml/dispatches',
    `DELETE secrets/${PREVIOUS}`,
  ])
})

it('is not done where nothing is due', async () => {
  await using scene = await open()
  scene.github.setSecret(REPO, NAME, OLD)
  const ended = await scene.rotate(PAGES)
  expect(ended.outputs['result']).toBe('not-due')
  expect(scene.dispatched).toEqual([])
})

describe('is refused before anything is written', () => {
  it('where there is no such workflow', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate(PAGES)
    expect(refusalOf(ended)).toBe(
      'Input redeploy names deploy.yml, and this repository has no such workflow.\nGive the name of a file in .github/workflows of the default branch.',
    )
  })

  it.each(['disabled_manually', 'disabled_inactivity'] as const)('where it is %s', async (state) => {
    await using scene = await startScene()
    scene.github.setWorkflow({ name: 'Deploy', path: PATH, state })
    const ended = await scene.rotate(PAGES)
    expect(refusalOf(ended)).toBe(
      `Input redeploy names ${PATH}, which is not active (${state}).\nEnable it on the Actions page of the repository.`,
    )
  })
})

it('needs a permission of the job, which is named', async () => {
  await using scene = await open()
  const reader = scene.github.issueToken('rotate', { actions: 'read' })
  const ended = await scene.rotate({ ...PAGES, 'job-token': reader })
  expect(ended.error).toContain(
    'GitHub refused to dispatch deploy.yml on main: Resource not accessible by integration (403).',
  )
  expect(ended.error).toContain('Add "actions: write" to the job\'s permissions.')
  expect(scene.held()[NAME]).toBe(OLD)
})

it('that cannot be dispatched is told as GitHub tells it', async () => {
  await using scene = await startScene()
  scene.github.setWorkflow({ name: 'Deploy', path: PATH, state: 'active', dispatchable: false })
  const ended = await scene.rotate(PAGES)
  expect(ended.error).toContain("Workflow does not have 'workflow_dispatch' trigger (422).")
  expect(scene.held()[NAME]).toBe(OLD)
})

it('takes none of two runs that GitHub does not tell apart', async () => {
  await using scene = await open()
  const headers = { authorization: `Bearer ${scene.github.issueToken('rotate', { actions: 'write' })}` }
  const ended = await scene.rotate(PAGES, undefined, {
    async meet(_, request) {
      if (!request.endsWith('/dispatches')) return undefined
      const url = scene.github.apiUrl + request.slice('POST '.length)
      const dispatch = () => fetch(url, { method: 'POST', headers, body: JSON.stringify({ ref: 'main' }) })
      await dispatch()
      return dispatch()
    },
  })
  expect(scene.dispatched).toHaveLength(2)
  expect(ended.error).toContain(
    'deploy.yml was dispatched, by others at the same moment, too, and GitHub does not say which run is which.\nStart a new run, which deploys again.',
  )
  expect(scene.held()[NAME]).toBe(OLD)
})

it('finds the run in the list where GitHub does not say which it has made', async () => {
  await using scene = await open()
  await scene.rotate(PAGES)
  scene.github.passTime(40 * DAY)
  const headers = { authorization: `Bearer ${scene.github.issueToken('rotate', { actions: 'write' })}` }
  const ended = await scene.rotate(PAGES, undefined, {
    async meet(_, request) {
      if (!request.endsWith('/dispatches')) return undefined
      const url = scene.github.apiUrl + request.slice('POST '.length)
      return fetch(url, { method: 'POST', headers, body: JSON.stringify({ ref: 'main' }) })
    },
  })
  expect(ended.error).toBeUndefined()
  expect(ended.outputs['result']).toBe('rotated')
  expect(scene.dispatched).toHaveLength(2)
  expect(ended.log).toContain(`/actions/runs/${scene.dispatched[1]?.id}`)
  expect(ended.requests.filter((request) => request.endsWith('/workflows/deploy.yml/runs'))).toHaveLength(1)
})
