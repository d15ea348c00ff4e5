/** A rotation in several places: the order, and which of them is which. */
import { describe, expect, it } from 'vitest'
import { journalOf, writesOf } from './journal.ts'
import { CLOUDFLARE, DAY, NAME, NEXT, OLD, PREVIOUS, startScene } from './setup.ts'

describe('with every kind of target', () => {
  const places = [
    { kind: 'environment', repository: 'octo-org/site', environment: 'production' },
    { kind: 'repository', repository: 'octo-org/other' },
    { kind: 'organization', organization: 'octo-org' },
    { kind: 'dependabot', repository: 'octo-org/site' },
    { kind: 'codespaces', repository: 'octo-org/site' },
  ] as const
  const targets = `repository
    environment:production
    repository:octo-org/other
    organization:octo-org
    dependabot
    codespaces
    pages:site/production
    pages:site/preview
    worker:api`

  async function open() {
    const scene = await startScene()
    scene.github.addEnvironment('production')
    scene.github.addRepository('octo-org/other')
    const journal = journalOf(scene)
    const inputs = { ...CLOUDFLARE, targets: `${targets}\ncommand: ${journal.program('vault')}` }
    return { scene, journal, inputs }
  }

  it('writes in the order that survives a crash', async () => {
    const { scene, journal, inputs } = await open()
    await using _ = scene
    const ended = await scene.rotate(inputs, undefined, journal.limits)
    expect(ended.error).toBeUndefined()
    const value = scene.held()[NAME] ?? ''
    const told = (slot: string, name: string, what: string) => `vault: ${JSON.stringify({ name, slot, value: what })}`
    expect(journal.written()).toEqual([
      `PUT secrets/${NEXT}`,
      `PUT secrets/${PREVIOUS}`,
      `PUT environments/production/secrets/${PREVIOUS}`,
      `PUT /repos/octo-org/other/secrets/${PREVIOUS}`,
      `PUT /orgs/octo-org/secrets/${PREVIOUS}`,
      `PUT dependabot/secrets/${PREVIOUS}`,
      `PUT codespaces/secrets/${PREVIOUS}`,
      'PUT workers/scripts/api/secrets',
      told('previous', PREVIOUS, OLD),
      'PATCH pages/projects/site',
      'PATCH pages/projects/site',
      'PUT workers/scripts/api/secrets',
      told('current', NAME, value),
      `PUT environments/production/secrets/${NAME}`,
      `PUT /repos/octo-org/other/secrets/${NAME}`,
      `PUT /orgs/octo-org/secrets/${NAME}`,
      `PUT dependabot/secrets/${NAME}`,
      `PUT codespaces/secrets/${NAME}`,
      `PUT secrets/${NAME}`,
      `DELETE secrets/${NEXT}`,
    ])
  })

  it('leaves the same two values everywhere', async () => {
    const { scene, inputs } = await open()
    await using _ = scene
    await scene.rotate(inputs)
    const both = scene.held()
    expect(both).toEqual({ [NAME]: expect.any(String), [PREVIOUS]: OLD })
    for (const place of places) expect(scene.github.secrets(place)).toEqual(both)
    expect(scene.cloudflare.workers).toEqual({ api: both })
    const [project] = scene.cloudflare.projects
    const asSecrets = Object.fromEntries(
      Object.entries(both).map(([name, value]) => [name, { type: 'secret_text', value }]),
    )
    expect(project?.variablesOf('production')).toEqual(asSecrets)
    expect(project?.variablesOf('preview')).toEqual(asSecrets)
  })

  it('says of each when it takes effect', async () => {
    const { scene, inputs } = await open()
    await using _ = scene
    const { summary } = await scene.rotate(inputs)
    const effects = summary.split('\n').flatMap((line) => {
      const [, target, effect] = /^\| `([^`]+)` \|.*\| ([^|]+) \|$/.exec(line) ?? []
      return target === undefined ? [] : [`${target}: ${effect}`]
    })
    const runs = 'for runs that are queued from now on'
    expect(effects).toEqual([
      `repository: ${runs}`,
      `environment:production: ${runs}`,
      `repository:octo-org/other: ${runs}`,
      `organization:octo-org: ${runs}`,
      `dependabot: ${runs}`,
      `codespaces: for codespaces that are started from now on`,
      'pages:site/production: **with the next deployment**',
      'pages:site/preview: **with the next deployment**',
      'worker:api: now',
      'command: sh: when its program says so',
    ])
    expect(summary).toContain('; the first run after that removes it')
  })
})

it('tells the age by the first target that a run can read, and writes that one last', async () => {
  await using scene = await startScene({ age: null })
  const { github } = scene
  github.addRepository('octo-org/other')
  github.addEnvironment('production')
  const production = { kind: 'environment', repository: 'octo-org/site', environment: 'production' } as const
  const updatedAt = new Date(Date.now() - 40 * DAY)
  github.setSecret({ kind: 'repository', repository: 'octo-org/other' }, NAME, 'theirs')
  github.setSecret(production, NAME, OLD, { updatedAt })
  const { id } = scene.newRun()
  const created = { id, secrets: github.secretsOfRun('production') }
  const targets = 'repository:octo-org/other\nenvironment:production\nrepository'
  const ended = await scene.rotate({ targets }, created)
  expect(ended.error).toBeUndefined()
  expect(writesOf(ended)).toEqual([
    `PUT environments/production/secrets/${NEXT}`,
    `PUT environments/production/secrets/${PREVIOUS}`,
    `PUT /repos/octo-org/other/secrets/${PREVIOUS}`,
    `PUT secrets/${PREVIOUS}`,
    `PUT /repos/octo-org/other/secrets/${NAME}`,
    `PUT secrets/${NAME}`,
    `PUT environments/production/secrets/${NAME}`,
    `DELETE environments/production/secrets/${NEXT}`,
  ])
})

it('keeps a pending value where its runs can read it, when the secret itself is elsewhere', async () => {
  await using scene = await startScene({ age: null })
  scene.github.addRepository('octo-org/other')
  const other = { kind: 'repository', repository: 'octo-org/other' } as const
  scene.github.setSecret(other, NAME, OLD, { updatedAt: new Date(Date.now() - 40 * DAY) })
  const ended = await scene.rotate({ targets: 'repository:octo-org/other', current: OLD })
  expect(ended.error).toBeUndefined()
  expect(writesOf(ended)).toEqual([
    `PUT secrets/${NEXT}`,
    `PUT /repos/octo-org/other/secrets/${PREVIOUS}`,
    `PUT /repos/octo-org/other/secrets/${NAME}`,
    `DELETE secrets/${NEXT}`,
  ])
  expect(scene.github.secrets(other)[PREVIOUS]).toBe(OLD)
  expect(scene.held()).toEqual({})
})

it('sends Pages back the hash of its configuration, which would be lost', async () => {
  const project = { name: 'site', productionBranch: 'main', configHashes: { production: 'hash-of-wrangler-toml' } }
  await using scene = await startScene({ cloudflare: { projects: [project] } })
  await scene.rotate({ ...CLOUDFLARE, targets: 'repository\npages:site/production' })
  const patch = scene.cloudflare.requests.find(({ method }) => method === 'PATCH')
  expect(patch?.body).toMatchObject({
    deployment_configs: { production: { wrangler_config_hash: 'hash-of-wrangler-toml' } },
  })
})
