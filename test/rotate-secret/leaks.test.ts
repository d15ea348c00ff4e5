/** No value, in no form, in anything that a run says or leaves: only where it has to be. */

import { generateKeyPairSync } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { BundleResult } from '../support/bundle.ts'
import { filesOf, formsOf, leaksIn, type Texts } from './leak-scan.ts'
import type { Limits } from './recorder.ts'
import { type Ended, PREVIOUS } from './setup.ts'
import { OLDER, startWorld, type World } from './world.ts'

const newPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
/** Old and new values. */
const VALUES = {
  'special characters': ['old p@ss "w\'rd" & <b> %25 /+=\\ $HOME', 'new `p@ss`|*"w\'rd" & <i> %41 /+=~^ #1'],
  'several lines': [newPem(), newPem()],
  'a line break at the end': ['4-words-and-an-end\n', 'one-line-of-it\nand-another-one\n'],
  'other scripts': ['Ölwert·пароль·密码·🔑-old', 'Neuwert·пароль·密码·🗝️-new'],
} as const

/** Everything that requests of this process show to whoever stands between: addresses and headers. */
class Wire implements Disposable {
  readonly seen: string[] = []
  readonly #note = (message: unknown) => void this.seen.push(JSON.stringify(message))

  constructor() {
    subscribe('undici:request:create', this.#note)
  }

  [Symbol.dispose](): void {
    unsubscribe('undici:request:create', this.#note)
  }
}

interface Stage extends AsyncDisposable {
  readonly world: World
  /** What programs have noted: their own arguments and variables, their parent's arguments, and files of the runner. */
  readonly notes: string
}

/** A program that repeats what it is given, fails on demand, and notes everything that others of the machine can see. */
const NOSY = `
exec 3>>"$1/noted"
tr '\\0' '\\n' </proc/self/cmdline >&3
tr '\\0' '\\n' </proc/self/environ >&3
tr '\\0' '\\n' </proc/$PPID/cmdline >&3
[ -z "$RUNNER_TEMP" ] || find "$(dirname "$RUNNER_TEMP")" -type f -exec cat {} + >&3
tee "$1/given"; cat "$1/given" >&2; rm "$1/given"
echo; exit "$2"
`

async function startStage(values: readonly [string, string], failing: boolean): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-leaks-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const notes = await mkdtemp(join(tmpdir(), 'slipway-noted-'))
  stack.defer(() => rm(notes, { recursive: true, force: true }))
  await writeFile(join(folder, 'nosy.sh'), NOSY)
  await writeFile(join(folder, 'new'), values[1])
  const nosy = `sh ${folder}/nosy.sh ${notes}`
  const world = stack.use(
    await startWorld({
      places: 'everywhere',
      pace: 0,
      old: values[0],
      rotated: 40 * 86_400_000,
      inputs: {
        targets: `repository\npages:site/production\nworker:api\ncommand: ${nosy} 0`,
        generator: `command: cat ${folder}/new`,
        'verify-command': `${nosy} ${failing ? 1 : 0}`,
        'revoke-command': '',
        audit: 'file:audit.jsonl',
      },
    }),
  )
  const opened = stack.move()
  return { world, notes, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function left({ world, notes }: Stage): Promise<Texts> {
  const { scene } = world
  const requests = {
    github: JSON.stringify(scene.github.requests),
    cloudflare: JSON.stringify(scene.cloudflare.requests),
  }
  const noted = await filesOf(notes)
  expect(Object.values(noted).join(''), 'nobody has noted anything').toContain('nosy.sh')
  return { ...requests, ...noted, ...(await filesOf(scene.workspace)) }
}

const said = ({ outputs, summary, log, warnings, error = '', requests }: Ended): Texts => ({
  outputs: JSON.stringify(outputs),
  'outputs, as they are': Object.values(outputs).join('\n'),
  summary,
  log,
  warnings: warnings.join('\n'),
  error,
  requests: requests.join('\n'),
})

const told = ({ stdout, stderr, outputs, env, state, summary, annotations }: BundleResult): Texts => ({
  stdout,
  stderr,
  outputs: Object.values(outputs).join('\n'),
  env: JSON.stringify(env),
  state: JSON.stringify(state),
  summary,
  annotations: annotations.map(({ message }) => message).join('\n'),
})

/** A server that repeats what it was sent, as one does that explains what it does not like. */
const echo = (values: readonly string[]): Limits => ({
  meet: (_, request) =>
    request.startsWith('PUT /repos/') && request.endsWith('SESSION_KEY')
      ? Response.json({ message: `Not good: ${values.join(', ')}` }, { status: 422 })
      : undefined,
})

it.each(Object.entries(VALUES))('says and leaves nothing of values with %s', async (_, values) => {
  await using stage = await startStage(values, false)
  using wire = new Wire()
  const { world } = stage
  const refused = await world.rotate({}, undefined, echo(values))
  expect(refused.error).toContain('Not good: ***')
  const ended = await world.rotate()
  expect(ended).toMatchObject({ error: undefined, outputs: { result: 'resumed' } })
  const all = [...values, ...world.ahead, OLDER]
  const before = Object.entries(said(refused)).map(([name, text]) => [`refused: ${name}`, text])
  const texts = { ...Object.fromEntries(before), ...said(ended), wire: wire.seen.join('\n'), ...(await left(stage)) }
  expect(wire.seen.length).toBeGreaterThan(20)
  expect(Object.keys(texts)).toEqual(
    expect.arrayContaining(['refused: error', 'refused: outputs', 'error', join(world.scene.workspace, 'audit.jsonl')]),
  )
  expect(leaksIn(texts, all)).toEqual([])
})

it('says and leaves nothing when a program that repeats the value fails', async () => {
  const values = VALUES['special characters']
  await using stage = await startStage(values, true)
  const ended = await stage.world.rotate()
  expect(ended.error).toContain('***')
  expect(leaksIn({ ...said(ended), ...(await left(stage)) }, [...values, ...stage.world.ahead, OLDER])).toEqual([])
})

it.each([
  ['special characters', false],
  ['several lines', false],
  ['other scripts', true],
] as const)('the bundle says and leaves nothing of values with %s (its program fails: %s)', async (kind, fails) => {
  await using stage = await startStage(VALUES[kind], fails)
  const { world } = stage
  const created = world.scene.newRun()
  const result = await world.scene.step({ ...world.inputs, previous: created.secrets[PREVIOUS] }, created)
  expect(result.exitCode, result.stdout).toBe(fails ? 1 : 0)
  const values = [...VALUES[kind], ...Object.values(world.scene.held()), OLDER]
  expect(leaksIn({ ...told(result), ...(await left(stage)) }, values)).toEqual([])
})

it('finds every form of a value that is there', () => {
  for (const value of Object.values(VALUES).flat()) {
    for (const [form, name] of formsOf(value)) {
      expect(leaksIn({ log: `before ${form} after` }, [value]).join(), name).toContain('log has value 0')
    }
  }
  const [value] = VALUES['special characters']
  for (const before of ['', 'u', 'us', 'user:']) {
    const hidden = Buffer.from(`${before}${value}!`).toString('base64')
    expect(leaksIn({ log: hidden }, [value])).not.toEqual([])
    expect(leaksIn({ log: hidden.replaceAll('+', '-').replaceAll('/', '_') }, [value])).not.toEqual([])
  }
  expect(leaksIn({ log: 'nothing' }, Object.values(VALUES).flat())).toEqual([])
})
