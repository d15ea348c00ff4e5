import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** The end of each output stream is kept, at most this many characters, for error messages. */
const KEPT_OUTPUT = 256 * 1024
/** Characters. */
const LONGEST_LINE = 64 * 1024
/** A group that ignores SIGTERM is killed after this many milliseconds; a cancelled step has 10 s in all. */
const TERM_GRACE = 1000

export interface RunOptions {
  readonly cwd: string
  /** The child's whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds after which the whole process group is killed. */
  readonly timeout: number
  /** Kills the group too; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Written to standard input, which is closed then; without it standard input is empty. */
  readonly input?: string
  /** An open file descriptor that takes standard output, which then is never in memory. It is left open. */
  readonly stdout?: number
  /** Called with every line as it arrives, of both streams unless `stdout` takes one. */
  readonly onLine?: (line: string) => void
}

/** How a child ended. A deadline that passed is an outcome, not an exception. */
export interface RunResult {
  readonly outcome: 'exited' | 'killed' | 'timed-out'
  /** null unless it exited by itself. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** Empty where a file descriptor took it. */
  readonly stdout: string
  readonly stderr: string
  /** Milliseconds. */
  readonly duration: number
}

export type Run = (file: string, args: readonly string[], options: RunOptions) => Promise<RunResult>

/**
 * Runs a program: a file and its arguments, never a shell string, as a process group of its own with a deadline.
 * Nothing of the group outlives the call, whether it ends by itself, by the deadline or by the signal.
 *
 * @throws the operating system's error when the file cannot be started; the signal's reason when aborted
 */
export const run: Run = async (file, args, options) => {
  options.signal.throwIfAborted()
  const started = performance.now()
  const { cwd, env, stdout: descriptor } = options
  const stdio: StdioOptions = ['pipe', descriptor ?? 'pipe', 'pipe']
  const child: ChildProcess = spawn(file, args, { cwd, env, stdio, detached: true, windowsHide: true })
  const stdout = collect(child.stdout, options.onLine)
  const stderr = collect(child.stderr, options.onLine)
  child.stdin?.on('error', () => {}) // a child that exits without reading its input is judged by its exit
  child.stdin?.end(options.input ?? '')

  const deadline = AbortSignal.timeout(options.timeout)
  const stop = AbortSignal.any([deadline, options.signal])
  const onStop = () => void killGroup(child)
  stop.addEventListener('abort', onStop, { once: true })
  try {
    const [exitCode, signal] = await ended(child)
    options.signal.throwIfAborted()
    const outcome = deadline.aborted ? 'timed-out' : signal === null ? 'exited' : 'killed'
    const duration = performance.now() - started
    return { outcome, exitCode, signal, stdout: await stdout, stderr: await stderr, duration }
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}

/** Waits for the exit first and for the pipes after: a grandchild that keeps a pipe open is killed in between. */
async function ended(child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> {
  const closed = once(child, 'close')
  const [exitCode, signal]: [number | null, NodeJS.Signals | null] = await Promise.race([
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    closed as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  await killGroup(child)
  await closed
  return [exitCode, signal]
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (!signalGroup(child, 'SIGTERM')) return
  const gone = Date.now() + TERM_GRACE
  while (Date.now() < gone) {
    await sleep(25)
    if (!signalGroup(child, 0)) return
  }
  signalGroup(child, 'SIGKILL')
}

/** False when nothing of the group is left. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false
  try {
    if (process.platform === 'win32') return signal === 0 ? child.exitCode === null : endTree(child.pid)
    return process.kill(-child.pid, signal)
  } catch {
    return false // ESRCH: the group is empty
  }
}

/** Windows has no process groups: its own tool ends a tree. */
function endTree(pid: number): boolean {
  spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true })
  return true
}

async function collect(stream: Readable | null, onLine?: (line: string) => void): Promise<string> {
  if (stream === null) return ''
  let text = ''
  for await (const line of linesOf(stream)) {
    onLine?.(line)
    text += `${line}\n`
    if (text.length > 2 * KEPT_OUTPUT) text = text.slice(-KEPT_OUTPUT) // not at every line: each cut is a copy
  }
  return text.slice(-KEPT_OUTPUT)
}

/** As node:readline has them, except that a line without an end comes in pieces, where readline would keep all of it. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/) // a last \r may be half of a line end
    rest = lines.pop() ?? ''
    yield* lines
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) yield rest.slice(0, LONGEST_LINE)
  }
  if (rest !== '') yield rest.replace(/\r$/, '')
}
