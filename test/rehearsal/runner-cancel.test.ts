import { describe, expect, test } from 'vitest'
import { jobOf, outcomes, printed, quick, rehearseText, results, step } from '../support/rehearse.ts'

/** Cancels as soon as the workflow prints this. */
function cancelOn(text: string) {
  const cancel = new AbortController()
  return {
    cancel: cancel.signal,
    onProgress: (progress: { kind: string; line?: string }) => {
      if (progress.kind === 'log' && progress.line?.includes(text)) cancel.abort()
    },
  }
}

describe('a cancelled run', () => {
  test('interrupts the running step, then runs what asks for it, and the posts', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Whole, uses: fixture/whole@v1, with: { label: w } }
- { name: Listen, id: listen, uses: fixture/listen@v1 }
- { name: Plain, run: 'true' }
- { name: On failure, if: failure(), run: 'true' }
- { name: On cancel, if: cancelled(), run: 'echo "\${{ steps.listen.outcome }} \${{ job.status }}"' }
- { name: Always, if: always(), run: 'true' }
`),
      cancelOn('listening'),
    )
    expect(rehearsal.result).toBe('cancelled')
    expect(outcomes(rehearsal)).toEqual([
      'Pre Whole: success',
      'Whole: success',
      'Listen: cancelled',
      'Plain: skipped',
      'On failure: skipped',
      'On cancel: success',
      'Always: success',
      'Post Whole: success',
    ])
    expect(step(rehearsal, 'Listen').outputs).toEqual({ signal: 'SIGINT' })
    expect(printed(rehearsal, 'On cancel')).toEqual(['cancelled cancelled'])
    expect(printed(rehearsal, 'Post Whole')[0]).toContain('JOB-STATUS=cancelled')
  })

  test('terminates a step that ignores the interrupt, and then kills it', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Listen, uses: fixture/listen@v1, with: { stubborn: true } }`),
      cancelOn('listening'),
    )
    expect(printed(rehearsal, 'Listen').slice(1)).toEqual([
      'got SIGINT',
      'got SIGTERM',
      '##[error]The operation was canceled.',
    ])
    expect(outcomes(rehearsal)).toEqual(['Listen: cancelled'])
  })

  test('holds a step back that was about to start', async () => {
    const cancel = new AbortController()
    const rehearsal = await rehearseText(
      jobOf(`- { name: First, run: 'true' }\n- { name: Endless, uses: fixture/listen@v1 }`),
      {
        cancel: cancel.signal,
        onProgress: (progress) => {
          // The condition of the second step is looked at right after this; its program starts a little later.
          if (progress.kind === 'step-start' && progress.name === 'Endless') setImmediate(() => cancel.abort())
        },
      },
    )
    expect(rehearsal.result).toBe('cancelled')
    expect(outcomes(rehearsal)).toEqual(['First: success', 'Endless: cancelled'])
  })

  test('lets a running step go on whose condition still holds', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Steady, if: always(), run: 'echo ready; sleep 0.5; echo done' }`),
      cancelOn('ready'),
    )
    expect(printed(rehearsal, 'Steady')).toEqual(['ready', 'done'])
    expect(outcomes(rehearsal)).toEqual(['Steady: success'])
    expect(rehearsal.result).toBe('cancelled')
  })

  test('is over at once when it is killed, whatever still runs', async () => {
    const [cancel, kill] = [new AbortController(), new AbortController()]
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Listen, uses: fixture/listen@v1, with: { stubborn: true } }
- { name: Always, if: always(), run: 'true' }
`),
      {
        cancel: cancel.signal,
        kill: kill.signal,
        clock: {},
        onProgress: (progress) => {
          if (progress.kind !== 'log') return
          if (progress.line.includes('listening')) cancel.abort()
          if (progress.line.includes('SIGINT')) kill.abort()
        },
      },
    )
    expect(outcomes(rehearsal)).toEqual(['Listen: cancelled', 'Always: skipped'])
    // The runner's own patience until SIGTERM was not waited for.
    expect(printed(rehearsal, 'Listen')).not.toContain('got SIGTERM')
  })

  test('ends what still runs when its time is over', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Listen, uses: fixture/listen@v1 }
- { name: Endless, if: always(), uses: fixture/listen@v1 }
- { name: Too late, if: always(), run: 'true' }
`),
      { ...cancelOn('listening'), clock: { ...quick, grace: 4000 } },
    )
    expect(outcomes(rehearsal)).toEqual(['Listen: cancelled', 'Endless: cancelled', 'Too late: skipped'])
  })

  test('spares a job whose own condition still holds', async () => {
    const rehearsal = await rehearseText(
      `
on: push
jobs:
  steady:
    if: always()
    runs-on: ubuntu-latest
    steps:
      - { name: Ready, run: 'echo ready; sleep 0.5' }
      - { name: Next, run: 'echo "\${{ job.status }}"' }
`,
      cancelOn('ready'),
    )
    expect(outcomes(rehearsal)).toEqual(['Ready: success', 'Next: success'])
    expect(printed(rehearsal, 'Next')).toEqual(['success'])
    expect(rehearsal.result).toBe('cancelled')
  })

  test('can be cancelled after a named step, and later jobs run only when they ask for it', async () => {
    const rehearsal = await rehearseText(
      `
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - { name: First, id: first, run: 'true' }
      - { name: Second, run: 'true' }
  two: { needs: one, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  report: { needs: one, if: cancelled(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`,
      { cancelAfter: 'first' },
    )
    expect(rehearsal.jobs[0]?.steps.map(({ outcome }) => outcome)).toEqual(['success', 'skipped'])
    expect(results(rehearsal)).toEqual({ one: 'cancelled', two: 'skipped', report: 'success' })
  })

  test.each([
    ['an action', 'Run fixture/whole@v1', 'uses: fixture/whole@v1'],
    ['a script', 'Run echo one', 'run: "echo one\\necho two"'],
    ['an expression in its name', 'Deploy main', `name: "Deploy \${{ github.ref_name }}"\n  run: "true"`],
  ])('can be cancelled after a step by the name that GitHub shows: %s', async (_what, cancelAfter, first) => {
    const rehearsal = await rehearseText(jobOf(`- ${first}\n- { name: Second, run: 'true' }`), { cancelAfter })
    expect(outcomes(rehearsal)).toContain('Second: skipped')
    expect(rehearsal.result).toBe('cancelled')
  })

  test('lists steps without names as GitHub shows them', async () => {
    const steps = `- uses: actions/checkout@v7\n- { id: say, run: echo one }\n- { name: 'In \${{ env.A }}', run: 'true' }`
    await expect(rehearseText(jobOf(steps), { cancelAfter: 'Other' })).rejects.toThrow(
      `No step is named 'Other'. The steps: Run actions/checkout@v7, Run echo one, say, In \${{ env.A }}.`,
    )
  })

  test('names the steps there are when it is to be cancelled after one that is not', async () => {
    await expect(rehearseText(jobOf(`- { name: Only, run: 'true' }`), { cancelAfter: 'Other' })).rejects.toThrow(
      "No step is named 'Other'. The steps: Only.",
    )
  })
})

test.runIf(process.platform === 'linux')('a job ends what it left running, and says so', async () => {
  const rehearsal = await rehearseText(jobOf(`- { name: Leave, run: "sleep 60 > /dev/null 2>&1 &\\necho left $!" }`))
  const pid = Number(printed(rehearsal, 'Leave')[0]?.replace('left ', ''))
  expect(rehearsal.jobs[0]?.annotations).toEqual([
    { level: 'notice', message: `Terminate orphan process: pid (${pid}) (sleep)` },
  ])
})
