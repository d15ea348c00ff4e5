import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GitHubContext, headOf, readContext } from '../../src/context.ts'
import { ActionError } from '../../src/errors.ts'
import {
  MERGE_SHA,
  pullRequest,
  push,
  REPOSITORY,
  type RunContext,
  SHA,
  tagPush,
  workflowRun,
} from '../support/context.ts'

describe('the context', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-context-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  function environment({ eventName, ref, sha, event }: RunContext) {
    const path = join(folder, 'event.json')
    writeFileSync(path, JSON.stringify(event))
    return {
      GITHUB_EVENT_NAME: eventName,
      GITHUB_EVENT_PATH: path,
      GITHUB_JOB: 'deploy',
      GITHUB_REF: ref,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_RUN_ID: '4242',
      GITHUB_SHA: sha,
    }
  }

  it('is read from the environment, with the defaults of github.com', () => {
    expect(readContext(environment(push()))).toMatchObject({
      owner: 'octo-org',
      repo: 'site',
      sha: SHA,
      ref: 'refs/heads/main',
      runId: 4242,
      runAttempt: 1,
      job: 'deploy',
      apiUrl: 'https://api.github.com',
      serverUrl: 'https://github.com',
    } satisfies Partial<GitHubContext>)
  })

  it.each(['GITHUB_EVENT_NAME', 'GITHUB_EVENT_PATH', 'GITHUB_JOB', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID', 'GITHUB_SHA'])(
    'names %s when it is missing',
    (name) => {
      expect(() => readContext({ ...environment(push()), [name]: '' })).toThrow(
        `The environment variable ${name} is missing.`,
      )
    },
  )

  it('says what is wrong with an event of another shape', () => {
    const context = { ...push(), event: { pull_request: { number: 'seven' } } }
    expect(() => readContext(environment(context))).toThrow(ActionError)
    expect(() => readContext(environment(context))).toThrow(/^The event file of this run has an unexpected shape: /)
  })

  const none = { isSecondHand: false, fork: undefined, doubt: undefined }

  it.each([
    ['a push', push({ branch: 'feature/x' }), { ...none, sha: SHA, branch: 'feature/x', message: 'Say hello' }],
    ['a tag', tagPush(), { ...none, sha: SHA, branch: undefined, message: 'Release v1.0.0' }],
    ['a pull request', pullRequest(), { ...none, sha: SHA, branch: 'feature', message: 'Add a page' }],
    [
      'a pull request of a fork',
      pullRequest({ branch: 'main', from: 'mona/site' }),
      { ...none, sha: SHA, branch: 'main', fork: 'mona', message: 'Add a page' },
    ],
    [
      'a pull request of a deleted fork',
      pullRequest({ from: null }),
      { ...none, sha: SHA, branch: 'feature', fork: 'unknown', message: 'Add a page' },
    ],
    [
      'a pull request of this repository, in other letters',
      pullRequest({ from: REPOSITORY.toUpperCase() }),
      { ...none, sha: SHA, branch: 'feature', message: 'Add a page' },
    ],
    [
      'a workflow_run behind a pull request of this repository',
      workflowRun({ started: 'pull_request' }),
      { ...none, sha: SHA, branch: 'feature', isSecondHand: true, message: 'Say hello' },
    ],
    [
      'a workflow_run of a fork',
      workflowRun({ branch: 'main', from: 'mona/site' }),
      { ...none, sha: SHA, branch: 'main', isSecondHand: true, fork: 'mona', message: 'Say hello' },
    ],
    [
      'a workflow_run behind a push, whose branch may be a tag',
      workflowRun({ branch: 'main' }),
      { ...none, sha: SHA, branch: 'main', isSecondHand: true, message: 'Say hello' },
    ],
    [
      'a schedule',
      { eventName: 'schedule', ref: 'refs/heads/main', sha: MERGE_SHA, event: { schedule: '0 4 * * *' } },
      { ...none, sha: MERGE_SHA, branch: 'main', message: undefined },
    ],
  ])('has the head that people mean under %s', (_, context, head) => {
    expect(headOf(readContext(environment(context)))).toEqual(head)
  })

  it.each<readonly [string, RunContext, string]>([
    [
      'a comment on a pull request',
      { eventName: 'issue_comment', ref: 'refs/heads/main', sha: SHA, event: { comment: { body: '/deploy' } } },
      'the event issue_comment does not say whose code is built',
    ],
    ...['workflow_run', 'issue_comment', 'check_run', 'deployment_status', 'pull_request_review', 'dynamic'].map(
      (started): readonly [string, RunContext, string] => [
        `a workflow_run behind ${started}`,
        workflowRun({ branch: 'main', started }),
        `the run before was started by ${started}, which does not say whose code it built`,
      ],
    ),
    [
      'a workflow_run that does not say what was before',
      workflowRun({ branch: 'main', started: undefined }),
      'GitHub does not say what started the run before',
    ],
  ])('takes nothing for the branch under %s', (_, context, doubt) => {
    expect(headOf(readContext(environment(context)))).toMatchObject({ branch: undefined, fork: undefined, doubt })
  })
})
