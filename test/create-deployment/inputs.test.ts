import { expect, it } from 'vitest'
import { errorOf, startScenario } from './setup.ts'

it.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['an empty environment', { environment: '' }, 'Input environment is empty.'],
  ['an empty token', { 'github-token': '' }, 'Input github-token is empty.'],
  ['a boolean that is none', { finish: 'yes' }, 'Input finish is "yes", which is neither true nor false.'],
  ['an unknown state', { 'on-cancel': 'failed' }, 'Input on-cancel is "failed", which is not one of its values.'],
  ['a final state as the first one', { 'initial-state': 'success' }, 'Input initial-state is "success", which'],
  ['none together with names', { 'required-contexts': 'none\nbuild' }, 'Input required-contexts is "none, build".'],
  ['a payload with a mistake', { payload: '{\n  "a": 1,\n}' }, 'Input payload is not JSON at line 3, column 1: '],
  ['a payload that is no object', { payload: '[1]' }, 'Input payload is an array, not a JSON object.'],
  ['a payload under our name', { payload: '{"slipway":1}' }, 'Input payload has a member "slipway", which is where'],
  [
    'an unknown way to inactivate',
    { inactivate: 'some' },
    'Input inactivate is "some", which is not one of its values.',
  ],
  ['an age without a unit', { 'reap-after': '6' }, 'Input reap-after has no unit: "6".'],
  ['no age at all', { 'reap-after': '0s' }, 'Input reap-after is 0s, which is no time at all.'],
  ['half of an existing deployment', { 'deployment-id': '5' }, 'Input deployment-id is given without state.'],
  ['the other half', { state: 'success' }, 'Input state is given without deployment-id.'],
  ['an id that is none', { 'deployment-id': '5x', state: 'error' }, 'Input deployment-id is "5x", which is not the id'],
  ['an id that is zero', { 'deployment-id': '0', state: 'error' }, 'Input deployment-id is "0", which is not the id'],
  ['an unknown final state', { 'deployment-id': '5', state: 'done' }, 'Input state is "done", which is not one of its'],
  [
    'to inactivate others with an existing deployment',
    { 'deployment-id': '5', state: 'success', inactivate: 'all' },
    'Input inactivate is "all", which has no meaning together with deployment-id.',
  ],
  [
    'to reap with an existing deployment',
    { 'deployment-id': '5', state: 'success', 'reap-after': '6h' },
    'Input reap-after is given, which has no meaning together with deployment-id.',
  ],
  ['a bare host', { 'environment-url': 'example.com' }, 'Input environment-url is not an HTTP address: "example.com".'],
  ['a script address', { 'log-url': 'javascript:alert(1)' }, 'Input log-url is not an HTTP address: "javascript:'],
])('refuses %s before it asks anything of GitHub', async (_, inputs, message) => {
  await using scenario = await startScenario()
  const main = await scenario.main({ inputs })
  const error = errorOf(main)

  expect(error.startsWith(message)).toBe(true)
  expect(error.split('\n')[1]).toMatch(/^[A-Z].*\.$/) // the remedy
  expect(`${main.stdout}${main.stderr}`).not.toMatch(/^\s+at /m)
  expect(scenario.github.requests).toEqual([])
  const post = await scenario.post(main, 'failure', { inputs })
  expect([post.exitCode, post.stdout]).toEqual([0, ''])
})
