import { expect, it } from 'vitest'
import { isActions, isReadable, parseTargets, type Target } from '../../actions/rotate-secret/target.ts'
import { ActionError } from '../../src/errors.ts'

const HOME = { owner: 'octo-org', repo: 'site' }

function one(line: string): Target | undefined {
  const targets = parseTargets(['repository:octo-org/anchor', line], HOME)
  expect(targets).toHaveLength(2)
  return targets[1]
}

function refusal(lines: readonly string[]): string {
  try {
    parseTargets(lines, HOME)
  } catch (error) {
    if (error instanceof ActionError) return error.text
    throw error
  }
  throw new Error('They were taken.')
}

it.each([
  ['repository', { kind: 'repository', ...HOME }],
  ['repository:other/Repo.js', { kind: 'repository', owner: 'other', repo: 'Repo.js' }],
  ['dependabot', { kind: 'dependabot', ...HOME }],
  ['dependabot:other/repo', { kind: 'dependabot', owner: 'other', repo: 'repo' }],
  ['codespaces', { kind: 'codespaces', ...HOME }],
  ['codespaces:other/repo', { kind: 'codespaces', owner: 'other', repo: 'repo' }],
  ['environment:production', { kind: 'environment', environment: 'production', ...HOME }],
  ['environment:Preview (docs)/eu', { kind: 'environment', environment: 'Preview (docs)/eu', ...HOME }],
  ['environment:prod@other/repo', { kind: 'environment', environment: 'prod', owner: 'other', repo: 'repo' }],
  ['environment:a@b@other/repo', { kind: 'environment', environment: 'a@b', owner: 'other', repo: 'repo' }],
  ['environment:a@b', { kind: 'environment', environment: 'a@b', ...HOME }],
  ['organization:octo-org', { kind: 'organization', organization: 'octo-org' }],
  ['pages:my-site/production', { kind: 'pages', project: 'my-site', environment: 'production' }],
  ['pages:my-site/preview', { kind: 'pages', project: 'my-site', environment: 'preview' }],
  ['worker:my_worker-2', { kind: 'worker', script: 'my_worker-2' }],
])('reads %s', (line, target) => {
  expect(one(line)).toEqual({ ...target, label: line })
})

it('reads a program and its arguments, and shows the program alone', () => {
  expect(one('command: vault kv put "secret path" value=-')).toEqual({
    kind: 'command',
    program: 'vault',
    args: ['kv', 'put', 'secret path', 'value=-'],
    label: 'command: vault',
  })
})

it('tells programs of the same name apart', () => {
  const targets = parseTargets(['repository', 'command: store a', 'command: store b', 'command: other a'], HOME)
  expect(targets.map(({ label }) => label)).toEqual([
    'repository',
    'command: store',
    'command: store (2)',
    'command: other',
  ])
})

it.each([
  'repositories',
  'repository:',
  'repository:owner',
  'repository:owner/repo/more',
  'repository:../repo',
  'repository:owner/..',
  'dependabot:owner/.',
  'dependabot:',
  'environment',
  'environment:',
  'environment:.',
  'environment:..',
  'environment:..@owner/repo',
  'environment:a@owner/..',
  'organization',
  'organization:a/b',
  'organization:..',
  'pages:site',
  'pages:site/staging',
  'pages:Site/production',
  'worker',
  'worker:a/b',
  'vault: a',
  'Repository',
  'toString',
  'constructor:x',
])('refuses %s, and says what it takes', (line) => {
  const text = refusal(['repository', line])
  expect(text).toContain(`Input targets has the line "${line}", which is no target.\n`)
  expect(text).toContain('Write one a line: repository, repository:owner/repo, environment:NAME,')
})

it('never shows a command that it cannot read', () => {
  expect(refusal(['repository', 'command:'])).toMatch(/^Input targets, line 2, names no program\.\n/)
  expect(refusal(['repository', 'command: put "s3cr3t-value'])).not.toContain('s3cr3t')
})

it.each([
  [['repository', 'repository']],
  [['repository', 'repository:Octo-Org/SITE']],
  [['environment:a', 'environment:A@octo-org/site']],
  [['repository', 'pages:a/preview', 'pages:a/preview']],
  [['repository', 'command: a b', 'command:  a  b']],
])('refuses the same place twice: %j', (lines) => {
  expect(refusal(lines)).toMatch(/^Input targets has \S.* twice\.\nLeave one of the lines out\.$/)
})

it('takes programs that differ in case alone for two', () => {
  expect(parseTargets(['repository', 'command: put A', 'command: put a'], HOME)).toHaveLength(3)
})

it.each([[[]], [['dependabot', 'pages:a/production']], [['worker:a', 'codespaces', 'command: a']]])(
  'refuses %j, of which none tells the age',
  (lines) => {
    expect(refusal(lines)).toBe(
      'Input targets names no secret of GitHub Actions.\nAdd repository, environment:NAME or organization:NAME. When it was last written tells how old the value is, and it is written last, when everything else has the new value.',
    )
  },
)

it.each([
  ['repository', true],
  ['repository:OCTO-ORG/Site', true],
  ['repository:octo-org/other', false],
  ['environment:production', true],
  ['environment:production@octo-org/other', false],
  ['organization:Octo-Org', true],
  ['organization:another', false],
])('knows whether a run can read %s: %s', (line, readable) => {
  const [target] = parseTargets([line], HOME)
  if (target === undefined || !isActions(target)) throw new Error('It is none of GitHub Actions.')
  expect(isReadable(target, HOME)).toBe(readable)
})
