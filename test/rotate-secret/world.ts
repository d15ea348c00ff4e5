/** A secret that is in use in every kind of place, and the laws that hold at any moment, whatever becomes of a rotation. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { REPOSITORY } from '../support/context.ts'
import type { Limits } from './recorder.ts'
import { CLOUDFLARE, type CreatedRun, DAY, type Ended, NAME, NEXT, OLD, PREVIOUS, REPO, startScene } from './setup.ts'

/** The value before the old one. */
export const OLDER = 'older-value-of-the-key-9876543210'

type Given = Readonly<Record<string, string | undefined>>

export interface WorldOptions {
  /** Only the repository has the secret, or every kind of place. */
  readonly places: 'repository' | 'everywhere'
  /** Over the usual ones. */
  readonly inputs?: Given
  /** The last rotation was so many ms ago; its old value is still there as the previous one. Default: 40 days ago, and none is. */
  readonly rotated?: number
  /** ms that pass before each request by GitHub's clock. */
  readonly pace: number
  /** The value that is in use; its previous one is {@link OLDER}. */
  readonly old?: string
}

/** What one place holds. */
export interface Held {
  readonly place: string
  readonly current: string | undefined
  readonly previous: string | undefined
  readonly pending?: string | undefined
}

export interface World extends AsyncDisposable {
  readonly scene: Awaited<ReturnType<typeof startScene>>
  readonly inputs: Given
  /** As `scene.rotate`, with the world's own inputs. @param more inputs over them */
  rotate(more?: Given, created?: CreatedRun, limits?: Limits): Promise<Ended>
  /** Places of GitHub, the one that tells the age first. */
  readers(): readonly Held[]
  /** Places that check values; Pages once as it is served and once as it is configured. */
  verifiers(): Promise<readonly Held[]>
  /** Values that revoke-command was given. */
  revoked(): Promise<readonly string[]>
  /** Values that verify-command was given. */
  verified(): Promise<readonly string[]>
  /** Pending values that were seen, in their order. */
  readonly ahead: ReadonlySet<string>
  /** Whether places may meanwhile hold what nobody has written ahead, as after an emergency. */
  isLenient: boolean
  /** Looks at everything once more. @returns what was not as it must be at any moment so far */
  broken(): Promise<readonly string[]>
}

const SCOPES = {
  repository: REPO,
  'environment:production': { kind: 'environment', repository: REPOSITORY, environment: 'production' },
  'organization:octo-org': { kind: 'organization', organization: 'octo-org' },
  dependabot: { kind: 'dependabot', repository: REPOSITORY },
} as const

const DEPLOY = 'deploy-pages.yml'

export async function startWorld(options: WorldOptions): Promise<World> {
  const { rotated, old = OLD, places, pace } = options
  const age = rotated ?? 40 * DAY
  const all = places === 'everywhere'
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-world-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const values = { [NAME]: old, ...(rotated !== undefined && { [PREVIOUS]: OLDER }) }
  const variables = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { type: 'secret_text', value } as const]),
  )
  const scene = stack.use(
    await startScene({
      age: null,
      cloudflare: {
        projects: [{ name: 'site', productionBranch: 'main', variables: { production: variables } }],
        workers: [{ name: 'api', secrets: values }],
      },
    }),
  )
  const { github, cloudflare } = scene
  const scopes = Object.entries(all ? SCOPES : { repository: REPO })
  github.addEnvironment('production')
  for (const [, scope] of scopes) {
    for (const [name, value] of Object.entries(values)) {
      github.setSecret(scope, name, value, { updatedAt: new Date(Date.now() - age) })
    }
  }

  const files = { vault: join(folder, 'vault'), verified: join(folder, 'verified'), revoked: join(folder, 'revoked') }
  const keep = join(folder, 'keep.sh')
  await writeFile(keep, 'cat >> "$1" && echo >> "$1"\n')
  for (const [name, value] of Object.entries(values)) {
    const slot = name === NAME ? 'current' : 'previous'
    await appendFile(files.vault, `${JSON.stringify({ name, slot, value })}\n`)
  }
  const lists = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, `sh ${keep} ${file}`]))

  const [site] = cloudflare.projects
  const configured = () => site?.variablesOf('production') ?? {}
  let served = configured()
  github.setWorkflow({ name: 'Deploy', path: `.github/workflows/${DEPLOY}`, state: 'active' })
  github.onDispatch(({ id }) => {
    served = configured()
    github.updateRun(id, { status: 'completed', conclusion: 'success' })
  })

  const targets = [
    ...scopes.map(([target]) => target),
    'pages:site/production',
    `command: ${lists['vault']}`,
    'worker:api',
  ]
  const inputs: Given = {
    ...(all && { ...CLOUDFLARE, targets: targets.join('\n'), redeploy: DEPLOY, 'verify-command': lists['verified'] }),
    ...options.inputs,
    ...('revoke-command' in (options.inputs ?? {}) && { 'revoke-command': lists['revoked'] }),
  }
  const hasPending = inputs['pending-name'] !== ''
  const keepsOld = inputs['grace'] !== '0'
  const ahead = new Set<string>()
  const broken = new Set<string>()

  const slots = (place: string, held: Readonly<Record<string, string>>): Held => ({
    place,
    current: held[NAME],
    previous: held[PREVIOUS],
    pending: held[NEXT],
  })
  const plain = (given: typeof served) =>
    Object.fromEntries(Object.entries(given).map(([name, { value }]) => [name, value]))
  const readers = () => scopes.map(([target, scope]) => slots(target, github.secrets(scope)))
  const verifiers = async () => {
    if (!all) return []
    return [
      slots('pages, as it is served', plain(served)),
      slots('pages, as it is configured', plain(configured())),
      slots('worker', cloudflare.workers['api'] ?? {}),
      slots('command', await vault(files.vault)),
    ]
  }

  /** What must hold at any moment. */
  async function look(when: string): Promise<void> {
    const seen = readers()
    const [home] = seen
    if (home?.pending !== undefined) ahead.add(home.pending)
    const must = (holds: boolean, what: string) => holds || broken.add(`${when}: ${what}`)
    must(!keepsOld || home?.current === old || home?.previous === old || rotated !== undefined, 'the old value is lost')
    const checks = await verifiers()
    for (const place of [...seen, ...checks]) {
      // Without a pending value what a crashed run has written is known to nobody: the README says so.
      const known = [home?.current, home?.pending].includes(place.current)
      must(!hasPending || known || world.isLenient, `nobody but ${place.place} knows its current value`)
    }
    for (const reader of hasPending ? seen : seen.slice(0, 1)) {
      for (const verifier of keepsOld ? checks : []) {
        const accepted = [verifier.current, verifier.previous].includes(reader.current)
        must(accepted, `${verifier.place} refuses the value that ${reader.place} has`)
      }
    }
    const revoked = await lines(files.revoked)
    for (const reader of seen.filter(({ current }) => revoked.includes(current ?? ''))) {
      must(false, `${reader.place} has a value that is revoked`)
    }
  }

  const world = {
    scene,
    inputs,
    ahead,
    isLenient: false,
    readers,
    verifiers,
    revoked: () => lines(files.revoked),
    verified: () => lines(files.verified),
    rotate: (more: Given = {}, created = scene.newRun(), limits: Limits = {}) =>
      scene.rotate({ previous: created.secrets[PREVIOUS] ?? '', ...inputs, ...more }, created, {
        ...limits,
        async meet(number, request) {
          github.passTime(pace)
          await look(`before request ${number} (${request})`)
          return limits.meet?.(number, request)
        },
      }),
    async broken() {
      await look('in the end')
      return [...broken]
    },
  }
  const opened = stack.move()
  return Object.assign(world, { [Symbol.asyncDispose]: () => opened.disposeAsync() })
}

async function lines(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

/** What the program's file says that it was told last of each slot. */
async function vault(file: string): Promise<Readonly<Record<string, string>>> {
  const held: Record<string, string> = {}
  for (const line of await lines(file)) {
    const { name, value }: { name: string; value: string | null } = JSON.parse(line)
    if (value === null) delete held[name]
    else held[name] = value
  }
  return held
}

/** How everything is once a rotation has come to its end: one current value, one previous one, nothing pending. */
export async function expectRotated(world: World, previous: string | undefined): Promise<string> {
  const places = [...world.readers(), ...(await world.verifiers())]
  const current = places[0]?.current ?? ''
  expect(places).toEqual(places.map(({ place }) => ({ place, current, previous, pending: undefined })))
  expect(current).not.toBe(OLD)
  expect(await world.broken()).toEqual([])
  return current
}
