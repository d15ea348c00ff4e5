/** What each event is of, and that its payload is what GitHub describes. */
import { describe, expect, test } from 'vitest'
import type { RehearseOptions } from '../../rehearsal/options.ts'
import { notTriggered } from '../../rehearsal/runner/triggers.ts'
import { schemaNamed } from '../support/openapi-description.ts'
import { checkValue } from '../support/openapi-schema.ts'
import { jobOf, printed, rehearseText, step } from '../support/rehearse.ts'

const all = `
on:
  push:
  pull_request:
  workflow_dispatch:
  schedule: [{ cron: '17 2 * * *' }, { cron: '5 5 * * 0' }]
  workflow_run: { workflows: [CI, Other], types: [completed] }
permissions: { contents: write }
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - name: Show
        env: { KEY: '\${{ secrets.KEY }}', TOKEN: '\${{ github.token }}' }
        run: |
          cat "$GITHUB_EVENT_PATH"
          echo
          echo "$GITHUB_EVENT_NAME $GITHUB_REF $GITHUB_REF_NAME $GITHUB_REF_TYPE [$GITHUB_HEAD_REF] [$GITHUB_BASE_REF]"
          echo "secret: $([ -n "$KEY" ] && echo yes || echo no)"
      - { name: Out, id: out, uses: actions/checkout@v7 }
`

async function show(options: Partial<RehearseOptions>) {
  const rehearsal = await rehearseText(all, options)
  const lines = printed(rehearsal, 'Show')
  const payload = JSON.parse(lines.slice(0, -2).join('\n'))
  const [ref, secret] = lines.slice(-2)
  const { commit } = step(rehearsal, 'Out').outputs
  return { rehearsal, payload, ref, secret, commit, permissions: rehearsal.jobs[0]?.permissions }
}

describe('a payload is as GitHub describes it', () => {
  test.each<readonly [string, Partial<RehearseOptions>]>([
    ['webhook-push', { event: 'push', branch: 'develop' }],
    ['webhook-push', { event: 'tag' }],
    ['webhook-pull-request-opened', { event: 'pull_request' }],
    ['webhook-pull-request-opened', { event: 'pull_request', fork: 'stranger', branch: 'main' }],
    ['webhook-workflow-dispatch', { event: 'workflow_dispatch' }],
    ['webhook-workflow-run-completed', { event: 'workflow_run' }],
    ['webhook-workflow-run-completed', { event: 'workflow_run', fork: 'stranger', branch: 'main' }],
  ])('%s of %j', async (schema, options) => {
    expect(checkValue(schemaNamed(schema), (await show(options)).payload)).toEqual([])
  })
})

describe('tag', () => {
  test('is the push of a tag, at the newest commit of the default branch', async () => {
    const { rehearsal, payload, ref, commit } = await show({ event: 'tag', tag: 'v1.2.3' })
    expect(ref).toBe('push refs/tags/v1.2.3 v1.2.3 tag [] []')
    expect(payload).toMatchObject({
      ref: 'refs/tags/v1.2.3',
      before: '0'.repeat(40),
      after: rehearsal.sha,
      created: true,
      base_ref: 'refs/heads/main',
      commits: [],
      head_commit: { id: rehearsal.sha },
    })
    expect(commit).toBe(rehearsal.sha)
  })

  test('is what is rehearsed of a workflow that runs for nothing else', async () => {
    const rehearsal = await rehearseText(jobOf(`- run: 'true'`).replace('on: push', "on: { push: { tags: ['v*'] } }"))
    expect(rehearsal.ref).toBe('refs/tags/v1.0.0')
  })
})

test('schedule is of the default branch, with the first cron of the workflow', async () => {
  const { rehearsal, payload, ref, secret, commit } = await show({ event: 'schedule', secrets: { KEY: 'x-secret' } })
  expect(ref).toBe('schedule refs/heads/main main branch [] []')
  expect(payload).toMatchObject({ schedule: '17 2 * * *', workflow: '.github/workflows/fixture.yml' })
  expect([secret, commit]).toEqual(['secret: yes', rehearsal.sha])
})

describe('workflow_run', () => {
  const secrets = { KEY: 'very-secret' }

  test('runs on the default branch, and tells of the head that the run before was for', async () => {
    const { rehearsal, payload, ref, commit } = await show({ event: 'workflow_run', branch: 'harbour' })
    expect(ref).toBe('workflow_run refs/heads/main main branch [] []')
    expect(commit).toBe(rehearsal.sha)
    const { workflow_run: before } = payload
    expect(before).toMatchObject({
      name: 'CI',
      event: 'pull_request',
      head_branch: 'harbour',
      head_repository: { full_name: 'rehearsal/repository', fork: false },
      status: 'completed',
      conclusion: 'success',
      pull_requests: [{ number: 1, head: { ref: 'harbour', sha: before.head_sha }, base: { sha: rehearsal.sha } }],
    })
    expect(before.head_sha).not.toBe(rehearsal.sha)
    expect(before.id).not.toBe(rehearsal.runId)
  })

  test('after a fork has the secrets and the writing token all the same, whatever the head is called', async () => {
    const options = { event: 'workflow_run', fork: 'stranger', branch: 'main', actor: 'stranger', secrets } as const
    const { rehearsal, payload, ref, secret, permissions } = await show(options)
    expect(ref).toBe('workflow_run refs/heads/main main branch [] []')
    expect(payload.workflow_run).toMatchObject({
      event: 'pull_request',
      head_branch: 'main',
      head_repository: { full_name: 'stranger/repository', fork: true, owner: { login: 'stranger' } },
      pull_requests: [],
      actor: { login: 'stranger' },
    })
    expect(payload.workflow_run.head_sha).not.toBe(rehearsal.sha)
    expect([secret, permissions]).toEqual(['secret: yes', { contents: 'write' }])
    expect(rehearsal.notes).toContain(
      "After a run (success) for main of stranger's fork, with the repository's own secrets and token.",
    )
  })

  test('can follow a push, and a run that failed', async () => {
    const { payload, rehearsal } = await show({ event: 'workflow_run', branch: 'main', conclusion: 'failure' })
    expect(payload.workflow_run).toMatchObject({ event: 'push', head_sha: rehearsal.sha, conclusion: 'failure' })
  })

  test('lets the head be fetched, as through the pull request that it belongs to', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { id: out, uses: actions/checkout@v7, with: { ref: '\${{ github.event.workflow_run.head_sha }}' } }
- { name: Head, run: 'echo "\${{ github.event.workflow_run.head_sha == steps.out.outputs.commit }}"' }
`).replace('on: push', 'on: { workflow_run: { workflows: [CI] } }'),
      { fork: 'stranger' },
    )
    expect(printed(rehearsal, 'Head')).toEqual(['true'])
  })
})

test('pull_request from a fork whose branch is called like the default one is of the trial merge', async () => {
  const options = { event: 'pull_request', fork: 'stranger', branch: 'main', secrets: { KEY: 'very-secret' } } as const
  const { rehearsal, payload, ref, secret, permissions } = await show(options)
  expect(ref).toBe('pull_request refs/pull/1/merge 1/merge branch [main] [main]')
  expect(payload.pull_request.head).toMatchObject({
    ref: 'main',
    label: 'stranger:main',
    repo: { full_name: 'stranger/repository', fork: true },
  })
  expect(payload.pull_request.base.repo.fork).toBe(false)
  expect(payload.pull_request.merge_commit_sha).toBe(rehearsal.sha)
  expect([secret, permissions]).toEqual(['secret: no', { contents: 'read' }])
})

describe('an option that does not belong to the event is refused', () => {
  test.each<readonly [Partial<RehearseOptions>, string]>([
    [
      { event: 'push', fork: 'someone' },
      '--fork is about a pull request. Add --event pull_request or --event workflow_run.',
    ],
    [{ event: 'push', tag: 'v1' }, '--tag is about its push. Add --event tag.'],
    [
      { event: 'push', conclusion: 'failure' },
      '--conclusion is about the run before this one. Add --event workflow_run.',
    ],
    [{ event: 'schedule', branch: 'develop' }, '--branch develop: --event schedule is about the default branch, main.'],
  ])('%j', async (options, message) => {
    await expect(rehearseText(all, options)).rejects.toThrow(message)
  })
})

describe('filters', () => {
  const tags = { tags: ['v*'] }
  const branches = { branches: ['main'] }
  test.each([
    ['push', {}, { branch: 'main', tag: 'v1' }, undefined],
    ['push', tags, { branch: 'main', tag: 'v1' }, undefined],
    ['push', tags, { branch: 'main', tag: 'w1' }, "its 'push' is for the tags v*, not w1"],
    ['push', tags, { branch: 'main' }, "its 'push' is for tags only"],
    ['push', branches, { branch: 'main', tag: 'v1' }, "its 'push' is for branches only"],
    ['push', { ...tags, ...branches }, { branch: 'main' }, undefined],
    ['push', { ...tags, ...branches }, { branch: 'main', tag: 'v1' }, undefined],
    ['push', { 'tags-ignore': ['v*'] }, { branch: 'main', tag: 'v1' }, "its 'push' ignores the tag v1"],
    ['workflow_run', branches, { branch: 'feature' }, "its 'workflow_run' is for the branches main, not feature"],
    ['workflow_run', { 'branches-ignore': ['main'] }, { branch: 'feature' }, undefined],
    ['schedule', [{ cron: '0 0 * * *' }], { branch: 'main' }, undefined],
  ] as const)('of %s, %j, for %j: %s', (event, config, subject, reason) => {
    expect(notTriggered({ [event]: config }, event, subject)).toBe(reason)
  })
})
