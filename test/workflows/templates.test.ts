/** What holds for every template: a maintainer can trust it without reading it to the end. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { actionNames, root } from '../../scripts/actions.ts'
import { readAddress } from '../../scripts/address.ts'
import { templateNames } from '../../scripts/templates.ts'
import { pins } from '../support/contracts.ts'
import { rehearseWorkflow, results } from './support.ts'

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Concurrency {
  readonly group?: string
  readonly 'cancel-in-progress'?: unknown
  readonly queue?: string
}
interface Job {
  readonly name?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: { readonly name?: string; readonly deployment?: boolean }
  readonly concurrency?: Concurrency
  readonly steps: readonly Step[]
}
interface Template {
  readonly name?: string
  readonly on: Readonly<Record<string, unknown>> & { readonly schedule?: readonly { readonly cron: string }[] }
  readonly env?: unknown
  readonly permissions: unknown
  readonly concurrency?: Concurrency
  readonly jobs: Readonly<Record<string, Job>>
}

const templates = templateNames()
const { repository, ref } = readAddress()
const own = (action: string) => `${repository}/actions/${action}@${ref}`

/** `uses:` as it has to be written: the pack's own at its address, every other at a commit that was looked at. */
const allowed: ReadonlySet<string> = new Set([...actionNames().map(own), ...pins()])

/** What changes something that people or programs rely on. */
const changing = ['create-deployment', 'deploy-pages', 'rotate-secret'].map(own)

it('finds the templates, and no file beside them that is none', () => {
  expect(templates).toContain('deploy-pages.yml')
  expect(existsSync(`${root}workflows/dependabot.yml`)).toBe(true)
  expect(templates).not.toContain('dependabot.yml')
})

describe.each(templates)('%s', (file) => {
  const text = readFileSync(`${root}workflows/${file}`, 'utf8')
  const workflow: Template = parse(text)
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)

  it('begins with what it is for, when it runs, what it needs, what to edit and what happens when it fails', () => {
    const head = text.slice(0, text.indexOf('\nname:'))
    expect(head.split('\n').every((line) => line.startsWith('#'))).toBe(true)
    const parts = [
      '# When it runs',
      '# What it needs',
      '# Permissions',
      '# What to edit',
      '# What happens when it fails',
    ]
    const places = parts.map((part) => head.indexOf(`\n${part}`))
    expect(places.every((place) => place > 0)).toBe(true)
    expect([...places].sort((one, other) => one - other)).toEqual(places)
    expect(text).toMatch(/# EDIT/)
  })

  it('has a name, and so has each job and each step', () => {
    const named = [workflow, ...jobs, ...steps]
    expect(named.filter(({ name }) => (name ?? '').trim() === '')).toEqual([])
  })

  it('grants nothing by default, and says for each permission why', () => {
    expect(workflow.permissions).toEqual({})
    for (const job of jobs) expect(job.permissions).toBeDefined()
    const granted = jobs.flatMap((job) => Object.keys(job.permissions ?? {}))
    expect(granted.length).toBeGreaterThan(0)
    expect(text.match(/^ {6}[a-z-]+: (read|write) # to .+$/gm)).toHaveLength(granted.length)
  })

  it('pins every third-party action to a commit that was looked at, with its version beside it', () => {
    const lines = text.split('\n').filter((line) => /^\s+(- )?uses:/.test(line))
    expect(lines.length).toBe(steps.filter((step) => step.uses !== undefined).length)
    const uses = lines.map((line) => line.replace(/^\s+(- )?uses:\s+/, '').trimEnd())
    expect(uses.filter((one) => !allowed.has(one))).toEqual([])
  })

  it('bounds each job, and leaves no token in a checkout', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0)
    const checkouts = steps.filter((step) => step.uses?.startsWith('actions/checkout@'))
    expect(checkouts.length).toBeGreaterThan(0)
    for (const checkout of checkouts) expect(checkout.with?.['persist-credentials']).toBe(false)
  })

  it('puts no expression into a script, and leaves GitHub no second deployment to make', () => {
    for (const { run } of steps) expect(run ?? '').not.toContain('${{')
    for (const { environment } of jobs) if (environment !== undefined) expect(environment.deployment).toBe(false)
  })

  it('runs no code of strangers with the rights of the repository', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
  })

  it('gives secrets only to jobs whose environment guards them', () => {
    const { jobs: _, ...outside } = workflow
    expect(secretsIn(outside)).toEqual([])
    const open = Object.entries(workflow.jobs).filter(([, job]) => job.environment?.name === undefined)
    expect(open.filter(([, job]) => secretsIn(job).length > 0).map(([id]) => id)).toEqual([])
  })

  it('cuts off nothing that deploys or rotates, and lets each such run have its turn', () => {
    for (const job of jobs) {
      if (job.environment === undefined && !job.steps.some(({ uses }) => changing.includes(uses ?? ''))) continue
      const concurrency = job.concurrency ?? workflow.concurrency
      expect(concurrency).toMatchObject({ group: expect.any(String), 'cancel-in-progress': false, queue: 'max' })
    }
  })

  it('is scheduled for odd minutes of an hour, and keeps its schedule alive without a commit', () => {
    const crons = (workflow.on.schedule ?? []).map(({ cron }) => cron)
    for (const cron of crons) expect(Number(cron.split(' ')[0]) % 2).toBe(1)
    const keeping = jobs.filter((job) => job.steps.some(keepsAlive))
    expect(keeping.length).toBe(crons.length > 0 ? 1 : 0)
    for (const job of keeping) expect(job.permissions?.['actions']).toBe('write')
  })
})

describe('what several templates have', () => {
  const all = templates.map((file) => ({ file, text: readFileSync(`${root}workflows/${file}`, 'utf8') }))

  it('is one version of Trivy, written out in each', () => {
    const versions = all.flatMap(({ text }) => {
      const { jobs }: Template = parse(text)
      const steps = Object.values(jobs).flatMap((job) => job.steps)
      return steps
        .filter(({ uses }) => uses?.startsWith('aquasecurity/setup-trivy@'))
        .map((step) => step.with?.['version'])
    })
    expect(versions.length).toBeGreaterThan(2)
    expect([...new Set(versions)]).toEqual([expect.stringMatching(/^v\d+\.\d+\.\d+$/)])
  })

  it.each([
    ['Find the Pages project', 4],
    ['Keep the schedule alive', 4],
  ])('is the step "%s", the same to the letter but for its condition', (name, least) => {
    const copies = all.flatMap(({ file, text }) => stepsNamed(text, name).map((step) => ({ file, step })))
    expect(copies.length).toBeGreaterThanOrEqual(least)
    const [first] = copies
    expect(copies).toEqual(copies.map(({ file }) => ({ file, step: first?.step })))
  })
})

/** As text, from its name to the next step or the next job, without its condition. */
function stepsNamed(text: string, name: string): readonly string[] {
  const blocks = text.split(/^(?= {6}[-#])|^(?= {0,4}[\w#])/m)
  const found = blocks.filter((block) => block.startsWith(`      - name: ${name}\n`))
  return found.map((block) => block.replace(/^ {8}if: .+\n/m, '').trimEnd())
}

it.each(templates)('%s has tests of its own', (file) => {
  expect(existsSync(`${root}test/workflows/${file.replace(/\.ya?ml$/, '')}.test.ts`)).toBe(true)
})

it.each([
  ['actions', actionNames().map((name) => `actions/${name}/README.md`)],
  ['templates', templates.map((file) => `workflows/${file}`)],
])('the README lists the %s, and no others', (kind, paths) => {
  const rows = [...readFileSync(`${root}README.md`, 'utf8').matchAll(/^\| \[`[\w.-]+`\]\((\w+)\/([^)]+)\) \|/gm)]
  const folder = kind === 'templates' ? 'workflows' : kind
  const listed = rows.filter(([, of]) => of === folder).map(([, of, rest]) => `${of}/${rest}`)
  expect(listed).toEqual(paths)
})

/** Names in expressions, without the job's own token. */
function secretsIn(part: unknown): readonly string[] {
  const expressions = JSON.stringify(part).match(/\$\{\{[\s\S]*?\}\}|"if":"(?:[^"\\]|\\.)*"/g) ?? []
  const found = expressions.flatMap((one) => [...one.matchAll(/\bsecrets(?:\.|\[')([A-Za-z_]\w*)/g)])
  return found.map(([, name = '']) => name).filter((name) => name !== 'GITHUB_TOKEN')
}

function keepsAlive({ run = '', if: condition = '' }: Step): boolean {
  return /--request PUT[\s\S]*\/actions\/workflows\/[\s\S]*\/enable/.test(run) && condition.includes('!cancelled()')
}

it('the workflow of the README deploys, as it stands there', async () => {
  const [, workflow] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8')) ?? []
  const report = await rehearseWorkflow('readme.yml', workflow ?? '', { event: 'push' })
  expect(results(report)).toEqual({ deploy: 'success' })
  expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success'])
  expect(report.pages).toMatchObject([{ environment: 'production', canonical: true }])
})
