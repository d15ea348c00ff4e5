/** The same run, run again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { openRehearsal, type RehearseOptions } from '../../rehearsal/rehearse.ts'
import { fixtureRepository, jobOf, outcomes, printed, quick, step } from '../support/rehearse.ts'

async function openText(text: string, options: Partial<RehearseOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  try {
    const workflow = join(folder, 'fixture.yml')
    await writeFile(workflow, text)
    return await openRehearsal({ workflow, repository: fixtureRepository, clock: quick, ...options })
  } finally {
    await rm(folder, { recursive: true })
  }
}

const show = jobOf(`
- name: Show
  env: { TOKEN: '\${{ github.token }}' }
  run: |
    echo "$GITHUB_RUN_ID $GITHUB_RUN_NUMBER $GITHUB_RUN_ATTEMPT \${{ github.run_attempt }} \${{ job.check_run_id }}"
    echo "$TOKEN" | sha256sum
    ls
    touch left-behind
`)

const Jobs = v.object({ jobs: v.array(v.object({ id: v.number() })) })

describe('a re-run', () => {
  test('is the next attempt of the same run: a fresh workspace, a new token, a new job', async () => {
    await using open = await openText(show)
    const second = await open.rerun()
    const [before = '', tokenBefore] = printed(open.report, 'Show')
    const [after = '', tokenAfter, ...rest] = printed(second, 'Show')
    const [run, number, ...attempt] = before.split(' ')
    const [runAgain, numberAgain, ...attemptAgain] = after.split(' ')
    expect([runAgain, numberAgain]).toEqual([run, number])
    expect([attempt.slice(0, 2), attemptAgain.slice(0, 2)]).toEqual([
      ['1', '1'],
      ['2', '2'],
    ])
    expect(attemptAgain[2]).not.toBe(attempt[2])
    expect(tokenAfter).not.toBe(tokenBefore)
    expect(rest).toEqual([])
    expect([open.report.attempt, second.attempt, second.runId]).toEqual([1, 2, open.report.runId])
    expect(second.sha).toBe(open.report.sha)
  })

  test('is known to GitHub, which keeps the jobs of each attempt', async () => {
    await using open = await openText(show)
    await open.rerun()
    const token = open.github.issueToken('test', { actions: 'read' })
    const ask = async (path: string) => {
      const url = `${open.github.apiUrl}/repos/rehearsal/repository/actions/runs/${open.report.runId}${path}`
      return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json()
    }
    expect(await ask('')).toMatchObject({ run_attempt: 2, status: 'completed', conclusion: 'success', event: 'push' })
    const jobs = await Promise.all([ask('/attempts/1/jobs'), ask('/attempts/2/jobs')])
    expect(jobs).toMatchObject([
      { total_count: 1, jobs: [{ run_attempt: 1, conclusion: 'success' }] },
      { total_count: 1, jobs: [{ run_attempt: 2, conclusion: 'success' }] },
    ])
    const ids = jobs.map((answer) => v.parse(Jobs, answer).jobs.map(({ id }) => id))
    expect(new Set(ids.flat()).size).toBe(2)
  })

  test('keeps the artifacts, may make them again, and then gets its own', async () => {
    await using open = await openText(
      jobOf(`
- { id: down, continue-on-error: true, uses: actions/download-artifact@v8, with: { name: site, path: before } }
- { run: 'mkdir out && echo "$GITHUB_RUN_ATTEMPT" > out/attempt' }
- { id: up, uses: actions/upload-artifact@v7, with: { name: site, path: out } }
- { uses: actions/download-artifact@v8, with: { name: site, path: after } }
- { uses: actions/download-artifact@v8, with: { path: all } }
- { name: Show, run: 'cat before/attempt after/attempt all/site/attempt' }
- { name: Twice, continue-on-error: true, uses: actions/upload-artifact@v7, with: { name: site, path: out } }
`),
    )
    expect(outcomes(open.report)).toContain('Run actions/download-artifact@v8: failure → success')
    const second = await open.rerun()
    expect(printed(second, 'Show')).toEqual(['1', '2', '2'])
    expect(step(second, 'Twice').annotations[0]?.message).toContain('(409) Conflict')
  })

  test('reports its own requests, and meets no fault and no cancellation of the first attempt', async () => {
    const faults = new FaultSet(['step:Break:kill', 'github:POST /x:503'].map(parseFault))
    const steps = `- { name: First, run: 'true' }\n- { name: Break, run: exec sleep 60 }`.replace(
      'sleep 60',
      'sleep 0.1',
    )
    await using open = await openText(jobOf(steps), { faults, cancelAfter: 'Break' })
    expect([open.report.result, outcomes(open.report)]).toEqual(['cancelled', ['First: success', 'Break: failure']])
    expect(open.report.faults.map(({ met }) => met)).toEqual([1, 0])
    const second = await open.rerun()
    expect([second.result, outcomes(second)]).toEqual(['success', ['First: success', 'Break: success']])
    expect(second.faults).toEqual([])
  })

  test('can have faults and a cancellation of its own, and be run again', async () => {
    await using open = await openText(show)
    const second = await open.rerun({ faults: [parseFault('step:Show:kill')] })
    expect([second.result, second.faults]).toEqual(['failure', [{ spec: 'step:Show:kill', met: 1 }]])
    const third = await open.rerun({ cancelAfter: 'Show' })
    expect([third.result, third.attempt, third.faults]).toEqual(['cancelled', 3, []])
  })
})
