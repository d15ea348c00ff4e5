import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { fixtureRepository, jobOf } from '../support/rehearse.ts'

const cli = resolve(import.meta.dirname, '../../rehearsal/cli.ts')
const folder = mkdtempSync(join(tmpdir(), 'slipway-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

function start(workflow: string, ...args: readonly string[]) {
  const file = join(folder, 'fixture.yml')
  writeFileSync(file, workflow)
  return spawn(process.execPath, [cli, file, '--repository', fixtureRepository, ...args], { cwd: folder })
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function ending(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

/** Ports, times, SHAs and folders differ from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/\d+\.\d s\b/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{7}\b/g, 'SHA')
    .replaceAll(fixtureRepository, 'REPOSITORY')
}

describe('npm run rehearse', () => {
  test('prints the run: what matters of each step, summaries, results, permissions, and a verdict', async () => {
    const { code, stdout } = await ending(
      start(`
name: Fixture
on: push
jobs:
  build:
    name: Build
    runs-on: ubuntu-latest
    permissions: { contents: read, issues: write }
    steps:
      - { uses: actions/checkout@v7, name: Check out }
      - { name: Quiet, run: echo not shown }
      - { name: Tell, run: 'echo "::warning::take care"; echo "### Told" >> "$GITHUB_STEP_SUMMARY"' }
      - { name: Not now, if: "false", run: 'true' }
  test:
    needs: build
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - { name: Break, run: 'echo "::group::Details"; echo inside; echo "::endgroup::"; exit 3' }
`),
    )
    expect(code).toBe(1)
    expect(steady(stdout).replaceAll(/Checked out [0-9a-f]{40}/g, 'Checked out COMMIT')).toMatchInlineSnapshot(`
      "Rehearsing fixture.yml (Fixture)
        event       push of refs/heads/main at SHA, by octocat
        repository  rehearsal/repository, private, from REPOSITORY
        GitHub      http://127.0.0.1:PORT
        Cloudflare  http://127.0.0.1:PORT/client/v4, project repository
        network     the package registry only, for the installs of the workflow and the first one of wrangler

      Build ubuntu-latest
        ✓ Check out TIME
            Checked out COMMIT (Add .github/workflows/fixture.yml)
        ✓ Quiet TIME
        ✓ Tell TIME
            warning: take care
        - Not now skipped
        ✓ Post Check out TIME
        Summary of Tell
          ### Told
        ✓ Build: success in TIME

      test ubuntu-latest
        ✗ Break TIME
            ▸ Details
            inside
            error: Process completed with exit code 3.
        ✗ test: failure in TIME

      Jobs
        Build  success  TIME
        test   failure  TIME

      Permissions
        build  contents: read  used
        build  issues: write   GRANTED BUT NOT USED: this run did without it

      The workflow failed in TIME: test at "Break".
      "
    `)
  })

  test('writes the whole report with --json', async () => {
    const { code } = await ending(
      start(jobOf(`- { id: a, run: 'echo x=1 >> "$GITHUB_OUTPUT"' }`), '--json', 'out.json'),
    )
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))).toMatchObject({
      result: 'success',
      event: 'push',
      jobs: [{ id: 'job', result: 'success', steps: [{ id: 'a', outcome: 'success', outputs: { x: '1' } }] }],
      requests: { github: [], cloudflare: [] },
      deployments: [],
      pages: [],
    })
  })

  test.each([
    [['--help'], 0, 'npm run rehearse -- [FILE] [options]', ''],
    [
      ['--event', 'moon'],
      2,
      '',
      '--event moon: it is one of push, pull_request, workflow_dispatch, schedule, workflow_run, tag.\n',
    ],
    [['--conclusion', 'fine'], 2, '', '--conclusion fine: it is one of success, failure, cancelled.\n'],
    [['--fault', 'github:GET /a:oops'], 2, '', "--fault github:GET /a:oops: 'oops'. WHAT is a status,"],
    [['--fault', 'step:Other:kill'], 2, '', "No step is named 'Other'. The steps: Run true.\n"],
    [['--help'], 0, 'SIDE:METHOD PATH:WHAT[*N]', ''],
    [['--var', 'nonsense'], 2, '', '--var nonsense: write it as NAME=VALUE.\n'],
    [
      ['--fork', 'someone'],
      2,
      '',
      '--fork is about a pull request. Add --event pull_request or --event workflow_run.\n',
    ],
    [['--event', 'pull_request'], 2, '', "fixture.yml would not run: its 'on' has push, not pull_request.\n"],
    [['second.yml'], 2, '', 'One workflow at a time:'],
    [['--colour'], 2, '', 'There is no option --colour. See --help.\n'],
    [['-x'], 2, '', 'There is no option -x. See --help.\n'],
    [['--history', 'none.yml'], 2, '', '--history none.yml: ENOENT'],
    [['--reject', 'moon'], 2, '', "No job has the environment 'moon'. The workflow's environments: none.\n"],
    [['--reject', 'a', '--approve', 'a'], 2, '', 'a is either approved or rejected.\n'],
    [['--then', 'merge'], 2, '', "--then 'merge': after merge comes the number of a pull request.\n"],
    [['--then', 'merge 1 fast'], 2, '', '--then merge fast: it is one of merge, squash, rebase.\n'],
    [['--event'], 2, '', "Option '--event <value>' argument missing. See --help.\n"],
    [['--secret', 'value-without-name'], 2, '', '--secret: write it as NAME=VALUE.\n'],
    [['--repository', import.meta.filename], 2, '', 'runner-cli.test.ts is a file. --repository takes the folder'],
    [['--help'], 0, 'googleapis/release-please-action, softprops/action-gh-release.', ''],
  ])('%j ends with %i, without a stack', async (args, expected, out, err) => {
    const { code, stdout, stderr } = await ending(start(jobOf(`- run: 'true'`), ...args))
    expect(code).toBe(expected)
    expect(stdout).toContain(out)
    expect(stderr).toContain(err)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('prints no secret, whatever else has its value', async () => {
    const { stdout, stderr } = await ending(
      start(
        `
name: Fixture
on: push
concurrency: \${{ vars.CLOUDFLARE_ACCOUNT_ID }}
jobs:
  job:
    name: Job of \${{ vars.CLOUDFLARE_ACCOUNT_ID }}
    runs-on: ubuntu-latest
    environment: env-\${{ vars.CLOUDFLARE_ACCOUNT_ID }}
    steps:
      - name: Step of \${{ vars.CLOUDFLARE_ACCOUNT_ID }}
        run: |
          echo "::group::Group of \${{ vars.CLOUDFLARE_ACCOUNT_ID }}"; echo "::endgroup::"
          echo "::error title=\${{ vars.CLOUDFLARE_ACCOUNT_ID }}::Error of \${{ vars.CLOUDFLARE_ACCOUNT_ID }}"
          echo "| \${{ vars.CLOUDFLARE_ACCOUNT_ID }} |" >> "$GITHUB_STEP_SUMMARY"
          exit 1
`,
        ...['--secret', 'CLOUDFLARE_ACCOUNT_ID=the-very-secret', '--secret', 'PAGES_PROJECT=hidden-project'],
        ...['--json', 'secret.json', '--verbose'],
      ),
    )
    expect(stdout).toContain('var CLOUDFLARE_ACCOUNT_ID=***')
    expect(stdout).toContain('Group of ***')
    expect(stdout).toContain('"Step of ***"')
    const json = readFileSync(join(folder, 'secret.json'), 'utf8')
    for (const text of [stdout, stderr, json]) expect(text).not.toMatch(/the-very-secret|hidden-project/)
  })

  test('lists the faults and how often each was met', async () => {
    const faults = ['--fault', 'step:First:kill*1', '--fault', 'github:POST /deployments:503']
    const { code, stdout } = await ending(start(jobOf(`- { name: First, run: exec sleep 60 }`), ...faults))
    expect(code).toBe(1)
    expect(stdout).toContain(`
Faults
  step:First:kill*1             met once
  github:POST /deployments:503  NEVER MET
`)
  })

  test('runs the same run again with --rerun, without the faults, and the last attempt counts', async () => {
    const { code, stdout } = await ending(
      start(
        jobOf(`- { name: First, run: 'sleep 0.2; echo "::notice::attempt $GITHUB_RUN_ATTEMPT"' }`),
        ...['--rerun', '--fault', 'step:First:kill', '--json', 'attempts.json'],
      ),
    )
    expect(code).toBe(0)
    const [first = '', second = ''] = stdout.split('Rehearsing fixture.yml again, as attempt 2 of the same run')
    expect(first).toContain('The workflow failed')
    expect(second).toContain('notice: attempt 2')
    expect(second).toContain('The workflow succeeded')
    expect(second).not.toContain('Faults')
    expect(JSON.parse(readFileSync(join(folder, 'attempts.json'), 'utf8'))).toMatchObject([
      { attempt: 1, result: 'failure', faults: [{ spec: 'step:First:kill', met: 1 }] },
      { attempt: 2, result: 'success', faults: [] },
    ])
  })

  test('lets something fail in the second attempt with --rerun-fault', async () => {
    const { code, stdout } = await ending(
      start(jobOf(`- { name: First, run: sleep 0.5 }`), '--rerun-fault', 'step:First:kill'),
    )
    expect(code).toBe(1)
    expect(stdout.match(/step:First:kill/g)?.length).toBeGreaterThan(0)
    expect(stdout.indexOf('step:First:kill')).toBeGreaterThan(stdout.indexOf('success'))
  })

  test('runs again with other events and inputs with --then, and lists all runs with --json', async () => {
    const workflow = `
on:
  push:
  schedule: [{ cron: '17 2 * * *' }]
  workflow_dispatch: { inputs: { operation: { type: string }, note: { type: string } } }
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: '[ "\${{ inputs.operation }}" != fail ]'
`
    const dispatch = 'workflow_dispatch operation=list note=two words'
    const { code, stdout } = await ending(
      start(workflow, '--then', dispatch, '--then', 'schedule 17 2 * * *', '--json', 'runs.json'),
    )
    expect(code).toBe(0)
    expect(stdout.match(/^Rehearsing fixture.yml/gm)).toHaveLength(3)
    const runs = JSON.parse(readFileSync(join(folder, 'runs.json'), 'utf8'))
    expect(runs).toMatchObject([
      { event: 'push', runNumber: 1, attempt: 1 },
      { event: 'workflow_dispatch', runNumber: 2, attempt: 1 },
      { event: 'schedule', runNumber: 3, attempt: 1 },
    ])
    const failed = await ending(start(workflow, '--then', 'workflow_dispatch operation=fail', '--then', 'push'))
    expect(failed.code).toBe(0)
    expect((await ending(start(workflow, '--then', 'workflow_dispatch operation=fail'))).code).toBe(1)
  })

  test.each([
    [['--then', 'moon'], '--then moon: it is one of push, '],
    [['--then', 'workflow_dispatch list'], '--then list: write it as NAME=VALUE.'],
    [['--then', 'schedule 0 0 * * *'], "fixture.yml has no schedule '0 0 * * *'. It has: 17 2 * * *."],
    [['--schedule', '0 0 * * *'], "fixture.yml has no schedule '0 0 * * *'. It has: 17 2 * * *."],
  ])('refuses what cannot run then: %j', async (args, message) => {
    const workflow = `${jobOf(`- run: 'true'`).replace('on: push', "on: { push: , schedule: [{ cron: '17 2 * * *' }] }")}`
    const { code, stderr } = await ending(start(workflow, ...args))
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  test('cancels the first attempt only with --cancel-after and --rerun', async () => {
    const { code, stdout } = await ending(
      start(
        jobOf(`- { name: First, run: 'true' }\n- { name: Second, run: 'true' }`),
        '--cancel-after',
        'First',
        '--rerun',
      ),
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/The workflow was cancelled after[\s\S]*as attempt 2[\s\S]*✓ Second[\s\S]*succeeded/)
  })

  test('ends with 1 after --cancel-after', async () => {
    const { code, stdout } = await ending(
      start(jobOf(`- { name: First, run: 'true' }\n- { name: Second, run: 'true' }`), '--cancel-after', 'First'),
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/⊘ job: cancelled[\s\S]*The workflow was cancelled after/)
  })

  test('says that --cancel-after named a step that was never reached', async () => {
    const more = 'if: "false"'
    const { stdout } = await ending(start(jobOf(`- { name: Never, run: 'true' }`, more), '--cancel-after', 'Never'))
    expect(stdout).toContain("It was not cancelled: no step named 'Never' was reached.")
  })

  test('on Ctrl-C cancels as GitHub would and ends with 130', async () => {
    const child = start(
      jobOf(`
- { name: Whole, run: 'true' }
- { name: Wait, run: 'exec sleep 100' }
- { name: Cleanup, if: always(), run: 'echo "::notice::cleaned up"' }
`),
    )
    const ended = ending(child)
    let seen = ''
    await new Promise<void>((done) =>
      child.stdout?.on('data', (chunk) => {
        seen += chunk
        if (seen.includes('✓ Whole')) done()
      }),
    )
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    expect(code).toBe(130)
    expect(stderr).toContain('Cancelling, as GitHub would')
    expect(stdout).toContain('notice: cleaned up')
  })

  test('keeps the doubles listening with --keep until Ctrl-C', async () => {
    const child = start(jobOf(`- run: 'true'`), '--keep')
    const ended = ending(child)
    let seen = ''
    await new Promise<void>((done) =>
      child.stdout?.on('data', (chunk) => {
        seen += chunk
        if (seen.includes('Kept until Ctrl-C')) done()
      }),
    )
    const [, url = ''] = /GitHub +(\S+)/.exec(seen) ?? []
    expect((await fetch(`${url}/rate_limit`)).status).toBe(401)
    child.kill('SIGINT')
    expect((await ended).code).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })
})
