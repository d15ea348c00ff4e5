import { expect, it } from 'vitest'
import { parseInputs } from '../../actions/rotate-secret/inputs.ts'
import { readManifest } from '../../scripts/action-yml.ts'
import { ActionError } from '../../src/errors.ts'
import { InputReader } from '../../src/input.ts'

const DAY = 86_400_000
const REQUIRED = { name: 'SESSION_KEY', 'github-token': 'github_pat_1', 'job-token': 'ghs_1' }

function parse(given: Readonly<Record<string, string>> = {}, masks: string[] = []) {
  const declared = Object.entries(readManifest('rotate-secret').inputs)
  const values = new Map(declared.map(([name, { default: fallback = '' }]) => [name, fallback]))
  for (const [name, value] of Object.entries({ ...REQUIRED, ...given })) values.set(name, value)
  const read = new InputReader(
    (name, { exact } = { exact: false }) => {
      const value = values.get(name)
      if (value === undefined) throw new Error(`action.yml declares no input ${name}.`)
      return exact ? value : value.trim()
    },
    (value) => void masks.push(value),
  )
  return parseInputs(read)
}

function refusal(given: Readonly<Record<string, string>>): string {
  try {
    parse(given)
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('They were taken.')
}

it('has the defaults that action.yml promises', () => {
  expect(parse()).toEqual({
    names: { current: 'SESSION_KEY', previous: 'SESSION_KEY_PREVIOUS', pending: 'SESSION_KEY_NEXT' },
    targets: ['repository'],
    generator: { kind: 'base64', bytes: 32 },
    maxAge: 30 * DAY,
    grace: 7 * DAY,
    given: {},
    verify: undefined,
    revoke: undefined,
    commandTimeout: 600_000,
    warnExpiry: 14 * DAY,
    redeploy: undefined,
    force: false,
    publicVariable: undefined,
    dryRun: false,
    audit: undefined,
    githubToken: 'github_pat_1',
    jobToken: 'ghs_1',
    apiToken: undefined,
    accountId: undefined,
  })
})

it('masks every value and every token while it reads them', () => {
  const masks: string[] = []
  const secrets = {
    current: 'the current value',
    pending: 'the pending value',
    previous: 'the previous value',
    'api-token': 'the api token',
  }
  parse(secrets, masks)
  expect(masks).toEqual(expect.arrayContaining([...Object.values(secrets), 'github_pat_1', 'ghs_1']))
})

it('keeps each character of the values, since the old one is written as it was', () => {
  const { given } = parse({ current: '-----KEY-----\n', pending: ' x ', previous: '' })
  expect(given).toEqual({ current: '-----KEY-----\n', pending: ' x ' })
})

it('takes a value of nothing but white space for none', () => {
  expect(parse({ current: ' \n' }).given).toEqual({})
})

it.each([
  ['0', 0],
  ['0d', 0],
  ['12h', DAY / 2],
])('reads an age of %s', (text, ms) => {
  expect(parse({ 'max-age': text, grace: '0' }).maxAge).toBe(ms)
})

it.each([
  ['max-age', '30'],
  ['grace', 'a week'],
  ['warn-expiry', '-1d'],
  ['command-timeout', '0s'],
  ['command-timeout', '25h'],
  ['force', 'yes'],
  ['dry-run', '1'],
  ['generator', 'random'],
  ['audit', 'somewhere'],
  ['redeploy', 'deploy'],
  ['verify-command', '"'],
  ['revoke-command', '"'],
  ['public-variable', '1KEY'],
])('names %s when it is %j', (name, value) => {
  expect(refusal({ [name]: value })).toMatch(new RegExp(`^Input ${name}\\b[^\\n]+\\n.`))
})

it.each(['name', 'github-token', 'max-age', 'grace', 'warn-expiry', 'generator'])('needs %s', (name) => {
  expect(refusal({ [name]: '' })).toMatch(new RegExp(`^Input ${name} is empty\\.\\n`))
})

it('refuses a grace that is longer than the age at which the next rotation is due', () => {
  expect(refusal({ 'max-age': '6d' })).toBe(
    'Input max-age (6 d) is shorter than grace (7 d): the next rotation would be due while the previous value is still to work.\nRotate less often, or give the previous value less time.',
  )
  expect(parse({ 'max-age': '7d' }).grace).toBe(7 * DAY)
  expect(parse({ 'max-age': '6d', 'previous-name': '' }).names.previous).toBeUndefined()
  expect(parse({ 'max-age': '0' }).maxAge).toBe(0)
})

it('refuses a variable for a public half where there is none', () => {
  expect(refusal({ 'public-variable': 'PUBLIC_KEY' })).toBe(
    'Input public-variable is given, and the generator makes no key pair.\nUse the generator ed25519, rsa:BITS or ssh-ed25519, or leave public-variable out.',
  )
})

it.each(['ed25519', 'rsa:2048', 'ssh-ed25519', 'command: make-key'])(
  'takes a variable for a public half with %s',
  (generator) => {
    expect(parse({ generator, 'public-variable': 'public_key' }).publicVariable).toBe('PUBLIC_KEY')
  },
)

it.each([
  ['file:out/trail.jsonl', { kind: 'file', path: 'out/trail.jsonl' }],
  ['branch:audit', { kind: 'branch', branch: 'audit' }],
  ['branch:audit/secrets', { kind: 'branch', branch: 'audit/secrets' }],
])('reads the trail %s', (audit, place) => {
  expect(parse({ audit }).audit).toEqual(place)
})

it.each([
  'file:',
  'file:out/',
  'branch:',
  'branch:a..b',
  'branch:a b',
  'branch:/a',
  'branch:a/',
  'branch:-a',
  'branch:a.lock',
  'branch:a~1',
  'trail',
])('refuses the trail %s', (audit) => {
  expect(refusal({ audit })).toBe(
    `Input audit is "${audit}", which is no place for a trail.\nWrite file:PATH, or branch:NAME for a branch of this repository that holds nothing else.`,
  )
})

it('reads a workflow to dispatch, and its inputs', () => {
  const redeploy = '.github/workflows/deploy.yml\nenvironment=production\nnote = a = b\nempty='
  expect(parse({ redeploy }).redeploy).toEqual({
    workflow: 'deploy.yml',
    inputs: { environment: 'production', note: 'a = b', empty: '' },
  })
})

it('does not offer a retry of Pages, and says why', () => {
  expect(refusal({ redeploy: 'retry' })).toMatch(
    /^Input redeploy is "retry", which is not offered\.\nWhether Cloudflare's own retry takes new secrets up in a direct upload is not proven\. Write none, or/,
  )
})

it('refuses an input of the workflow without a value', () => {
  expect(refusal({ redeploy: 'deploy.yml\nproduction' })).toMatch(
    /^Input redeploy has the line "production", which is no name=value\.\n/,
  )
})

it.each(['0123456789abcdef', '../0123456789abcdef0123456789abc', '0123456789abcdef0123456789abcdeg'])(
  'refuses the account %s, which is no id of one',
  (id) => {
    expect(refusal({ 'account-id': id })).toBe(
      'Input account-id is not the id of a Cloudflare account.\nIt is the 32 hexadecimal digits in the address of the dashboard.',
    )
  },
)

it('takes the id of an account', () => {
  expect(parse({ 'account-id': '0123456789abcdef0123456789ABCDEF' }).accountId).toHaveLength(32)
})

it('refuses a program that revokes what is not kept', () => {
  expect(refusal({ 'revoke-command': 'revoke', 'previous-name': '' })).toBe(
    'Input revoke-command is given, and previous-name is empty.\nA value is kept as the previous one until it is revoked: leave previous-name at its default.',
  )
})

it('refuses a pending value where none is kept', () => {
  expect(refusal({ pending: 'a-value', 'pending-name': '' })).toBe(
    'Input pending is given, and pending-name is empty.\nLeave one of them out.',
  )
  expect(parse({ pending: '', 'pending-name': '' }).names.pending).toBeUndefined()
})

it('goes without the token of the job where it is not told', () => {
  expect(parse({ 'job-token': '' }).jobToken).toBeUndefined()
})
