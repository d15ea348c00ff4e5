/** Runs a step's program and ends it as the runner does: SIGINT, then SIGTERM, then SIGKILL for the whole tree. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a program may take to end by itself, in ms (actions/runner ProcessInvoker.cs). */
export interface Patience {
  readonly interrupt: number
  readonly terminate: number
}

export const runnerPatience: Patience = { interrupt: 7500, terminate: 2500 }

export interface Program {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Ends the program, step by step. */
  readonly signal: AbortSignal
  /** Ends it and what it started in its group, at once. */
  readonly kill: AbortSignal
  readonly patience: Patience
  /** @param send sends the program a signal, and only it */
  readonly onStart?: (send: (signal: NodeJS.Signals) => void) => void
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
}

/** Time after the end of a program in which its output is still read; something it left behind may hold the pipe. */
const drain = 5000

/** @returns the exit code; 128 and the signal's number when a signal ended it. @throws when it cannot be started. */
export async function execute(program: Program): Promise<number> {
  const child = spawn(program.file, [...program.args], {
    cwd: program.cwd,
    env: { ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: Ctrl-C in the terminal reaches the rehearsal, which passes it on as the runner would.
    detached: true,
  })
  const out = new Lines((line) => program.onLine(line, 'stdout'))
  const err = new Lines((line) => program.onLine(line, 'stderr'))
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk))
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signalNumbers[signal ?? ''] ?? 0)))
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = () => void end(child.pid, exited, program.patience)
  const kill = () => child.pid !== undefined && send(-child.pid, 'SIGKILL')
  program.signal.addEventListener('abort', stop, { once: true })
  program.kill.addEventListener('abort', kill, { once: true })
  if (program.signal.aborted) stop()
  program.onStart?.((signal) => child.pid !== undefined && send(child.pid, signal))
  try {
    const code = await exited
    const drained = new AbortController()
    await Promise.race([closed, sleep(drain, undefined, { signal: drained.signal }).catch(() => {})])
    drained.abort()
    return code
  } finally {
    program.signal.removeEventListener('abort', stop)
    program.kill.removeEventListener('abort', kill)
    child.stdout.destroy()
    child.stderr.destroy()
    out.end()
    err.end()
  }
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

async function end(pid: number | undefined, exited: Promise<number>, patience: Patience): Promise<void> {
  if (pid === undefined) return
  const over = exited.then(
    () => true,
    () => true,
  )
  send(pid, 'SIGINT')
  if (await within(over, patience.interrupt)) return
  send(pid, 'SIGTERM')
  if (await within(over, patience.terminate)) return
  send(-pid, 'SIGKILL')
}

async function within(event: Promise<boolean>, ms: number): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false)
  const result = await Promise.race([event, late])
  timer.abort()
  return result
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended in the meantime.
  }
}

/**
 * Ends what a job left running. Like the runner, it knows its processes by RUNNER_TRACKING_ID in their environment;
 * readable on Linux only, elsewhere nothing is found.
 * @returns one line for each, as the runner logs it.
 */
export function endOrphans(trackingId: string): readonly string[] {
  return processes().flatMap(({ pid, environment, name }) => {
    if (!environment.includes(`RUNNER_TRACKING_ID=${trackingId}`)) return []
    send(pid, 'SIGKILL')
    return [`Terminate orphan process: pid (${pid}) (${name})`]
  })
}

function processes(): readonly { pid: number; environment: readonly string[]; name: string }[] {
  return listing('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => ({
      pid: Number(entry),
      environment: reading(`/proc/${entry}/environ`).split('\0'),
      name: reading(`/proc/${entry}/comm`).trim(),
    }))
}

function listing(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function reading(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Cuts a stream into lines. */
class Lines {
  #rest = ''
  readonly #emit: (line: string) => void

  constructor(emit: (line: string) => void) {
    this.#emit = emit
  }

  push(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#emit(line.replace(/\r$/, ''))
  }

  end(): void {
    if (this.#rest !== '') this.#emit(this.#rest)
    this.#rest = ''
  }
}
