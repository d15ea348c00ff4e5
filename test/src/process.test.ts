/** With real children: what a mock would promise is exactly what has to be proven here. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type RunOptions, run } from '../../src/process.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-process-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function node(script: string, args: readonly string[] = [], options: Partial<RunOptions> = {}) {
  const signal = new AbortController().signal
  return run(process.execPath, ['-e', script, '--', ...args], {
    cwd: folder,
    env: {},
    timeout: 20_000,
    signal,
    ...options,
  })
}

/** A child that starts a grandchild, which ignores SIGTERM, prints its pid, and shares the child's pipes. */
const PARENT = (after: string) => `
  const grandchild = require('node:child_process').spawn(
    process.execPath,
    ['-e', "process.on('SIGTERM', () => {}); console.log(process.pid); process.send('up'); setInterval(() => {}, 1000)"],
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  )
  ${after}
`

/** Collects the pids that children print, and waits for as many as wanted. */
function pids() {
  const found: number[] = []
  const events = new EventTarget()
  return {
    found,
    onLine: (line: string) => {
      if (!/^\d+$/.test(line)) return // what Node says of a parent that is gone
      found.push(Number(line))
      events.dispatchEvent(new Event('line'))
    },
    first: once(events, 'line'),
  }
}

/** A process that has ended but that nobody has waited for counts as gone. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'))
}

it('gives back the exit code and both streams, and reports their lines as they come', async () => {
  const lines: string[] = []
  const result = await node("console.log('out é\\r\\nmore'); console.error('err'); process.exitCode = 3", [], {
    onLine: (line) => lines.push(line),
  })
  expect(result).toMatchObject({
    outcome: 'exited',
    exitCode: 3,
    signal: null,
    stdout: 'out é\nmore\n',
    stderr: 'err\n',
  })
  expect(lines.sort()).toEqual(['err', 'more', 'out é'])
})

it('hands arguments over as they are: no shell reads them', async () => {
  const args = ['$(touch hacked)', '`id`', '; exit 9', 'a "b" \'c\'', '', '*']
  const result = await node('console.log(JSON.stringify(process.argv.slice(1)))', args)
  expect(JSON.parse(result.stdout)).toEqual(args)
  expect(existsSync(join(folder, 'hacked'))).toBe(false)
})

it('gives the child only the environment it was given', async () => {
  process.env['SLIPWAY_TEST_SECRET'] = 'x'
  try {
    const result = await node('console.log(JSON.stringify(process.env))', [], { env: { ONLY: '1', NOT: undefined } })
    expect(JSON.parse(result.stdout)).toEqual({ ONLY: '1' })
  } finally {
    delete process.env['SLIPWAY_TEST_SECRET']
  }
})

it('writes the input and closes it', async () => {
  const echo = 'process.stdin.pipe(process.stdout)'
  expect((await node(echo, [], { input: 'hello' })).stdout).toBe('hello\n')
  expect((await node(echo)).stdout).toBe('')
})

it('judges a child that does not read its input by its exit', async () => {
  const result = await node('process.exit(0)', [], { input: 'x'.repeat(1_000_000) })
  expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 })
})

it('keeps the end of a long output', async () => {
  const result = await node("for (let i = 0; i < 20000; i++) console.log(String(i).padStart(99, '.'))")
  expect(result.stdout.length).toBe(256 * 1024)
  expect(result.stdout.endsWith('19999\n')).toBe(true)
})

it('hands on a line without an end in pieces, instead of keeping all of it', async () => {
  const lengths: number[] = []
  const script = "for (let i = 0; i < 300; i += 1) process.stdout.write('x'.repeat(1000))"
  const result = await node(script, [], { onLine: ({ length }) => lengths.push(length) })
  expect(Math.max(...lengths)).toBe(64 * 1024)
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(300_000)
  expect(result.stdout.replaceAll('\n', '')).toMatch(/^x{256000,}$/)
})

it('takes a line end for one, however it is written and wherever it is cut', async () => {
  const lines: string[] = []
  const script = `
    process.stdout.write('a\\r')
    setTimeout(() => process.stdout.write('\\nb\\rc\\n\\nd'), 200)`
  await node(script, [], { onLine: (line) => lines.push(line) })
  expect(lines).toEqual(['a', 'b', 'c', '', 'd'])
})

it('hands a large output to a file descriptor without keeping it, and leaves the descriptor open', async () => {
  const file = await open(join(folder, 'out'), 'wx')
  const size = 200 * 1024 * 1024
  const script = `
    const block = Buffer.alloc(1024 * 1024, 'x')
    for (let i = 0; i < 200; i += 1) for (let at = 0; at < block.length; ) at += fs.writeSync(1, block, at)
    console.error('done')`
  const lines: string[] = []
  const before = process.memoryUsage.rss()
  let highest = before
  const watch = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 5)
  try {
    const result = await node(script, [], { stdout: file.fd, onLine: (line) => lines.push(line) })
    expect(result).toMatchObject({ outcome: 'exited', exitCode: 0, stdout: '', stderr: 'done\n' })
    expect(lines).toEqual(['done'])
    expect((await file.stat()).size).toBe(size)
    expect((highest - before) / size).toBeLessThan(0.25)
    await file.write('more', size)
    expect((await file.stat()).size).toBe(size + 4)
  } finally {
    clearInterval(watch)
    await file.close()
  }
})

it('kills the whole group at the deadline while a file descriptor takes its output', async () => {
  await using file = await open(join(folder, 'out'), 'wx+')
  const result = await node(PARENT('setInterval(() => {}, 1000)'), [], { timeout: 4000, stdout: file.fd })

  expect(result).toMatchObject({ outcome: 'timed-out', exitCode: null, stdout: '' })
  const grandchild = Number(readFileSync(join(folder, 'out'), 'utf8').split('\n')[0])
  expect(grandchild).toBeGreaterThan(1)
  await vi.waitFor(() => expect(isRunning(grandchild)).toBe(false), 5000) // SIGKILL works in its own time
})

it('rejects with ENOENT while a file descriptor takes the output, and leaves it open', async () => {
  await using file = await open(join(folder, 'out'), 'wx')
  const options = { cwd: folder, env: {}, timeout: 1000, signal: new AbortController().signal, stdout: file.fd }
  await expect(run(join(folder, 'missing'), [], options)).rejects.toMatchObject({ code: 'ENOENT' })
  expect((await file.stat()).size).toBe(0)
})

it('kills the whole group at the deadline, grandchildren that ignore SIGTERM included', async () => {
  const { found, onLine } = pids()
  const result = await node(PARENT('setInterval(() => {}, 1000)'), [], { timeout: 4000, onLine })

  expect(result).toMatchObject({ outcome: 'timed-out', exitCode: null, signal: 'SIGTERM' })
  expect(found.length).toBe(1)
  await vi.waitFor(() => expect(found.filter(isRunning)).toEqual([]), 5000) // SIGKILL works in its own time
})

it('kills the whole group when it is aborted, and rejects with the reason', async () => {
  const controller = new AbortController()
  const { found, onLine, first } = pids()
  const ended = node(PARENT('setInterval(() => {}, 1000)'), [], { signal: controller.signal, onLine })
  await first
  const reason = new Error('cancelled')
  controller.abort(reason)

  await expect(ended).rejects.toBe(reason)
  await vi.waitFor(() => expect(found.filter(isRunning)).toEqual([]), 5000) // SIGKILL works in its own time
})

it('does not wait for a grandchild that holds the pipes of a child that has ended', async () => {
  const { found, onLine } = pids()
  const result = await node(PARENT("grandchild.on('message', () => process.exit(0))"), [], { onLine })

  expect(result).toMatchObject({ outcome: 'exited', exitCode: 0 })
  expect(result.duration).toBeLessThan(10_000)
  expect(found.length).toBe(1)
  await vi.waitFor(() => expect(found.filter(isRunning)).toEqual([]), 5000) // SIGKILL works in its own time
})

it('says when a child was killed by someone else', async () => {
  const result = await node("process.kill(process.pid, 'SIGKILL')")
  expect(result).toMatchObject({ outcome: 'killed', exitCode: null, signal: 'SIGKILL' })
})

it('rejects with ENOENT when there is no such program', async () => {
  const signal = new AbortController().signal
  const missing = run(join(folder, 'missing'), [], { cwd: folder, env: {}, timeout: 1000, signal })
  await expect(missing).rejects.toMatchObject({ code: 'ENOENT' })
})

it('starts nothing once it is aborted', async () => {
  const reason = new Error('cancelled')
  const ended = node("require('node:fs').writeFileSync('started', '')", [], { signal: AbortSignal.abort(reason) })
  await expect(ended).rejects.toBe(reason)
  await sleep(0)
  expect(existsSync(join(folder, 'started'))).toBe(false)
})
