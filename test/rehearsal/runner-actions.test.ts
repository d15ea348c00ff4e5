import { describe, expect, test } from 'vitest'
import { jobOf, names, outcomes, printed, rehearseText, step } from '../support/rehearse.ts'

describe('actions', () => {
  test('run pre before every step, and post after all of them, the one that started last first', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: One, uses: fixture/whole@v1, with: { label: one } }
- { name: Two, uses: fixture/whole@v1, with: { label: two } }
- { name: Three, run: 'true' }
`),
    )
    expect(names(rehearsal)).toEqual(['Pre One', 'Pre Two', 'One', 'Two', 'Three', 'Post Two', 'Post One'])
    expect(printed(rehearsal, 'Post Two')).toEqual(['post: LABEL=two LATE= TWO_WORDS=spaced JOB-STATUS=success'])
  })

  test('get their inputs evaluated again for post: outputs of later steps and the final job status', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Whole, uses: fixture/whole@v1, with: { label: w, late: '\${{ steps.later.outputs.url }}' } }
- { id: later, run: 'echo url=https://site.example >> "$GITHUB_OUTPUT"' }
- { name: Bad, run: exit 1 }
`),
    )
    expect(printed(rehearsal, 'Whole')).toEqual(['main: LABEL=w LATE= TWO_WORDS=spaced JOB-STATUS=success'])
    expect(printed(rehearsal, 'Post Whole')).toEqual([
      'post: LABEL=w LATE=https://site.example TWO_WORDS=spaced JOB-STATUS=failure',
    ])
  })

  test('keep state between their parts, while outputs of pre and post go nowhere', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Whole, id: whole, uses: fixture/whole@v1, with: { label: w } }
- { name: Show, run: 'echo "\${{ toJSON(steps.whole.outputs) }}"' }
`),
    )
    expect(step(rehearsal, 'Whole').outputs).toEqual({ 'from-main': 'yes' })
    expect(step(rehearsal, 'Post Whole').outputs).toEqual({})
    expect(step(rehearsal, 'Post Whole').summary).toBe('post of w\n')
  })

  test('run post when main fails, not when main was skipped, and a failing post fails the job', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Late skipped, if: "false", uses: fixture/late@v1 }
- { name: Fails in post, uses: fixture/whole@v1, with: { label: a, fail: post } }
- { name: Late, uses: fixture/late@v1 }
- { name: Fails in main, continue-on-error: true, uses: fixture/whole@v1, with: { label: b, fail: main } }
`),
    )
    expect(outcomes(rehearsal)).toEqual([
      'Pre Fails in post: success',
      'Pre Fails in main: success',
      'Late skipped: skipped',
      'Fails in post: success',
      'Late: success',
      'Fails in main: failure → success',
      'Post Late: skipped',
      'Post Fails in main: success',
      'Post Fails in post: failure',
    ])
    expect(rehearsal.result).toBe('failure')
  })

  test('run post under their post-if only', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Late, uses: fixture/late@v1 }
- { name: Bad, run: exit 1 }
`),
    )
    expect(outcomes(rehearsal)).toEqual(['Late: success', 'Bad: failure', 'Post Late: success'])
  })

  test('warn about an input they do not have, and say nothing of a required one that is missing', async () => {
    const rehearsal = await rehearseText(jobOf(`- { name: Whole, uses: fixture/whole@v1, with: { colour: blue } }`))
    expect(step(rehearsal, 'Whole').annotations).toEqual([
      {
        level: 'warning',
        message: "Unexpected input(s) 'colour', valid inputs are ['label', 'late', 'two words', 'job-status', 'fail']",
      },
    ])
    expect(rehearsal.result).toBe('success')
  })

  test('of the repository itself are found in the workspace once it is checked out, and at $/ without', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Too early, continue-on-error: true, uses: ./.github/actions/local }
- { name: Self, id: self, uses: $/.github/actions/local, with: { who: '\${{ github.event.repository.name }}' } }
- { uses: actions/checkout@v7 }
- { name: Local, id: local, uses: ./.github/actions/local }
- { name: Show, run: 'echo "\${{ steps.self.outputs.greeting }}, \${{ steps.local.outputs.greeting }}"' }
`),
    )
    expect(step(rehearsal, 'Too early').annotations[0]?.message).toContain('Did you forget to run actions/checkout')
    expect(printed(rehearsal, 'Show')).toEqual(['hello repository, hello octocat'])
  })
})
