/** The old value: how long it works, and that it goes everywhere and is revoked. */
import { describe, expect, it } from 'vitest'
import { brief, journalOf, writesOf } from './journal.ts'
import { refusalOf } from './refusal.ts'
import {
  ago,
  CLOUDFLARE,
  DAY,
  EARLIER,
  NAME,
  NEXT,
  OLD,
  PREVIOUS,
  REPO,
  rotated,
  type Scene,
  startScene,
} from './setup.ts'

const DEPENDABOT = { kind: 'dependabot', repository: 'octo-org/site' } as const

describe('the previous value', () => {
  it('stays inside its grace', async () => {
    await using scene = await rotated(6)
    const ended = await scene.rotate()
    expect(ended.outputs['result']).toBe('not-due')
    expect(writesOf(ended)).toEqual([])
    expect(scene.held()[PREVIOUS]).toBe(EARLIER)
    expect((Date.parse(ended.outputs['previous-until'] ?? '') - Date.now()) / DAY).toBeCloseTo(1, 2)
  })

  it('is retired after its grace, and nothing else changes', async () => {
    await using scene = await rotated(8)
    const ended = await scene.rotate()
    expect(ended.outputs['result']).toBe('retired')
    expect(ended.outputs['previous-until']).toBeUndefined()
    expect(writesOf(ended)).toEqual([`DELETE secrets/${PREVIOUS}`])
    expect(scene.held()).toEqual({ [NAME]: OLD })
    expect(ended.summary).toMatch(/^### Secret `SESSION_KEY`: the previous value was retired\n/)
    expect(ended.summary).toContain('| **Why** | `SESSION_KEY_PREVIOUS` has had its 7 d |')
    expect(ended.summary).toContain('| **The old value** | works no more |')
    expect(ended.summary).not.toContain('has taken the value')
  })

  it('is retired everywhere, and last where a later run sees that it is to be', async () => {
    const secrets = { [NAME]: OLD, [PREVIOUS]: EARLIER }
    const variables = Object.entries(secrets).map(([name, value]) => [name, { type: 'secret_text', value }] as const)
    await using scene = await startScene({
      age: 8 * DAY,
      cloudflare: {
        workers: [
          { name: 'api', secrets },
          { name: 'new', secrets: { [NAME]: OLD } },
        ],
        projects: [
          { name: 'site', productionBranch: 'main', variables: { production: Object.fromEntries(variables) } },
        ],
      },
    })
    scene.github.setSecret(REPO, PREVIOUS, EARLIER, ago(8 * DAY + 10_000))
    scene.github.setSecret(DEPENDABOT, NAME, OLD)
    scene.github.setSecret(DEPENDABOT, PREVIOUS, EARLIER)
    const journal = journalOf(scene)
    const command = `command: ${journal.program('vault')}`
    const targets = `repository\npages:site/production\nworker:api\nworker:new\ndependabot\n${command}`
    const ended = await scene.rotate({ ...CLOUDFLARE, targets }, undefined, journal.limits)
    expect(ended.error).toBeUndefined()
    expect(journal.written()).toEqual([
      'PATCH pages/projects/site',
      `DELETE workers/scripts/api/secrets/${PREVIOUS}`,
      `DELETE dependabot/secrets/${PREVIOUS}`,
      `vault: ${JSON.stringify({ name: PREVIOUS, slot: 'previous', value: null })}`,
      `DELETE secrets/${PREVIOUS}`,
    ])
    expect(scene.cloudflare.workers).toEqual({ api: { [NAME]: OLD }, new: { [NAME]: OLD } })
    expect(Object.keys(scene.cloudflare.projects[0]?.variablesOf('production') ?? {})).toEqual([NAME])
    expect(ended.summary).toContain('works no more; on Pages it works until the next deployment')
  })

  it('is tried to be retired again where one place has failed', async () => {
    await using scene = await rotated(8)
    scene.github.setSecret(DEPENDABOT, NAME, OLD)
    scene.github.setSecret(DEPENDABOT, PREVIOUS, EARLIER)
    const targets = 'repository\ndependabot'
    const ended = await scene.rotate({ targets }, undefined, {
      meet: (_, request) =>
        request.startsWith('DELETE ') ? new Response('{"message":"No"}', { status: 403 }) : undefined,
    })
    expect(ended.error).toMatch(
      /^SESSION_KEY works as before, and its previous value was not retired\. GitHub refused to/,
    )
    expect(ended.outputs['result']).toBeUndefined()
    expect(ended.summary).toMatch(/^### Secret `SESSION_KEY`: \*\*the previous value was not retired\*\*\n/)
    expect(ended.summary).toContain('| **The old value** | may still work in places |')
    expect(ended.summary).toContain('Nothing is urgent: SESSION_KEY works.')
    expect(scene.held()[PREVIOUS]).toBe(EARLIER)
    const again = await scene.rotate({ targets })
    expect(again.outputs['result']).toBe('retired')
    expect(scene.github.secrets(DEPENDABOT)).toEqual({ [NAME]: OLD })
    expect(scene.held()).toEqual({ [NAME]: OLD })
  })

  it('is replaced by a rotation after its grace', async () => {
    await using scene = await rotated(40)
    const ended = await scene.rotate()
    expect(ended.outputs['result']).toBe('rotated')
    expect(scene.held()[PREVIOUS]).toBe(OLD)
  })

  it('does not survive a rotation that could not keep a newer one', async () => {
    await using scene = await rotated(40)
    const ended = await scene.rotate({ current: '' })
    expect(ended.outputs['result']).toBe('rotated')
    expect(Object.keys(scene.held())).toEqual([NAME])
  })

  it('stays for its grace where the current value is missing: what is in use may be that one', async () => {
    await using scene = await startScene({ age: null })
    scene.github.setSecret(REPO, PREVIOUS, EARLIER, ago(2 * DAY))
    const ended = await scene.rotate()
    expect(ended.error).toBeUndefined()
    expect(ended.outputs['result']).toBe('rotated')
    expect(scene.held()).toEqual({ [NAME]: expect.any(String), [PREVIOUS]: EARLIER })
    const { 'due-at': dueAt = '', 'previous-until': until = '' } = ended.outputs
    expect(Date.parse(dueAt) - Date.parse(until)).toBe(23 * DAY)
    scene.github.passTime(6 * DAY)
    expect((await scene.rotate()).outputs['result']).toBe('not-due')
    scene.github.passTime(2 * DAY)
    expect((await scene.rotate()).outputs['result']).toBe('retired')
  })

  it('is looked for once more where GitHub says that it is not there to be deleted', async () => {
    await using scene = await rotated(8)
    const gone = () => new Response('{"message":"Not Found"}', { status: 404 })
    const meet = (_: number, request: string) => (request.startsWith('DELETE ') ? gone() : undefined)
    const ended = await scene.rotate({}, undefined, { meet })
    expect(ended.outputs['result']).toBe('retired')
    expect(ended.requests.slice(-2).map(brief)).toEqual([`DELETE secrets/${PREVIOUS}`, 'GET secrets/public-key'])

    let isHidden = false
    const hidden = await scene.rotate({}, undefined, {
      meet(_, request) {
        isHidden ||= request.startsWith('DELETE ')
        return isHidden ? gone() : undefined
      },
    })
    expect(hidden.outputs['result']).toBeUndefined()
    expect(hidden.error).toContain(
      'GitHub refused to give the public key of repository (404).\nIt does not exist, or the token in github-token cannot see it.',
    )
    expect(scene.held()[PREVIOUS]).toBe(EARLIER)
  })

  it('has the name that it is given', async () => {
    await using scene = await startScene()
    const ended = await scene.rotate({ 'previous-name': 'SESSION_KEY_OLD' })
    expect(ended.error).toBeUndefined()
    expect(scene.held()).toMatchObject({ SESSION_KEY_OLD: OLD })
    expect(ended.summary).toContain('works as `SESSION_KEY_OLD` until')
  })

  it('is neither looked for nor kept when its name is empty', async () => {
    await using scene = await rotated(40)
    const ended = await scene.rotate({ 'previous-name': '' })
    expect(ended.error).toBeUndefined()
    expect(ended.requests.filter((request) => request.endsWith(PREVIOUS))).toEqual([])
    expect(scene.held()[PREVIOUS]).toBe(EARLIER)
    expect(ended.summary).toContain('was not kept, and works no more')
  })

  it('is finished with in an emergency that was stopped after its commit', async () => {
    await using scene = await rotated(3)
    const emergency = { force: 'true', grace: '0' }
    await scene.rotate(emergency, undefined, { crashAfter: 7 })
    expect(Object.keys(scene.held()).toSorted()).toEqual([NAME, NEXT, PREVIOUS])
    const ended = await scene.rotate({ grace: '0' })
    expect(ended.outputs['result']).toBe('resumed')
    expect(ended.outputs['previous-until']).toBeUndefined()
    expect(ended.summary).toContain('| **The old value** | was not kept, and works no more |')
    expect(Object.keys(scene.held())).toEqual([NAME])
  })
})

describe('a previous value that is newer than the current one, of a rotation that was given up', () => {
  async function givenUp(days: number): Promise<Scene> {
    const scene = await startScene({ age: 20 * DAY })
    scene.github.setSecret(REPO, PREVIOUS, OLD, ago(days * DAY))
    return scene
  }

  it('is told to be deleted by a rotation inside its grace', async () => {
    await using scene = await givenUp(2)
    const text = refusalOf(await scene.rotate({ force: 'true' }))
    expect(text).toMatch(/^SESSION_KEY_PREVIOUS still has to work until [^\n]+\n/)
    expect(text).toContain(
      `The rotation that wrote it was given up: delete ${PREVIOUS}, which holds the value that is in use, or rotate after that.`,
    )
    expect((await scene.rotate()).outputs['result']).toBe('not-due')
  })

  it.each([
    ['after its grace', 8, {}],
    ['inside it, where nothing else would tell', 2, { 'pending-name': '' }],
  ])('has the rotation begun again %s', async (_, days, inputs) => {
    await using scene = await givenUp(days)
    const ended = await scene.rotate(inputs)
    expect(ended.error).toBeUndefined()
    expect(ended.outputs['result']).toBe('rotated')
    expect(ended.summary).toContain(`| **Why** | \`${PREVIOUS}\` is newer: an earlier rotation was given up`)
    expect(scene.held()).toEqual({ [NAME]: expect.not.stringContaining(OLD), [PREVIOUS]: OLD })
  })
})
