/** Several runs in one rehearsal, and the artifacts that they see of each other. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FaultSet, parseFault } from '../../rehearsal/faults.ts'
import { openRehearsal, type RehearseOptions } from '../../rehearsal/rehearse.ts'
import { fixtureRepository, jobOf, outcomes, printed, quick, rehearseText, step } from '../support/rehearse.ts'

const standIns = [resolve(import.meta.dirname, 'fixtures/standins')]

async function openText(text: string, options: Partial<RehearseOptions> = {}) {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const workflow = join(folder, 'fixture.yml')
  await writeFile(workflow, text)
  const open = stack.use(
    await openRehearsal({ workflow, repository: fixtureRepository, standIns, clock: quick, ...options }),
  )
  const opened = stack.move()
  return { open, folder, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const several = `
on:
  push:
  schedule: [{ cron: '17 2 * * *' }, { cron: '5 5 * * 0' }]
  workflow_dispatch:
    inputs:
      operation: { type: choice, options: [create, list], default: create }
      note: { type: string, default: '' }
permissions: { actions: read }
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - { name: Up, if: inputs.operation != 'list', uses: fixture/artifact@v1, with: { name: snapshot } }
      - name: Show
        env: { TOKEN: '\${{ github.token }}', KEY: '\${{ secrets.KEY }}' }
        run: |
          echo "$GITHUB_EVENT_NAME $GITHUB_RUN_NUMBER $GITHUB_RUN_ATTEMPT \${{ github.event.schedule }}\${{ inputs.operation }} [\${{ inputs.note }}]"
          echo "$GITHUB_RUN_ID $GITHUB_SHA"
          echo "$KEY" | sha256sum
          curl -s -H "authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/artifacts?name=snapshot" |
            node -e 'let t = ""; process.stdin.on("data", (d) => t += d).on("end", () => console.log(JSON.parse(t).total_count))'
`

describe('another run', () => {
  test('has an id and a number of its own, and finds what was made before', async () => {
    await using stage = await openText(several)
    const { open } = stage
    const list = await open.run({ event: 'workflow_dispatch', inputs: { operation: 'list', note: 'two words' } })
    const scheduled = await open.run({ event: 'schedule', schedule: '5 5 * * 0' })
    const shown = [open.report, list, scheduled].map((report) => printed(report, 'Show'))
    expect(shown.map(([first]) => first)).toEqual([
      'push 1 1  []',
      'workflow_dispatch 2 1 list [two words]',
      'schedule 3 1 5 5 * * 0 []',
    ])
    expect(shown.map((lines) => lines.at(-1))).toEqual(['1', '1', '2'])
    const ids = [open.report, list, scheduled].map(({ runId }) => runId)
    expect(new Set(ids).size).toBe(3)
    expect(open.github.artifacts.map(({ workflow_run }) => workflow_run?.id)).toEqual([ids[2], ids[0]])
    expect(scheduled.artifacts.map(({ name, runId, size }) => [name, runId, size])).toEqual([
      ['snapshot', ids[2], 7],
      ['snapshot', ids[0], 7],
    ])
    // The same commit, and the secret that was made up for the first run.
    expect(new Set(shown.map(([, line = '']) => line.split(' ')[1])).size).toBe(1)
    expect(new Set(shown.map(([, , key]) => key)).size).toBe(1)
  })

  test('can be of another workflow, which comes as one more commit', async () => {
    await using stage = await openText(jobOf(`- { name: Up, uses: fixture/artifact@v1, with: { name: site } }`))
    const { open, folder } = stage
    const workflow = join(folder, 'other.yml')
    await writeFile(workflow, jobOf(`- { name: Show, run: 'echo "$GITHUB_RUN_NUMBER $GITHUB_WORKFLOW_REF"' }`))
    const other = await open.run({ workflow })
    expect(printed(other, 'Show')).toEqual(['1 rehearsal/repository/.github/workflows/other.yml@refs/heads/main'])
    const token = open.github.issueToken('test', { contents: 'read' })
    const url = `${open.github.apiUrl}/repos/rehearsal/repository/compare/${open.report.sha}...main`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect(await answer.json()).toMatchObject({ status: 'ahead', ahead_by: 1 })
    expect(other.sha).not.toBe(open.report.sha)
    const first = await open.run()
    expect(first.runNumber).toBe(2)
  })

  test('can be run again, and meets only the faults that are its own', async () => {
    const faults = new FaultSet([parseFault('step:Show:kill')])
    await using stage = await openText(several, { faults })
    const { open } = stage
    expect(open.report.result).toBe('failure')
    const next = await open.run()
    expect([next.result, next.faults]).toEqual(['success', []])
    const fault = parseFault('step:Up:kill')
    const again = await open.run({ faults: [fault] })
    expect([again.result, again.faults]).toEqual(['failure', [{ spec: 'step:Up:kill', met: 1 }]])
    const rerun = await open.rerun()
    expect([rerun.result, rerun.runId, rerun.attempt, rerun.runNumber]).toEqual(['success', again.runId, 2, 3])
    const after = await open.run()
    expect([after.attempt, after.runNumber]).toEqual([1, 4])
    expect(outcomes(after)).toEqual(['Up: success', 'Show: success'])
  })

  test('is refused before it runs when it cannot be', async () => {
    await using stage = await openText(several)
    const { open } = stage
    const before = open.github.requests.length
    await expect(open.run({ event: 'workflow_dispatch', inputs: { operation: 'burn' } })).rejects.toThrow(
      "Input operation cannot be 'burn'.",
    )
    await expect(open.run({ event: 'pull_request' })).rejects.toThrow('not pull_request')
    await expect(open.run({ faults: [parseFault('step:None:kill')] })).rejects.toThrow("No step is named 'None'.")
    expect(open.github.requests).toHaveLength(before)
    expect((await open.run()).runNumber).toBe(2)
  })
})

describe('a schedule', () => {
  test.each([
    [{}, 'push'],
    [{ event: 'schedule' }, 'schedule 17 2 * * *'],
    [{ schedule: ' 5  5 * * 0' }, 'schedule 5 5 * * 0'],
  ] as const)('fires as asked: %j', async (options, expected) => {
    const text = several.replace(/^ *- \{ name: Up.*\n/m, '').replace(/\$GITHUB_RUN_NUMBER \$GITHUB_RUN_ATTEMPT /, '')
    const [first = ''] = printed(await rehearseText(text, options), 'Show')
    expect(first.replace(' []', '').trim()).toBe(expected)
  })

  test.each([
    [{ schedule: '0 0 * * *' }, "fixture.yml has no schedule '0 0 * * *'. It has: 17 2 * * *, 5 5 * * 0."],
    [{ event: 'push', schedule: '5 5 * * 0' }, '--schedule is about the time of a run. Add --event schedule.'],
  ] as const)('is refused when it cannot be: %j', async (options, message) => {
    await expect(rehearseText(several, options)).rejects.toThrow(message)
  })

  test('is refused where the workflow has none', async () => {
    await expect(rehearseText(jobOf(`- run: 'true'`), { schedule: '0 0 * * *' })).rejects.toThrow('not schedule')
  })
})

describe('the services of the runner', () => {
  const steps = `
- { name: One, uses: fixture/artifact@v1, with: { name: site } }
- { name: Two, uses: fixture/artifact@v1 }
- { name: Script, run: 'env | grep ^ACTIONS_ || echo none' }
`

  test('are told to actions, with one token for each job, which is hidden', async () => {
    const rehearsal = await rehearseText(`
on: push
jobs:
  first: { runs-on: ubuntu-latest, steps: [${inline(steps)}] }
  second: { needs: first, runs-on: ubuntu-latest, steps: [{ name: Three, uses: fixture/artifact@v1 }] }
`)
    const [one, two, three] = ['One', 'Two', 'Three'].map((name) => printed(rehearsal, name))
    expect(one).toEqual(['token ***', 'services true, 90 days', expect.stringMatching(/^job .{36}$/), 'before '])
    expect(two).toEqual([...(one?.slice(0, 3) ?? []), 'before site'])
    expect(three?.[3]).toBe('before site')
    expect(three?.[2]).not.toBe(one?.[2])
    expect(printed(rehearsal, 'Script')).toEqual(['none'])
    const calls = rehearsal.requests.github.filter(({ path }) => path.startsWith('/twirp/'))
    expect(new Set(calls.map(({ job }) => job))).toEqual(new Set(['first', 'second']))
  })

  test('meet faults', async () => {
    const faults = new FaultSet([parseFault('github:POST /twirp/**/CreateArtifact:503*1')])
    const rehearsal = await rehearseText(jobOf(steps), { faults })
    expect(step(rehearsal, 'One').outcome).toBe('failure')
    expect(rehearsal.faults).toEqual([{ spec: 'github:POST /twirp/**/CreateArtifact:503*1', met: 1 }])
  })
})

/** A block sequence of flow mappings as a flow sequence. */
function inline(list: string): string {
  return list
    .trim()
    .split('\n')
    .map((line) => line.replace(/^- /, ''))
    .join(', ')
}
