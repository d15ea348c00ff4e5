/** runAction as a child process, told and judged as the runner does it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BundleOptions, runEntry } from '../support/bundle.ts'

const SOURCE = (file: string) => new URL(`../../src/${file}`, import.meta.url).href

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-action-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a module that may use runAction and ActionError. */
async function step(body: string, options: BundleOptions = {}) {
  const entry = join(folder, 'step.mjs')
  await writeFile(
    entry,
    `import { runAction } from '${SOURCE('action.ts')}'\nimport { ActionError } from '${SOURCE('errors.ts')}'\n${body}`,
  )
  return runEntry(entry, options)
}

const STACK = /^\s+at /m

it('sets the outputs that a step returns, and leaves out the undefined ones', async () => {
  const result = await step(
    "await runAction(async ({ input }) => ({ a: input.required('name'), b: undefined, c: 'x\\ny' }))",
    {
      inputs: { name: 'value' },
    },
  )
  expect(result).toMatchObject({ exitCode: 0, outputs: { a: 'value', c: 'x\ny' }, annotations: [], summary: '' })
  expect(result.outputs).not.toHaveProperty('b')
})

it('shows a mistake of the user as one error with its remedy, and never with a stack', async () => {
  const result = await step(
    "await runAction(async () => { throw new ActionError('It failed.', { hint: 'Change it.', cause: new Error('inner') }) })",
  )
  expect(result.exitCode).toBe(1)
  expect(result.annotations).toEqual([{ level: 'error', message: 'It failed.\nChange it.' }])
  expect(`${result.stdout.replace(/^::debug::.*/gm, '')}${result.stderr}`).not.toMatch(STACK)
})

it('shows a bug with its stack and the one of its cause', async () => {
  const result = await step(
    "await runAction(async () => { throw new TypeError('no function', { cause: new Error('inner') }) })",
  )
  expect(result.exitCode).toBe(1)
  expect(result.annotations).toEqual([{ level: 'error', message: 'Unexpected error, please report it: no function' }])
  expect(result.stdout).toMatch(STACK)
  expect(result.stdout).toContain('Caused by: Error: inner')
})

it('writes the summary of a step that fails later, its sections apart', async () => {
  const result = await step(
    "await runAction(async ({ summarize }) => { summarize('### One'); summarize('### Two'); throw new ActionError('No.') })",
  )
  expect(result).toMatchObject({ exitCode: 1, summary: '### One\n\n### Two\n' })
})

it('leaves out a summary that GitHub would refuse, and says so', async () => {
  const result = await step("await runAction(async ({ summarize }) => { summarize('é'.repeat(600_000)); return {} })")
  expect(result).toMatchObject({
    exitCode: 0,
    summary: '',
    annotations: [{ level: 'warning', message: 'The summary is over 1 MiB and was left out.' }],
  })
})

it('does without a summary where the runner has none', async () => {
  const result = await step("await runAction(async ({ summarize }) => { summarize('x'); return { done: 'yes' } })", {
    env: { GITHUB_STEP_SUMMARY: undefined },
  })
  expect(result).toMatchObject({ exitCode: 0, annotations: [], outputs: { done: 'yes' } })
})

const BOTH = `await runAction(
  async ({ saveState, exportVariable }) => { saveState('kept', 'k\\nk'); exportVariable('NAME', 'value'); return {} },
  async ({ getState, env, log }) => log.info(JSON.stringify([getState('kept'), env.NAME, getState('absent')])),
)`

it('runs the post step after the main step of the same job, with what that has kept', async () => {
  const main = await step(BOTH)
  expect(main.env).toEqual({ NAME: 'value' })
  const post = await step(BOTH, { postOf: main })
  expect(post.stdout.trim()).toBe('["k\\nk","value",""]')
})

it('runs the post step of a main step that has failed', async () => {
  const body = "await runAction(async () => { throw new ActionError('No.') }, async ({ log }) => log.info('post'))"
  const main = await step(body)
  expect(main.exitCode).toBe(1)
  expect((await step(body, { postOf: main })).stdout.trim()).toBe('post')
})

it.each([
  ["new ActionError('Far side is away.', { hint: 'Wait.' })", 'Far side is away.\nWait.'],
  ["new TypeError('no function')", 'Unexpected error, please report it: no function'],
])('turns nothing red when the post step throws %s', async (thrown, message) => {
  const body = `await runAction(async () => ({}), async () => { throw ${thrown} })`
  const post = await step(body, { postOf: await step(body) })
  expect(post).toMatchObject({ exitCode: 0, annotations: [{ level: 'warning', message }] })
})

it('masks a secret input', async () => {
  const result = await step("await runAction(async ({ input }) => { input.requiredSecret('token'); return {} })", {
    inputs: { token: 'hunter2' },
  })
  expect(result.masks).toEqual(['hunter2', '68756e74657232', '68756E74657232', 'aHVudGVyMg'])
  expect(result.stdout).not.toContain('hunter2')
})

/** Signals the step once it says that it is ready. */
function signalWhenReady(signal: NodeJS.Signals): BundleOptions {
  return {
    meanwhile: async (child) => {
      await child.prints('ready')
      child.kill(signal)
    },
  }
}

it.each(['SIGINT', 'SIGTERM'] as const)('fails on %s, after the step has cleaned up', async (signal) => {
  const result = await step(
    `await runAction(async ({ signal, log, summarize }) => {
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
      setInterval(() => {}, 1000) // something that would keep the process alive
      log.info('ready')
      await aborted
      summarize('cleaned up')
      throw signal.reason
    })`,
    signalWhenReady(signal),
  )
  expect(result).toMatchObject({
    exitCode: 1,
    summary: 'cleaned up\n',
    annotations: [{ level: 'error', message: `The step was cancelled (${signal}).` }],
  })
})

it('ends a step that does not listen, before the runner kills it', async () => {
  const started = performance.now()
  const result = await step(
    `await runAction(async ({ log }) => { log.info('ready'); await new Promise(() => setInterval(() => {}, 1000)) })`,
    signalWhenReady('SIGTERM'),
  )
  expect(result).toMatchObject({
    exitCode: 1,
    annotations: [{ level: 'error', message: 'The step was cancelled (SIGTERM).' }],
  })
  expect(performance.now() - started).toBeLessThan(10_000)
})

it.each(['::set-output name=a::forged', '\\u0085 ::stop-commands::x', 'fine\\r::error::forged', 'a ##[error]forged'])(
  'writes no line that the runner could take for a command: %j',
  async (line) => {
    const { stdout } = await step(`await runAction(async ({ log }) => { log.info('${line}'); return {} })`)
    expect(stdout).toMatch(/forged|stop-commands/)
    for (const printed of stdout.split(/[\n\r\u0085]/)) expect(printed).not.toMatch(/^\s*::(?!save-state)|##\[/)
  },
)
