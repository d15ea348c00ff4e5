import { expect, it } from 'vitest'
import { type Inputs, parseInputs } from '../../../actions/smoke-check/inputs.ts'
import { readManifest } from '../../../scripts/action-yml.ts'
import { ActionError } from '../../../src/errors.ts'
import { InputReader } from '../../../src/input.ts'

const DECLARED = readManifest('smoke-check').inputs

function parse(given: Readonly<Record<string, string>> = {}): Inputs {
  return parseInputs(
    new InputReader(
      (name) => given[name] ?? DECLARED[name]?.default ?? '',
      () => {},
    ),
  )
}

it('has defaults for everything', () => {
  expect(parse()).toEqual({
    urls: [],
    checks: undefined,
    deadline: 180_000,
    interval: 3000,
    successes: 2,
    timeout: 10_000,
    connectTimeout: 5000,
    expectVersion: undefined,
    concurrency: 16,
    failOn: 'fail',
    junit: undefined,
    metrics: undefined,
    json: undefined,
    ip: 'auto',
    dryRun: false,
  })
})

it('reads the quick form line by line', () => {
  expect(parse({ urls: '\n api=https://a.example 200\n\n https://b.example\n' }).urls).toEqual([
    'api=https://a.example 200',
    'https://b.example',
  ])
})

it.each<readonly [Readonly<Record<string, string>>, RegExp]>([
  [{ deadline: '180' }, /deadline has no unit/],
  [{ deadline: '0s' }, /deadline is "0s"/],
  [{ deadline: '30d' }, /deadline is "30d"/],
  [{ timeout: '0ms' }, /timeout is "0ms"/],
  [{ 'connect-timeout': '' }, /connect-timeout is empty/],
  [{ successes: '0' }, /successes is "0"/],
  [{ successes: '1.5' }, /successes is "1.5"/],
  [{ concurrency: '1001' }, /concurrency is "1001"/],
  [{ 'fail-on': 'error' }, /fail-on is "error"/],
  [{ ip: '5' }, /ip is "5"/],
  [
    { successes: '3', interval: '2m', deadline: '3m' },
    /3 healthy rounds can never follow one another within the deadline/,
  ],
  [{ junit: 'out.txt', json: 'out.txt' }, /out\.txt is given as two of the files/],
  [{ checks: 'checks.yml', json: 'checks.yml' }, /checks\.yml is given as two of the files/],
])('refuses %j', (given, message) => {
  expect(() => parse(given)).toThrow(ActionError)
  expect(() => parse(given)).toThrow(message)
})
