/** What the inputs about attempts and versions may say. */
import { expect, it } from 'vitest'
import { parseInputs } from '../../actions/deploy-pages/inputs.ts'
import { readManifest } from '../../scripts/action-yml.ts'
import { InputReader } from '../../src/input.ts'

function parse(given: Readonly<Record<string, string>>) {
  const { inputs } = readManifest('deploy-pages')
  const all: Readonly<Record<string, string>> = { 'api-token': 't', 'account-id': 'a', ...given }
  return parseInputs(
    new InputReader(
      (name) => all[name] ?? inputs[name]?.default ?? '',
      () => {},
    ),
  )
}

it('tries three times, after 5 and 10 seconds, unless it is told otherwise', () => {
  expect(parse({})).toMatchObject({ attempts: 3, retryDelays: [5000, 10_000] })
  expect(parse({ attempts: '1', 'retry-delays': '100ms\n 2m,1h' })).toMatchObject({
    attempts: 1,
    retryDelays: [100, 120_000, 3_600_000],
  })
})

it('takes the names of required variables line by line', () => {
  expect(parse({ 'require-variables': 'API_URL\n\n  DB\n' }).requireVariables).toEqual(['API_URL', 'DB'])
})

it('takes the wrangler of the project by its word', () => {
  expect(parse({ 'wrangler-version': 'project' }).wranglerVersion).toBe('project')
})

it.each([
  [{ attempts: '0' }, 'Input attempts is "0", which is not a number from 1 to 10.'],
  [{ attempts: '11' }, 'Input attempts is "11", which is not a number from 1 to 10.'],
  [{ attempts: 'three' }, 'Input attempts is "three", which is not a number from 1 to 10.'],
  [{ attempts: '1.5' }, 'Input attempts is "1.5", which is not a number from 1 to 10.'],
  [{ 'retry-delays': '5s, 10' }, 'Input retry-delays has no unit: "10".'],
  [{ 'retry-delays': '5s, 30d' }, 'Input retry-delays is 30d, which is too long.'],
  [{ 'attempt-timeout': '30d' }, 'Input attempt-timeout is 30d, which is too long.'],
  [{ 'attempt-timeout': '0s' }, 'Input attempt-timeout is 0s, which is no time at all.'],
  [{ 'live-timeout': '25h' }, 'Input live-timeout is 25h, which is too long.'],
  [{ 'retry-delays': ', ,' }, 'Input retry-delays has no duration in it.'],
  [
    { 'wrangler-version': '4.43.9' },
    'Input wrangler-version is 4.43.9, which does not record why a deployment failed.',
  ],
  [{ 'require-variables': 'A,B C' }, 'Input require-variables names "A,B C", which is no name of a variable.'],
  [{ 'wrangler-version': '^4' }, 'Input wrangler-version is "^4", which is not an exact version.'],
])('refuses %o', (given, message) => {
  expect(() => parse(given)).toThrow(message)
})
