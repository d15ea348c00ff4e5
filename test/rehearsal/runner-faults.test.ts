/** Faults in a whole rehearsal: requests that fail, steps that are killed, a runner that is lost. */
import { describe, expect, test } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { jobOf, outcomes, printed, rehearseText, results, step } from '../support/rehearse.ts'

function faultSet(...specs: readonly string[]): { readonly faults: FaultSet } {
  return { faults: new FaultSet(specs.map(parseFault)) }
}

/** A script that asks GitHub for the repository and prints the status. */
const ask = `node --input-type=module -e "
  const url = process.env.GITHUB_API_URL + '/repos/' + process.env.GITHUB_REPOSITORY
  const { status } = await fetch(url, { headers: { authorization: 'Bearer ' + process.env.TOKEN } })
  console.log('status ' + status)"`
const askStep = (name: string, more = '') =>
  `- name: ${name}\n  env: { TOKEN: '\${{ github.token }}' }\n${more}  run: |\n${ask.replace(/^/gm, '    ')}\n`

test('a request meets its fault, and the report says which request and how often', async () => {
  const rehearsal = await rehearseText(
    jobOf(askStep('First') + askStep('Second')),
    faultSet('github:GET /rehearsal/*:503*1', 'github:POST /deployments:reset'),
  )
  expect(printed(rehearsal, 'First')).toEqual(['status 503'])
  expect(printed(rehearsal, 'Second')).toEqual(['status 200'])
  expect(rehearsal.requests.github.map(({ status, fault }) => [status, fault])).toEqual([
    [503, 'github:GET /rehearsal/*:503*1'],
    [200, undefined],
  ])
  expect(rehearsal.faults).toEqual([
    { spec: 'github:GET /rehearsal/*:503*1', met: 1 },
    { spec: 'github:POST /deployments:reset', met: 0 },
  ])
})

describe('a step', () => {
  test('is killed when it prints the text, and its post part still runs', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Whole, uses: fixture/whole@v1, with: { label: w } }
- { name: Listen, id: listen, uses: fixture/listen@v1 }
- { name: Plain, run: 'true' }
- { name: On failure, if: failure(), run: 'true' }
`),
      faultSet('step:listen:kill@listening as'),
    )
    expect(outcomes(rehearsal)).toEqual([
      'Pre Whole: success',
      'Whole: success',
      'Listen: failure',
      'Plain: skipped',
      'On failure: success',
      'Post Whole: success',
    ])
    expect(printed(rehearsal, 'Listen').at(-1)).toBe("The rehearsal's fault: step:listen:kill@listening as")
    expect(rehearsal.faults).toEqual([{ spec: 'step:listen:kill@listening as', met: 1 }])
  })

  test('is sent the signal that was asked for, so that it can clean up', async () => {
    const rehearsal = await rehearseText(
      jobOf(`- { name: Listen, uses: fixture/listen@v1 }`),
      faultSet('step:Listen:kill=SIGTERM@listening'),
    )
    expect(step(rehearsal, 'Listen').outputs).toEqual({ signal: 'SIGTERM' })
    expect(outcomes(rehearsal)).toEqual(['Listen: success'])
  })

  test('is killed at its start without a text, and in its post part by that name', async () => {
    const rehearsal = await rehearseText(
      jobOf(`
- { name: Whole, uses: fixture/whole@v1, with: { label: w } }
- { name: Sleep, continue-on-error: true, run: exec sleep 60 }
`),
      faultSet('step:Sleep:kill', 'step:Post Whole:kill'),
    )
    expect(outcomes(rehearsal)).toEqual([
      'Pre Whole: success',
      'Whole: success',
      'Sleep: failure → success',
      'Post Whole: failure',
    ])
    expect(printed(rehearsal, 'Sleep').at(-1)).toBe('##[error]Process completed with exit code 137.')
  })

  test('that no workflow has is refused before anything runs', async () => {
    await expect(rehearseText(jobOf(`- { name: Only, run: 'true' }`), faultSet('step:Other:kill'))).rejects.toThrow(
      "No step is named 'Other'. The steps: Only.",
    )
  })

  test.runIf(process.platform === 'linux')('is killed when a request of its children arrives', async () => {
    const rehearsal = await rehearseText(
      jobOf(`${askStep('Ask')}- { name: Always, if: always(), run: 'true' }`),
      faultSet('github:GET /repos/**:kill-step'),
    )
    expect(outcomes(rehearsal)).toEqual(['Ask: failure', 'Always: success'])
    expect(printed(rehearsal, 'Ask')).toEqual(['##[error]Process completed with exit code 137.'])
    expect(rehearsal.requests.github).toMatchObject([{ status: 0, fault: 'github:GET /repos/**:kill-step' }])
    expect(rehearsal.jobs[0]?.annotations).toMatchObject([{ message: expect.stringMatching(/^Terminate orphan/) }])
  })
})

describe('a lost runner', () => {
  const workflow = (steps: string) => `
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - { name: Whole, uses: fixture/whole@v1, with: { label: w } }
${steps.trim().replace(/^/gm, '      ')}
      - { name: Always, if: always(), run: 'true' }
  two: { needs: one, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  report: { needs: one, if: failure(), runs-on: ubuntu-latest, steps: [{ name: Tell, run: 'true' }] }
`

  test('takes the step with it and every post step, and fails its job alone', async () => {
    const started = performance.now()
    const rehearsal = await rehearseText(
      workflow(`- { name: Listen, uses: fixture/listen@v1, with: { stubborn: true } }`),
      {
        ...faultSet('step:Listen:lose-runner@listening'),
        clock: {},
      },
    )
    expect(outcomes(rehearsal)).toEqual([
      'Pre Whole: success',
      'Whole: success',
      'Listen: cancelled',
      'Always: skipped',
      'Post Whole: skipped',
      'Tell: success',
    ])
    expect(printed(rehearsal, 'Listen').join('\n')).not.toContain('got SIGTERM')
    expect(results(rehearsal)).toEqual({ one: 'failure', two: 'skipped', report: 'success' })
    expect(rehearsal.result).toBe('failure')
    expect(rehearsal.jobs[0]?.annotations).toContainEqual({
      level: 'error',
      message: 'The hosted runner lost communication with the server.',
    })
    // Nobody waited for the runner's patience with a step that it cancels.
    expect(performance.now() - started).toBeLessThan(7500)
  })

  test('can be lost when a request arrives, applied or not', async () => {
    const rehearsal = await rehearseText(workflow(askStep('Ask')), faultSet('github:GET /repos/**:lose-runner'))
    expect(outcomes(rehearsal).slice(2)).toEqual([
      'Ask: cancelled',
      'Always: skipped',
      'Post Whole: skipped',
      'Tell: success',
    ])
    expect(rehearsal.requests.github).toMatchObject([{ status: 0, fault: 'github:GET /repos/**:lose-runner' }])
  })
})
