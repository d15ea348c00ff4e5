import { describe, expect, test } from 'vitest'
import { quick, rehearseText, results } from '../support/rehearse.ts'

describe('jobs', () => {
  test('run after the jobs they need, whatever their order in the file, and see their results and outputs', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  last:
    needs: [first, second]
    runs-on: ubuntu-latest
    outputs:
      seen: \${{ needs.first.outputs.word }} \${{ needs.second.result }}
    steps: [{ run: 'true' }]
  second:
    needs: first
    runs-on: self-hosted
    steps: [{ run: 'true' }]
  first:
    runs-on: ubuntu-latest
    outputs:
      word: \${{ steps.say.outputs.word }}
    steps: [{ id: say, run: 'echo word=anchor >> "$GITHUB_OUTPUT"' }]
`)
    expect(rehearsal.result).toBe('success')
    expect(rehearsal.jobs.map(({ id, outputs }) => [id, outputs])).toEqual([
      ['last', { seen: 'anchor success' }],
      ['second', {}],
      ['first', { word: 'anchor' }],
    ])
  })

  test('are skipped with everything behind them when what they need fails, and the run fails', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  bad: { runs-on: ubuntu-latest, steps: [{ run: exit 3 }] }
  behind: { needs: bad, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  further: { needs: behind, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  beside: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  cleanup: { needs: behind, if: failure(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  report: { needs: behind, if: always(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  after-report: { needs: report, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`)
    expect(rehearsal.result).toBe('failure')
    expect(results(rehearsal)).toEqual({
      bad: 'failure',
      behind: 'skipped',
      further: 'skipped',
      beside: 'success',
      cleanup: 'success',
      report: 'success',
      'after-report': 'skipped',
    })
  })

  test('get an implicit success() unless their condition asks for a status itself', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  bad: { runs-on: ubuntu-latest, steps: [{ run: exit 1 }] }
  plain: { needs: bad, if: "github.ref_name == 'main'", runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  asked: { needs: bad, if: "!cancelled() && github.ref_name == 'main'", runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  wrong: { if: "github.ref_name == 'develop'", runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`)
    expect(results(rehearsal)).toEqual({ bad: 'failure', plain: 'skipped', asked: 'success', wrong: 'skipped' })
  })

  test('that may fail count as a success for the run and for those that need them', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  shaky: { continue-on-error: true, runs-on: ubuntu-latest, steps: [{ run: exit 1 }] }
  next: { needs: shaky, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`)
    expect(rehearsal.result).toBe('success')
    expect(rehearsal.jobs.map(({ result, outcome }) => [result, outcome])).toEqual([
      ['success', 'failure'],
      ['success', 'success'],
    ])
  })

  test('end as cancelled when they take longer than timeout-minutes', async () => {
    const rehearsal = await rehearseText(
      `
on: push
jobs:
  slow:
    timeout-minutes: 1
    runs-on: ubuntu-latest
    steps:
      - uses: fixture/listen@v1
      - { name: Told, if: cancelled(), run: 'echo told' }
  next: { needs: slow, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`,
      { clock: { ...quick, minute: 3000 } },
    )
    expect(rehearsal.result).toBe('failure')
    expect(results(rehearsal)).toEqual({ slow: 'cancelled', next: 'skipped' })
    expect(rehearsal.jobs[0]?.steps.map(({ outcome }) => outcome)).toEqual(['cancelled', 'success'])
    expect(rehearsal.jobs[0]?.annotations).toEqual([
      { level: 'error', message: 'The job has exceeded the maximum execution time of 1m0s' },
    ])
  })

  test('keep an output that holds a secret to themselves', async () => {
    const rehearsal = await rehearseText(
      `
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    outputs: { leak: 'x-\${{ secrets.KEY }}', fine: ok }
    steps: [{ run: 'true' }]
`,
      { secrets: { KEY: 'very-secret' } },
    )
    expect(rehearsal.jobs[0]?.outputs).toEqual({ fine: 'ok' })
    expect(rehearsal.jobs[0]?.annotations).toEqual([
      { level: 'warning', message: "Skip output 'leak' since it may contain secret." },
    ])
  })

  test('fail when an expression of theirs does, and say where', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  outputs:
    runs-on: ubuntu-latest
    outputs: { bad: "\${{ fromJSON('{') }}" }
    steps: [{ run: 'true' }]
  env:
    runs-on: ubuntu-latest
    env: { BAD: "\${{ fromJSON('{') }}" }
    steps: [{ run: 'true' }]
  environment:
    runs-on: ubuntu-latest
    environment: "\${{ fromJSON('{') }}"
    steps: [{ run: 'true' }]
  condition:
    if: fromJSON('{')
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`)
    expect(results(rehearsal)).toEqual({
      outputs: 'failure',
      env: 'failure',
      environment: 'failure',
      condition: 'failure',
    })
    for (const { annotations } of rehearsal.jobs) {
      expect(annotations).toEqual([{ level: 'error', message: 'Error parsing JSON when evaluating fromJson' }])
    }
  })

  test('show their environment, their concurrency group and their runner', async () => {
    const rehearsal = await rehearseText(`
on: push
concurrency: { group: 'site-\${{ github.ref_name }}', queue: max }
jobs:
  job:
    name: Deploy \${{ github.ref_name }}
    environment: { name: 'preview/\${{ github.ref_name }}', deployment: false }
    concurrency: deploy-\${{ github.ref_name }}
    runs-on: [self-hosted, linux]
    steps: [{ run: 'true' }]
`)
    expect(rehearsal.concurrency).toBe('site-main (queue: max)')
    expect(rehearsal.jobs[0]).toMatchObject({
      name: 'Deploy main',
      environment: { name: 'preview/main', deployment: false },
      concurrency: 'deploy-main',
      runsOn: '["self-hosted","linux"]',
    })
  })
})
