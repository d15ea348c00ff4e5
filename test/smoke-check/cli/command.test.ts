import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../actions/smoke-check/cli/arguments.ts'
import { isCommand, runCommand, type Terminal } from '../../../actions/smoke-check/cli/command.ts'
import { tooOld } from '../../../actions/smoke-check/cli/node-version.ts'
import { helpText, OPTIONS, type Option } from '../../../actions/smoke-check/cli/options.ts'
import { parseInputs } from '../../../actions/smoke-check/inputs.ts'
import { readManifest } from '../../../scripts/action-yml.ts'
import type { Runner } from '../../../src/action.ts'
import { ActionError, CancelledError } from '../../../src/errors.ts'

const DECLARED = readManifest('smoke-check').inputs

function inputsOf(...args: readonly string[]) {
  const parsed = parseArguments(args)
  if (parsed.help) throw new Error('This is a call for help.')
  return parseInputs(parsed.input)
}

describe('the flags', () => {
  it('are the inputs of the action with their defaults', () => {
    const flags = Object.fromEntries(OPTIONS.map((option: Option) => [option.name, option.default]))
    expect(flags).toEqual(Object.fromEntries(Object.entries(DECLARED).map(([name, input]) => [name, input.default])))
  })

  it('are read as the inputs are', () => {
    expect(
      inputsOf(
        '--checks',
        'smoke.yml',
        '--deadline=30s',
        '--urls',
        'a=https://a.example',
        '--urls',
        'https://b.example 204',
        '--dry-run',
      ),
    ).toMatchObject({
      checks: 'smoke.yml',
      deadline: 30_000,
      urls: ['a=https://a.example', 'https://b.example 204'],
      dryRun: true,
      successes: 2,
    })
  })

  it.each([
    [['--check', 'x'], /There is no flag --check\./, /--checks|Did you mean "checks"/],
    [['--deadline'], /--deadline has no value/, /Write --deadline TIME/],
    [['smoke.yml'], /"smoke\.yml" is not a flag/, /--checks before a file/],
    [['--ip', '4', '--ip', '6'], /--ip is given more than once/, /once/],
    [['--expect-version', ''], /--expect-version is empty/, /a variable in it not set/],
    [['--checks='], /--checks is empty/, /value/],
  ])('refuse %j and say what is meant', (args, message, hint) => {
    const error = (() => {
      try {
        parseArguments(args)
        return undefined
      } catch (thrown) {
        return thrown instanceof ActionError ? thrown : undefined
      }
    })()
    expect(error?.message).toMatch(message)
    expect(error?.hint).toMatch(hint)
  })

  it('are all in the help', () => {
    for (const { name } of OPTIONS) expect(helpText('smoke')).toContain(`--${name}`)
    expect(
      helpText('smoke')
        .split('\n')
        .every((line) => line.length <= 100 || line.includes('https://')),
    ).toBe(true)
  })
})

it('says which Node it needs', () => {
  expect(tooOld('20.20.2')).toBe('Node 24 is needed, and this is Node 20.20.2.')
  expect(tooOld('24.0.0')).toBeUndefined()
  expect(tooOld('26.1.0')).toBeUndefined()
})

it.each([
  [[], {}, true],
  [['--help'], { INPUT_URLS: '' }, true],
  [[], { INPUT_URLS: '', GITHUB_ACTIONS: 'true' }, false],
  [[], { GITHUB_ACTIONS: 'true', BACKEND_URL: 'https://x' }, true],
])('takes arguments %j in the environment %j for a command: %s', (args, env, command) => {
  expect(isCommand(args, env)).toBe(command)
})

describe('the exit code', () => {
  async function run(args: readonly string[], check: (runner: Runner) => Promise<boolean>) {
    const out: string[] = []
    const err: string[] = []
    const signal = new AbortController().signal
    const terminal: Terminal = {
      args,
      program: 'node smoke-check.mjs',
      env: {},
      signal,
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
    }
    return { code: await runCommand(terminal, check), out: out.join('\n'), err: err.join('\n') }
  }
  const throwing = (error: unknown) => () => Promise.reject(error)

  it('is 0 when healthy and 1 when not', async () => {
    expect((await run([], async () => true)).code).toBe(0)
    expect((await run([], async () => false)).code).toBe(1)
  })

  it('is 2 for a mistake, which is explained without a stack', async () => {
    expect(await run([], throwing(new ActionError('No file.', { hint: 'Give one.' })))).toEqual({
      code: 2,
      out: '',
      err: 'Error: No file.\nGive one.',
    })
    expect((await run(['--nope'], async () => true)).code).toBe(2)
  })

  it('comes with words of a terminal: flags instead of inputs', async () => {
    const { err } = await run(['--deadline', '3'], async (runner) => parseInputs(runner.input).dryRun)
    expect(err).toMatch(/^Error: --deadline has no unit: "3"\./)
  })

  it('is 2 when all is healthy and a report could not be written', async () => {
    const result = await run([], async (runner) => {
      runner.fail(new ActionError('Not written.'))
      return true
    })
    expect(result).toEqual({ code: 2, out: '', err: 'Error: Not written.' })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is that of a shell after %s', async (signal, code) => {
    expect(await run([], throwing(new CancelledError(signal)))).toMatchObject({
      code,
      err: `The check was cancelled (${signal}).`,
    })
  })

  it('is 2 for a bug, which is shown with its stack', async () => {
    const { code, err } = await run([], throwing(new TypeError('no function')))
    expect(code).toBe(2)
    expect(err).toMatch(/^Unexpected error, please report it: TypeError: no function\n {4}at /)
  })

  it('is 0 for --help, which does nothing else', async () => {
    const { code, out } = await run(['--help'], throwing(new Error('must not run')))
    expect(code).toBe(0)
    expect(out).toContain('Usage: node smoke-check.mjs [--checks FILE]')
    expect(out).toContain('$'.concat('{NAME} is a variable of the environment'))
    expect(out).toContain('https://github.com/slipway-ci/slipway/tree/v1/actions/smoke-check')
  })
})
