/** The scripts of workflows/ci.yml alone, each with programs that answer as told: what they say of what went wrong. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { TEMPLATE, workflow } from './ci-support.ts'

interface Template {
  readonly env: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly { readonly name: string; readonly run?: string; readonly env?: object }[] }
    >
  >
}
const template: Template = parse(readFileSync(workflow, 'utf8'))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-ci-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text, { mode })
}

/** A program that the script finds before any other of the name. */
const program = (name: string, script: string) => file(`bin/${name}`, `#!/bin/sh\n${script}\n`, 0o755)

function run(job: string, name: string, given: Readonly<Record<string, string>> = {}) {
  const step = template.jobs[job]?.steps.find((one) => one.name === name)
  if (step?.run === undefined) throw new Error(`${TEMPLATE} has no script "${name}" in ${job}.`)
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    ...template.env,
    ...step.env,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_PATH: join(folder, 'path'),
    RUNNER_TEMP: folder,
    RUNNER_ARCH: 'X64',
    RUNNER_TOOL_CACHE: join(folder, 'tools'),
    ...given,
  }
  const options = { env, cwd: folder, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run],
    options,
  )
  return { status, said: stdout.split('\n').filter((line) => /^::(error|warning) /.test(line)), stderr }
}

const lcov = (hit: number, found: number) => file('coverage/lcov.info', `SF:a\nLF:${found}\nLH:${hit}\nend_of_record\n`)
const figure = () => readFileSync(join(folder, 'figure'), 'utf8')

describe('the title', () => {
  it.each([
    ['feat: list the lights', 0],
    ['fix(api): answer 404', 0],
    ['refactor(api)!: drop v1', 0],
    ['revert: feat: list the lights', 0],
    ['chore: `$(exit 7)`; "x" \\ y', 0],
    ['Update stuff', 1],
    ['feature: list', 1],
    ['feat list', 1],
    ['feat:list', 1],
    ['feat(: x', 1],
    ['fix(api):', 1],
    ['Feat: list', 1],
    ['', 1],
  ])('%s: exit %i', (title, status) => {
    expect(run('title', 'Check the title', { TITLE: title }).status).toBe(status)
  })

  it.each(['merge_group', 'workflow_dispatch'])('of %s is none', (event) => {
    expect(run('title', 'Check the title', { TITLE: '', GITHUB_EVENT_NAME: event })).toMatchObject({
      status: 0,
      said: [],
    })
  })
})

describe.each(['frontend-test', 'api'])('the coverage of %s', (job) => {
  it.each([
    [8496, 10_000, '84.9', 1],
    [8499, 10_000, '84.9', 1],
    [8500, 10_000, '85.0', 0],
    [17, 20, '85.0', 0],
    [29, 29, '100.0', 0],
    [0, 0, '0.0', 1],
  ])('%i of %i lines is %s %%: exit %i', (hit, found, percent, status) => {
    lcov(hit, found)
    const { status: ended, said } = run(job, 'Look at the coverage')
    const line = `${hit} of ${found} lines (${percent} %) are covered; 85 % are wanted.`
    expect([ended, figure()]).toEqual([status, `${line}\n`])
    expect(said).toEqual(status === 0 ? [] : [expect.stringContaining(`too little coverage::${line}`)])
  })
})

describe('an installation that fails', () => {
  it.each(['frontend-lint', 'frontend-types', 'frontend-build', 'frontend-test', 'api'])('of %s says so', (job) => {
    program('npm', 'echo "npm error EUSAGE" >&2; exit 1')
    const { status, said } = run(job, 'Install')
    expect(status).toBe(1)
    expect(said).toEqual([
      expect.stringMatching(/: install::npm ci failed; .* cd (frontend|api) && npm ci\. If the lock file/),
    ])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('npm error EUSAGE\n')
  })

  it.each([
    ['backend', 'requirements-dev'],
    ['pip-audit', 'requirements-audit'],
  ])('of %s says so', (job, requirements) => {
    program('pip', 'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES" >&2; exit 1')
    const { status, said } = run(job, 'Install')
    expect(status).toBe(1)
    expect(said).toEqual([
      expect.stringMatching(
        new RegExp(`: install::pip could not install backend/${requirements}\\.txt; .* ${requirements}\\.in$`),
      ),
    ])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain('DO NOT MATCH')
  })

  it('of Terraform says what could not be downloaded', () => {
    program('terraform', 'exit 127')
    program('curl', 'echo "curl: (22) The requested URL returned error: 404" >&2; exit 22')
    const { status, said } = run('terraform', 'Install Terraform')
    expect(status).toBe(1)
    expect(said).toEqual([
      expect.stringMatching(
        /: download::https:\S+\/terraform_[\d.]+_linux_amd64\.zip could not be downloaded: curl: \(22\) .* 404 /,
      ),
    ])
  })

  it('of Terraform runs nothing that is not what was pinned', () => {
    program('terraform', 'exit 127')
    program('curl', 'while [ "$1" != --output ]; do shift; done; echo else > "$2"')
    expect(run('terraform', 'Install Terraform').said).toEqual([
      expect.stringMatching(/The SHA-256 of the download is [0-9a-f]{64}, and TERRAFORM_SHA256 says otherwise\./),
    ])
  })
})

describe.each(['backend', 'pip-audit'])('the Python of %s', (job) => {
  /** It says its version, and makes an environment that says which one made it. */
  const python = (version: string) =>
    `if [ "$1" = -c ]; then echo ${version}; else mkdir -p "$3/bin" && echo ${version} > "$3/made"; fi`
  const made = () => readFileSync(join(folder, 'venv/made'), 'utf8').trim()
  const kept = (version: string, arch = 'x64') =>
    file(`tools/Python/${version}/${arch}/bin/python`, `#!/bin/sh\n${python(version)}\n`, 0o755)
  beforeEach(() => program('python3', python('3.14.2')))

  it('is the runner’s where nothing else is asked for, and is named', () => {
    kept('3.13.9')
    expect(run(job, 'Choose Python')).toMatchObject({ status: 0, said: [] })
    expect([made(), figure()]).toEqual(['3.14.2', 'With Python 3.14.2.\n'])
    expect(readFileSync(join(folder, 'path'), 'utf8')).toBe(`${folder}/venv/bin\n`)
  })

  it.each([
    ['3.13', '3.13.11'],
    ['3.13.9', '3.13.9'],
    ['3.14', '3.14.2'],
    ['3.1', '3.1.4'],
  ])('is, where %s is asked for, %s', (wanted, version) => {
    for (const one of ['3.1.4', '3.13.9', '3.13.11']) kept(one)
    kept('3.13.12', 'arm64')
    kept('3.13.13', 'x64-freethreaded')
    expect(run(job, 'Choose Python', { PYTHON_VERSION: wanted })).toMatchObject({ status: 0, said: [] })
    expect(made()).toBe(version)
  })

  it('is refused where the runner has another one, or none', () => {
    const { status, said } = run(job, 'Choose Python', { PYTHON_VERSION: '3.13' })
    expect(status).toBe(1)
    expect(said).toEqual([expect.stringContaining(': Python::This runner has Python 3.14.2, and 3.13 is wanted.')])
    program('python3', 'exit 127')
    expect(run(job, 'Choose Python').said).toEqual([
      expect.stringContaining(': Python::This runner has Python none, and any is wanted.'),
    ])
  })

  it('warns where the project says otherwise', () => {
    file('backend/.python-version', '3.14\n')
    expect(run(job, 'Choose Python').said).toEqual([])
    file('backend/.python-version', '3.13\n')
    expect(run(job, 'Choose Python')).toMatchObject({
      status: 0,
      said: [
        expect.stringMatching(
          /^::warning .*It runs on Python 3\.14\.2, and backend\/\.python-version says otherwise\./,
        ),
      ],
    })
  })
})

describe('the migrations', () => {
  it.each([
    ["Migrations for 'lights':\\n  lights/migrations/0002.py", /migrations::A model was changed without a migration\./],
    ["Field 'height' on model 'light' not migrated: it is impossible", /migrations::A model was changed without/],
    [
      'Traceback\\nModuleNotFoundError: No module named x',
      /start::Django did not start, or .*: ModuleNotFoundError: No module named x The summary/,
    ],
  ])('%s', (output, message) => {
    program('python', `printf "${output}\\n"; exit 1`)
    const { status, said } = run('backend', 'Look for missing migrations')
    expect(status).toBe(1)
    expect(said).toEqual([expect.stringMatching(message)])
  })
})

describe('the coverage of Django', () => {
  it.each(['No data to report.', 'Coverage failure: total of 90.1 is less than fail-under=95.0'])(
    'says why there is none: %s',
    (reason) => {
      program('coverage', `echo "${reason}"; exit 1`)
      const { status, said } = run('backend', 'Look at the coverage')
      expect(status).toBe(1)
      expect(said).toEqual([expect.stringContaining(`: coverage::"coverage report" failed: ${reason} `)])
    },
  )
})
