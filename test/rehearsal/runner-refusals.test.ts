import { describe, expect, test } from 'vitest'
import { WorkflowError } from '../../rehearsal/errors.ts'
import { fixtureRepository, jobOf, rehearseText } from '../support/rehearse.ts'

/** Line and message of each problem. */
async function problemsOf(workflow: string): Promise<readonly string[]> {
  const error = await rehearseText(workflow).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof WorkflowError)) throw new Error(`Not refused as a workflow: ${error}`)
  return error.problems.map(({ line, message }) => `${line}: ${message}`)
}

describe('before anything runs, a workflow is refused', () => {
  test('that GitHub would not take, with each line', async () => {
    expect(
      await problemsOf(`on: push
jobs:
  job:
    runs-on: ubuntu-latest
    stepz: []
    steps:
      - run: echo \${{ nothing.here }}
  other:
    needs: missing
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`),
    ).toEqual(["5: Unexpected value 'stepz'", "7: Unrecognized named-value: 'nothing'"])
  })

  test('that is not even YAML', async () => {
    const [problem] = await problemsOf('on: push\njobs: {')
    expect(problem).toMatch(/^\d+: /)
  })

  test('that asks for what the rehearsal does not run, all of it named', async () => {
    expect(
      await problemsOf(`on: push
jobs:
  matrix:
    runs-on: windows-latest
    strategy:
      matrix: { node: [22, 24] }
    services: { db: { image: 'redis:8' } }
    container: node:24
    steps:
      - uses: docker://alpine:3
      - { run: 'true', shell: pwsh }
  called:
    uses: ./.github/workflows/other.yml
`),
    ).toEqual([
      "5: 'strategy' in job 'matrix' is not rehearsed.",
      "8: 'container' in job 'matrix' is not rehearsed.",
      "7: The service 'db' is not rehearsed: its image is 'redis:8', and rehearsed is only postgres.",
      "4: Runner 'windows-latest' is not rehearsed.",
      "10: Docker actions ('docker://alpine:3') are not rehearsed.",
      "11: shell 'pwsh' is not rehearsed; bash and sh are.",
      "13: 'uses' in job 'called' is not rehearsed.",
    ])
  })

  test('that uses an action without a stand-in, or one of the pack that there is not', async () => {
    expect(
      await problemsOf(
        jobOf(`
- uses: someone/something/deep@v1
- uses: slipway-ci/slipway/actions/made-up@v1
- uses: nonsense
`),
      ),
    ).toEqual([
      expect.stringMatching(
        /^6: There is no stand-in for someone\/something\/deep\. There are .*actions\/checkout.*, or add a stand-in in rehearsal\/standins\/someone\/something\/deep\.$/,
      ),
      expect.stringMatching(/^7: There is no action\.yml in .*actions\/made-up\.$/),
      "8: 'nonsense' names no action.",
    ])
  })

  test('that does not run on the event or the branch', async () => {
    const onMain = `on: { push: { branches: [main, 'release/**'] } }\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] } }`
    await expect(rehearseText(onMain, { branch: 'develop' })).rejects.toThrow(
      "fixture.yml would not run: its 'push' is for the branches main, release/**, not develop.",
    )
    await expect(rehearseText(onMain, { event: 'pull_request' })).rejects.toThrow(
      "fixture.yml would not run: its 'on' has push, not pull_request.",
    )
    expect((await rehearseText(onMain, { branch: 'release/1/2' })).result).toBe('success')
  })

  test('that only runs on events which are not rehearsed', async () => {
    const released = `on: release\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] } }`
    await expect(rehearseText(released)).rejects.toThrow(
      'fixture.yml runs on release; rehearsed are push, pull_request, workflow_dispatch, schedule, workflow_run.',
    )
  })

  test('when its file or its repository is not there', async () => {
    await expect(rehearseText('', { workflow: '/nowhere/x.yml' })).rejects.toThrow(
      'There is no workflow file /nowhere/x.yml.',
    )
    await expect(rehearseText(jobOf(`- run: 'true'`), { repository: '/nowhere' })).rejects.toThrow(
      'There is no folder /nowhere to stand for the repository.',
    )
  })

  test('when its file is a folder, or its repository a file', async () => {
    await expect(rehearseText('', { workflow: fixtureRepository })).rejects.toThrow(
      `${fixtureRepository} is no file. Name one workflow.`,
    )
    const repository = `${fixtureRepository}/README.md`
    await expect(rehearseText(jobOf(`- run: 'true'`), { repository })).rejects.toThrow(
      `${repository} is a file. --repository takes the folder that stands for the repository.`,
    )
  })

  test('when git does not take its branch', async () => {
    await expect(rehearseText(jobOf(`- run: 'true'`), { branch: 'a b' })).rejects.toThrow(/not a valid branch name/)
  })
})
