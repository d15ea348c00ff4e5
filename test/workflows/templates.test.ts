/** What holds for every template: a maintainer can trust it without reading it to the end. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { root } from '../../scripts/actions.ts'
import { rehearseWorkflow, results } from './support.ts'

const templates = readdirSync(`${root}workflows`).filter((file) => file.endsWith('.yml'))

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
interface Job {
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: { readonly deployment?: boolean }
  readonly steps: readonly Step[]
}

it('finds the templates', () => {
  expect(templates).toContain('deploy-pages.yml')
})

describe.each(templates)('%s', (file) => {
  const text = readFileSync(`${root}workflows/${file}`, 'utf8')
  const workflow: { permissions: unknown; jobs: Readonly<Record<string, Job>> } = parse(text)
  const jobs = Object.values(workflow.jobs)
  const steps = jobs.flatMap((job) => job.steps)

  it('begins with what it is for, when it runs, what it needs, what to edit and what happens when it fails', () => {
    const head = text.slice(0, text.indexOf('\nname:'))
    expect(head.split('\n').every((line) => line.startsWith('#'))).toBe(true)
    for (const part of ['When it runs', 'What it needs', 'EDIT', 'when it fails']) expect(head).toContain(part)
  })

  it('grants nothing by default, and says for each permission why', () => {
    expect(workflow.permissions).toEqual({})
    for (const job of jobs) expect(job.permissions).toBeDefined()
    const granted = jobs.flatMap((job) => Object.keys(job.permissions ?? {}))
    expect(granted.length).toBeGreaterThan(0)
    expect(text.match(/^ {6}[a-z-]+: (read|write) # to .+$/gm)).toHaveLength(granted.length)
  })

  it('pins every third-party action to a commit, with its version beside it', () => {
    const uses = text.split('\n').filter((line) => /^\s+(- )?uses:/.test(line))
    expect(uses.length).toBe(steps.filter((step) => step.uses !== undefined).length)
    for (const line of uses) {
      expect(line).toMatch(
        /uses: (slipway-ci\/slipway\/actions\/[a-z-]+@v1$|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/,
      )
    }
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
})

it('the workflow of the README deploys, as it stands there', async () => {
  const [, workflow] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, 'utf8')) ?? []
  const report = await rehearseWorkflow('readme.yml', workflow ?? '', { event: 'push' })
  expect(results(report)).toEqual({ deploy: 'success' })
  expect(report.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success'])
  expect(report.pages).toMatchObject([{ environment: 'production', canonical: true }])
})
