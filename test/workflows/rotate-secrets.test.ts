/** workflows/rotate-secrets.yml from end to end: the real file and bundle, the embedded GitHub and Cloudflare. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fault, parseFault } from '../../rehearsal/fault-spec.ts'
import type { Rehearsal, RehearseOptions } from '../../rehearsal/options.ts'
import { type OpenRehearsal, openRehearsal } from '../../rehearsal/rehearse.ts'
import { root } from '../../scripts/actions.ts'
import { apply, type Edit, errors, results, site, summaries } from './support.ts'

const NAME = 'NEXTAUTH_SECRET'
const OLD = 'the-old-value-that-everybody-has-signed-in-with'
const REPO = { kind: 'repository', repository: 'rehearsal/site' } as const

/** When the schedule fires. */
const on = (day: string) => new Date(`${day}T03:17:00Z`)
const [first, ninth, next] = [on('2027-01-01'), on('2027-01-09'), on('2027-02-01')] as const
const scheduled = (at: Date) => ({ event: 'schedule', at }) as const
const byHand = (at: Date, inputs: Readonly<Record<string, string>> = {}) =>
  ({ event: 'workflow_dispatch', at, inputs }) as const

/** In the place of the pack's own: it deploys nothing but what the project has, in no time. */
const DEPLOY = `
name: Deploy
on:
  workflow_dispatch:
    inputs:
      environment: { type: choice, options: [staging, production], required: true }
      reason: { type: string, required: true }
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - name: Deploy
        env:
          TOKEN: \${{ secrets.CLOUDFLARE_API_TOKEN }}
          URL: \${{ vars.CLOUDFLARE_ACCOUNT_ID }}/pages/projects/harbour/deployments
        run: |
          api() { curl --fail --silent --show-error --header "Authorization: Bearer $TOKEN" "$@"; }
          url="$CLOUDFLARE_API_BASE_URL/accounts/$URL"
          id="$(api --form manifest='{}' --form branch=main "$url" | sed -n 's/.*"result":{"id":"\\([^"]*\\)".*/\\1/p')"
          test -n "$id"
          api --output /dev/null "$url/$id"
`

/** A folder with the template and the workflow that it dispatches. */
async function staged(deploy: string | undefined, ...edits: readonly Edit[]) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-template-'))
  const workflow = join(folder, 'rotate-secrets.yml')
  const text = await readFile(`${root}workflows/rotate-secrets.yml`, 'utf8')
  await writeFile(workflow, edits.reduce(apply, text))
  if (deploy !== undefined) await writeFile(join(folder, 'deploy-pages.yml'), deploy)
  return { workflow, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function rehearseOnce(options: Partial<RehearseOptions>, ...edits: readonly Edit[]): Promise<Rehearsal> {
  await using stage = await staged(DEPLOY, ...edits)
  await using open = await openRehearsal({
    workflow: stage.workflow,
    repository: site,
    ...scheduled(first),
    ...options,
  })
  return open.report
}

const held = ({ github }: OpenRehearsal) => {
  const of = (slot: string) => github.secretValue(REPO, `${NAME}${slot}`)
  return { current: of(''), previous: of('_PREVIOUS'), pending: of('_NEXT') }
}

/** What the functions of the live site see. */
const live = ({ cloudflare }: OpenRehearsal) => {
  const variables = cloudflare.projects[0]?.liveVariables('production') ?? {}
  return { current: variables[NAME]?.value, previous: variables[`${NAME}_PREVIOUS`]?.value }
}

const outputs = ({ jobs }: Rehearsal) =>
  jobs.flatMap(({ steps }) => steps).find(({ name }) => name === 'Rotate')?.outputs ?? {}

const annotations = ({ jobs }: Rehearsal) => jobs.flatMap(({ steps }) => steps.flatMap((step) => step.annotations))

it('rotates, and deploys with the workflow of the pack, so that the new value is live', async () => {
  await using open = await openRehearsal({
    workflow: `${root}workflows/rotate-secrets.yml`,
    repository: site,
    secrets: { [NAME]: OLD },
    event: 'schedule', // today: what deploys compares GitHub's time with this machine's
  })
  const { report } = open
  expect(errors(report)).toEqual([])
  expect(results(report)).toEqual({ 'nextauth-secret': 'success' })
  const inputs = { environment: 'production', reason: `${NAME} was rotated` }
  expect(report.dispatched).toMatchObject([
    { workflow: 'deploy-pages.yml', ref: 'refs/heads/main', inputs, result: 'success', problem: null },
  ])
  expect(report.dispatched[0]?.jobs.map(({ id, result }) => `${id}: ${result}`)).toEqual([
    'build: success',
    'deploy: success',
    'snapshot: success',
  ])
  expect(report.pages).toMatchObject([{ project: 'harbour', environment: 'production', canonical: true }])
  expect(live(open)).toEqual({ current: held(open).current, previous: OLD })
  expect(report.unsupportedRequests).toEqual([])
}, 300_000) // two workflows, one of them with wrangler

describe('a secret over two months', () => {
  let stage: Awaited<ReturnType<typeof staged>>
  let open: OpenRehearsal
  let rotated = ''
  beforeAll(async () => {
    stage = await staged(DEPLOY)
    const options = { workflow: stage.workflow, repository: site, secrets: { [NAME]: OLD } }
    open = await openRehearsal({ ...options, ...scheduled(first) })
    rotated = held(open).current ?? ''
  })
  afterAll(async () => {
    await open[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  it('is rotated on the 1st, in GitHub and on Pages, and the old value goes on to work', () => {
    const { report } = open
    expect(errors(report)).toEqual([])
    expect(outputs(report)).toMatchObject({
      result: 'rotated',
      'due-at': expect.stringMatching(/^2027-01-19T03:1[78]:/),
      'previous-until': expect.stringMatching(/^2027-01-08T03:1[78]:/),
    })
    expect(Buffer.from(rotated, 'base64')).toHaveLength(32)
    expect(held(open)).toEqual({ current: rotated, previous: OLD, pending: undefined })
    expect(live(open)).toEqual({ current: rotated, previous: OLD })
  })

  it('says what was done, until when the old value works, and when the next rotation is due', () => {
    const text = summaries(open.report)
    expect(text).toContain(`Secret \`${NAME}\`: rotated`)
    expect(text).toContain('It was 90 d old, and due at 18 d')
    expect(text).toMatch(/works as `NEXTAUTH_SECRET_PREVIOUS` until 2027-01-08 03:1/)
    expect(text).toMatch(/due at 2027-01-19 03:1/)
    expect(text).toContain('pages:harbour/production')
    expect(annotations(open.report)).toEqual([])
  })

  it('uses each permission that the job is granted, and no other token', () => {
    expect(open.report.permissionUse).toEqual([
      { job: 'nextauth-secret', permission: 'contents', granted: 'read', used: 'read' },
      { job: 'nextauth-secret', permission: 'actions', granted: 'write', used: 'write' },
    ])
    expect(open.report.jobs[0]).toMatchObject({
      environment: { name: 'rotation', deployment: false },
      concurrency: `rotate-${NAME} (cancel-in-progress: false, queue: max)`,
    })
  })

  it('keeps the schedule alive', () => {
    const requests = open.report.requests.github.map(({ method, path }) => `${method} ${path}`)
    expect(requests).toContain('PUT /repos/rehearsal/site/actions/workflows/rotate-secrets.yml/enable')
  })

  it('is never shown, neither the old value nor the new one, nor a token', () => {
    const written = JSON.stringify(open.report)
    expect(written).toContain('***')
    for (const value of [OLD, rotated]) expect(written).not.toContain(value)
    expect(written).not.toMatch(/github_pat_|ghs_[A-Za-z0-9]{20}/)
  })

  it('is not touched while its previous value has to work', async () => {
    const report = await open.run(byHand(new Date('2027-01-05T10:00:00Z')))
    expect(outputs(report)).toMatchObject({ result: 'not-due' })
    expect(report.dispatched).toEqual([])
    const writes = report.requests.github.filter(({ method, path }) => method !== 'GET' && path.includes('/secrets/'))
    expect(writes).toEqual([])
  })

  it('is not rotated by force either while its previous value has to work', async () => {
    const report = await open.run(byHand(new Date('2027-01-05T11:00:00Z'), { force: 'true' }))
    expect(errors(report).join()).toMatch(
      /NEXTAUTH_SECRET_PREVIOUS still has to work until 2027-01-08[\s\S]*grace to 0/,
    )
    expect(held(open)).toMatchObject({ current: rotated, previous: OLD })
  })

  it('loses its previous value on the 9th, everywhere, with a deployment', async () => {
    const report = await open.run(scheduled(ninth))
    expect(errors(report)).toEqual([])
    expect(outputs(report)).toMatchObject({ result: 'retired' })
    expect(held(open)).toEqual({ current: rotated, previous: undefined, pending: undefined })
    expect(live(open)).toEqual({ current: rotated, previous: undefined })
  })

  it('is only planned with dry-run', async () => {
    const report = await open.run(byHand(new Date('2027-01-10T10:00:00Z'), { force: 'true', 'dry-run': 'true' }))
    expect(outputs(report)).toMatchObject({ result: 'dry-run' })
    expect(held(open)).toMatchObject({ current: rotated, previous: undefined })
  })

  it('is rotated by force before it is due', async () => {
    const report = await open.run(byHand(new Date('2027-01-10T11:00:00Z'), { force: 'true' }))
    expect(outputs(report)).toMatchObject({ result: 'rotated' })
    expect(held(open)).toMatchObject({ previous: rotated })
    expect(held(open).current).not.toBe(rotated)
    expect(live(open)).toEqual({ current: held(open).current, previous: rotated })
  })

  it('is rotated in an emergency, after which no old value works', async () => {
    const leaked = held(open).current
    const report = await open.run(byHand(new Date('2027-01-11T10:00:00Z'), { emergency: 'true' }))
    expect(errors(report)).toEqual([])
    expect(outputs(report)).toMatchObject({ result: 'rotated' })
    expect(outputs(report)['previous-until'] ?? '').toBe('')
    const { current, ...others } = held(open)
    expect(others).toEqual({ previous: undefined, pending: undefined })
    expect([OLD, rotated, leaked]).not.toContain(current)
    expect(live(open)).toEqual({ current, previous: undefined })
  })

  it('is rotated on the next 1st again', async () => {
    const before = held(open).current
    const report = await open.run(scheduled(next))
    expect(outputs(report)).toMatchObject({ result: 'rotated' })
    expect(held(open)).toMatchObject({ previous: before })
  })
})

it('takes no project name that would add a target to the list', async () => {
  const hostile = "x\nname<<E\nsite/production\ncommand: sh -c 'env'\npages:site\nE"
  const rehearsal = await rehearseOnce({ ...scheduled(first), vars: { PAGES_PROJECT: hostile } })
  expect(rehearsal.result).toBe('failure')
  expect(errors(rehearsal).join()).toContain('PAGES_PROJECT is not the name of a Pages project')
  expect(rehearsal.requests.github.filter(({ method }) => method !== 'GET' && method !== 'PUT')).toEqual([])
  expect(rehearsal.requests.github.filter(({ path }) => path.includes('/secrets/'))).toEqual([])
})

describe('when it goes wrong', () => {
  const commitPoint = (): Fault => parseFault(`github:PUT /repos/rehearsal/site/actions/secrets/${NAME}:503`)

  it('is finished by the 9th with the value that the 1st began with', async () => {
    await using stage = await staged(DEPLOY)
    const options = { workflow: stage.workflow, repository: site, secrets: { [NAME]: OLD } }
    await using open = await openRehearsal({ ...options, ...scheduled(new Date('2026-12-09T03:17:00Z')) })
    const before = held(open).current
    const failed = await open.run({ ...scheduled(first), faults: [commitPoint()] })
    expect(results(failed)).toEqual({ 'nextauth-secret': 'failure' })
    expect(errors(failed).join('\n')).toMatch(/503/)
    expect(errors(failed)).toHaveLength(1)
    expect(summaries(failed)).toContain(
      'start a **new run** (Actions > the workflow > Run workflow, not *Re-run jobs*)',
    )
    const { pending } = held(open)
    expect(held(open)).toMatchObject({ current: before, previous: before })
    expect(live(open)).toEqual({ current: pending, previous: before })

    const report = await open.run(scheduled(ninth))
    expect(errors(report)).toEqual([])
    expect(outputs(report)).toMatchObject({ result: 'resumed' })
    expect(held(open)).toEqual({ current: pending, previous: before, pending: undefined })
    expect(live(open)).toEqual({ current: pending, previous: before })
  })

  it('changes nothing that runs read when the deployment fails, and says which run that was', async () => {
    await using stage = await staged(DEPLOY.replace('test -n "$id"', 'exit 1'))
    const options = { workflow: stage.workflow, repository: site, secrets: { [NAME]: OLD } }
    await using open = await openRehearsal({ ...options, ...scheduled(first) })
    expect(results(open.report)).toEqual({ 'nextauth-secret': 'failure' })
    expect(errors(open.report).join()).toMatch(/deploy-pages\.yml ended as failure: http\S+\/actions\/runs\/\d+/)
    expect(open.report.dispatched).toMatchObject([{ result: 'failure', problem: null }])
    expect(held(open)).toMatchObject({ current: OLD, previous: OLD, pending: expect.any(String) })
  })

  it('writes nothing without the workflow that deploys', async () => {
    await using stage = await staged(undefined)
    await using open = await openRehearsal({ workflow: stage.workflow, repository: site, ...scheduled(first) })
    expect(errors(open.report).join()).toContain('names deploy-pages.yml, and this repository has no such workflow')
    expect(held(open)).toMatchObject({ previous: undefined, pending: undefined })
  })

  it('writes nothing when the token may only read secrets, and says what it needs', async () => {
    await using stage = await staged(DEPLOY)
    const options = { workflow: stage.workflow, repository: site, secrets: { [NAME]: OLD } }
    await using open = await openRehearsal({ ...options, ...byHand(first, { 'dry-run': 'true' }) })
    const token = open.github.issuePersonalToken({ login: 'octocat', permissions: { secrets: 'read' } })
    const report = await open.run({ ...scheduled(ninth), secrets: { ROTATION_TOKEN: token } })
    expect(errors(report).join()).toMatch(/refused[\s\S]*Secrets: read and write/i)
    expect(held(open)).toEqual({ current: OLD, previous: undefined, pending: undefined })
    expect(live(open)).toEqual({})
  })

  it("refuses the workflow's own token, which can never write secrets", async () => {
    const own: Edit = [/(github-token: \$\{\{ )secrets\.ROTATION_TOKEN/, '$1github.token']
    const report = await rehearseOnce({}, own)
    expect(errors(report).join()).toContain("the workflow's own, which can never write secrets")
  })

  it('is taken up where Cloudflare is away for a moment', async () => {
    await using stage = await staged(DEPLOY)
    await using open = await openRehearsal({
      workflow: stage.workflow,
      repository: site,
      ...byHand(first, { 'dry-run': 'true' }),
    })
    const report = await open.run({ ...scheduled(ninth), faults: [parseFault('cloudflare:PATCH /projects/*:503*1')] })
    expect(errors(report)).toEqual([])
    expect(report.faults).toMatchObject([{ met: 1 }])
    expect(live(open).current).toBe(held(open).current)
  })
})

describe('without one of its permissions', () => {
  it.each([
    ['contents: read', / {6}contents: read # .*\n/, ''],
    ['actions: write', / {6}actions: write # .*\n/, ''],
    ['actions: write, with read instead,', 'actions: write # to', 'actions: read # to'],
  ] as const)('fails: %s', async (_, text, replacement) => {
    const report = await rehearseOnce({}, [text, replacement])
    expect(report.result).toBe('failure')
  })
})
