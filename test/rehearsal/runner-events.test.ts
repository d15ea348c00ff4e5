import { describe, expect, test } from 'vitest'
import { matches } from '../../rehearsal/runner/triggers.ts'
import { printed, rehearseText } from '../support/rehearse.ts'

const show = `
on:
  push:
  pull_request:
  workflow_dispatch:
    inputs:
      environment: { type: choice, options: [staging, production], default: staging }
      reason: { type: string, required: true }
      force: { type: boolean, default: true }
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - name: Show
        env: { EVENT: '\${{ toJSON(github.event) }}', INPUTS: '\${{ toJSON(inputs) }}', KEY: '\${{ secrets.KEY }}' }
        run: |
          echo "$GITHUB_EVENT_NAME $GITHUB_REF $GITHUB_REF_NAME $GITHUB_REF_TYPE [$GITHUB_HEAD_REF] [$GITHUB_BASE_REF] $GITHUB_ACTOR"
          echo "\${{ github.sha == github.event.after }} \${{ github.event.before != github.event.after }} $([ "$EVENT" = "$(cat "$GITHUB_EVENT_PATH")" ] && echo same)"
          echo "\${{ github.event.pull_request.head.ref }} \${{ github.event.pull_request.head.sha != github.sha }} \${{ github.event.pull_request.merge_commit_sha == github.sha }} \${{ github.event.pull_request.head.repo.full_name }} \${{ github.event.pull_request.head.repo.fork }}"
          echo "$INPUTS \${{ github.event.inputs.force == 'true' }}" | tr -d '\\n '
          echo && echo "key is \${{ secrets.KEY != '' }}"
`

describe('an event', () => {
  test('push is of the branch, at its newest commit', async () => {
    const rehearsal = await rehearseText(show, { event: 'push', branch: 'develop' })
    const [who, what] = printed(rehearsal, 'Show')
    expect(who).toBe('push refs/heads/develop develop branch [] [] octocat')
    expect(what).toBe('true true same')
    expect(rehearsal.ref).toBe('refs/heads/develop')
  })

  test('pull_request is of the trial merge, and names its head', async () => {
    const rehearsal = await rehearseText(show, { event: 'pull_request', branch: 'harbour/lights' })
    const [who, , pull, , key] = printed(rehearsal, 'Show')
    expect(who).toBe('pull_request refs/pull/1/merge 1/merge branch [harbour/lights] [main] octocat')
    expect(pull).toBe('harbour/lights true true rehearsal/repository false')
    expect(key).toBe('key is true')
  })

  test('pull_request from a fork gets no secrets, even when one is given, and a token that cannot write', async () => {
    const rehearsal = await rehearseText(show, {
      event: 'pull_request',
      branch: 'main',
      fork: 'stranger',
      actor: 'stranger',
      secrets: { KEY: 'very-secret' },
    })
    const [who, , pull, , key] = printed(rehearsal, 'Show')
    expect(who).toBe('pull_request refs/pull/1/merge 1/merge branch [main] [main] stranger')
    expect(pull).toBe('main true true stranger/repository true')
    expect(key).toBe('key is false')
    expect(rehearsal.notes).toContain('From a fork or Dependabot: no secrets, and a token that cannot write.')
  })

  test('from Dependabot gets no secrets either', async () => {
    const rehearsal = await rehearseText(show, { event: 'pull_request', actor: 'dependabot[bot]' })
    expect(printed(rehearsal, 'Show').at(-1)).toBe('key is false')
  })

  test('workflow_dispatch has its inputs, typed, with defaults, and fills in a required one', async () => {
    const rehearsal = await rehearseText(show, { event: 'workflow_dispatch', inputs: { environment: 'production' } })
    expect(printed(rehearsal, 'Show')[3]).toBe('{"environment":"production","reason":"rehearsal","force":true}true')
    expect(rehearsal.filled).toContainEqual({ kind: 'input', name: 'reason', value: 'rehearsal' })
  })

  test('workflow_dispatch refuses an input that there is not, and a choice that there is not', async () => {
    await expect(rehearseText(show, { event: 'workflow_dispatch', inputs: { colour: 'red' } })).rejects.toThrow(
      "Unexpected input: colour. The workflow's inputs: environment, reason, force.",
    )
    await expect(rehearseText(show, { event: 'workflow_dispatch', inputs: { environment: 'moon' } })).rejects.toThrow(
      "Input environment cannot be 'moon'. It is one of: staging, production.",
    )
    await expect(rehearseText(show, { event: 'push', inputs: { environment: 'staging' } })).rejects.toThrow(
      'Inputs belong to --event workflow_dispatch; this rehearsal is of push.',
    )
  })
})

describe('branch patterns', () => {
  test.each([
    [['main'], 'main', true],
    [['main'], 'mainly', false],
    [['releases/*'], 'releases/1', true],
    [['releases/*'], 'releases/1/2', false],
    [['releases/**'], 'releases/1/2', true],
    [['v[12].[0-9]+'], 'v1.10', true],
    [['v[12].[0-9]+'], 'v3.1', false],
    [['**', '!main'], 'main', false],
    [['**', '!main'], 'develop', true],
    [['!main', '**'], 'main', true],
    [['*.*'], 'a.b', true],
    [['*.*'], 'ab', false],
  ])('%j of %s: %s', (patterns, branch, expected) => {
    expect(matches(patterns, branch)).toBe(expected)
  })
})
