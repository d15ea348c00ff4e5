/** A gate before a loopback server, for what a network does to connections before any server sees them. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'

export interface Gate extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** Whatever is sent there is swallowed from now on: no connection is made, and none is refused. */
  blackOut(): Promise<void>
  /** Connections are refused from now on, and those there are end. */
  refuse(): Promise<void>
  /** Ends either. */
  open(): Promise<void>
}

/** Connections that the kernel makes although nobody accepts them: Linux makes one more, and drops what asks for the next. */
const BACKLOG = 3

/** @param behind `http://127.0.0.1:PORT` of the server behind it */
export async function startGate(behind: string): Promise<Gate> {
  const start = (port: number) => startProcess(Number(new URL(behind).port), port)
  let { child, port } = await start(0)
  const fillers: Socket[] = []
  const empty = () => {
    for (const socket of fillers.splice(0)) socket.destroy()
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    async blackOut() {
      child.kill('SIGSTOP')
      while (fillers.length <= BACKLOG) fillers.push(await connected(port))
    },
    refuse: () => end(child),
    async open() {
      empty()
      if (hasEnded(child)) ({ child, port } = await start(port))
      child.kill('SIGCONT')
    },
    async [Symbol.asyncDispose]() {
      empty()
      await end(child)
    },
  }
}

async function startProcess(target: number, asked: number) {
  const args = [target, asked, BACKLOG].map(String)
  const child = fork(join(import.meta.dirname, 'gate-process.ts'), args, { execArgv: [] })
  const [port]: number[] = await once(child, 'message')
  return { child, port: port ?? asked }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  return socket
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
