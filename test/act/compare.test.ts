/** The second opinion counts for something: whatever the two runners do differently is found. */
import { describe, expect, test } from 'vitest'
import type { Account, StepAccount } from './account.ts'
import { compare } from './compare.ts'
import { readJobs } from './log.ts'

const step: StepAccount = { stage: 'main', name: 'Deploy', outcome: 'success', conclusion: 'success' }
const account: Account = {
  jobs: [
    { id: 'build', result: 'success', steps: [] },
    { id: 'deploy', result: 'success', steps: [step, { ...step, stage: 'post', name: 'Check out' }] },
  ],
  writes: ['github POST /deployments → 201 {"ref":"main"}', 'cloudflare POST /deployments → 200 {}'],
  ends: ['{"environment":"production"}'],
}
const [build, deploy] = account.jobs as [Account['jobs'][number], Account['jobs'][number]]

describe('two accounts', () => {
  test('that are the same have no difference, and everything was counted', () => {
    expect(compare(account, structuredClone(account))).toMatchObject({ steps: 2, writes: 2, differences: 0 })
  })

  test.each<readonly [string, Account, readonly string[]]>([
    [
      'a step ends otherwise',
      { ...account, jobs: [build, { ...deploy, steps: [{ ...step, outcome: 'failure' }, ...deploy.steps.slice(1)] }] },
      ['  ≠ rehearsal: main Deploy: success', '    act:       main Deploy: failure, continued as success'],
    ],
    [
      'a step is not run',
      { ...account, jobs: [build, { ...deploy, steps: [step] }] },
      ['  ≠ rehearsal: post Check out: success', '    act:       (nothing)'],
    ],
    [
      'a job ends otherwise',
      { ...account, jobs: [build, { ...deploy, result: 'failure' }] },
      ['  ≠ rehearsal: success', '    act:       failure'],
    ],
    [
      'a job is not run',
      { ...account, jobs: [{ ...build, steps: [] }] },
      ['  ≠ rehearsal: success', '    act:       (nothing)'],
    ],
    [
      'a body is another',
      { ...account, writes: ['github POST /deployments → 201 {"ref":"topic"}', ...account.writes.slice(1)] },
      ['    act:       github POST /deployments → 201 {"ref":"topic"}'],
    ],
    [
      'there is a write more',
      { ...account, writes: [...account.writes, 'github DELETE /deployments/1 → 204 null'] },
      ['  ≠ rehearsal: (nothing)', '    act:       github DELETE /deployments/1 → 204 null'],
    ],
    ['something else is left', { ...account, ends: [] }, ['    act:       (nothing)']],
  ])('differ when %s', (_, other, lines) => {
    const { differences, lines: shown } = compare(account, other)
    expect(differences).toBeGreaterThan(0)
    expect(shown).toEqual(expect.arrayContaining([...lines]))
  })
})

test("act's log is read as jobs and steps, with what it skipped and what it went on after", () => {
  const entry = (fields: object) => JSON.stringify({ level: 'info', msg: '', jobID: 'build', ...fields })
  const lines = [
    'no JSON at all',
    entry({ jobID: undefined, msg: 'Using docker host' }),
    entry({ msg: '⭐ Run Main Fetch', step: 'Fetch', stepID: ['0'], stage: 'Main' }),
    entry({ msg: 'Failed but continue next step', step: 'Fetch', stepID: ['0'], stage: 'Main' }),
    entry({ msg: 'Failure', step: 'Fetch', stepID: ['0'], stage: 'Main', stepResult: 'failure' }),
    entry({ msg: 'Skipping step', step: 'Build', stepID: ['1'], stage: 'Main', stepResult: 'skipped' }),
    entry({ msg: "skipping post step for 'x'", step: 'Build', stepID: ['1'], stage: 'Post', stepResult: 'skipped' }),
    entry({ msg: 'Success', step: 'Fetch', stepID: ['0'], stage: 'Post', stepResult: 'success' }),
    entry({ jobResult: 'success' }),
    entry({ jobID: 'deploy', jobResult: 'skipped' }),
  ]
  expect(readJobs(lines)).toEqual([
    {
      id: 'build',
      result: 'success',
      steps: [
        { stage: 'main', name: 'Fetch', outcome: 'failure', conclusion: 'success' },
        { stage: 'main', name: 'Build', outcome: 'skipped', conclusion: 'skipped' },
        { stage: 'post', name: 'Fetch', outcome: 'success', conclusion: 'success' },
      ],
    },
    { id: 'deploy', result: 'skipped', steps: [] },
  ])
})
