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
    [['--event', 'moon'], 2, '', '--event moon: rehearsed are push, pull_request, workflow_dispatch.\n'],
    [['--var', 'nonsense'], 2, '', '--var nonsense: write it as NAME=VALUE.\n'],
    [['--fork', 'someone'], 2, '', '--fork is about a pull request. Add --event pull_request.\n'],
    [['--event', 'pull_request'], 2, '', "fixture.yml would not run: its 'on' has push, not pull_request.\n"],
    [['second.yml'], 2, '', 'One workflow at a time:'],
    [['--colour'], 2, '', "Unknown option '--colour'"],
  ])('%j ends with %i, without a stack', async (args, expected, out, err) => {
    const { code, stdout, stderr } = await ending(start(jobOf(`- run: 'true'`), ...args))
    expect(code).toBe(expected)
    expect(stdout).toContain(out)
    expect(stderr).toContain(err)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('ends with 1 after --cancel-after', async () => {
    const { code, stdout } = await ending(
      start(jobOf(`- { name: First, run: 'true' }\n- { name: Second, run: 'true' }`), '--cancel-after', 'First'),
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/⊘ job: cancelled[\s\S]*The workflow was cancelled after/)
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
