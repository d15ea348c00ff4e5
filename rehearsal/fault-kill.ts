/** Kills the process that sent a request: found by its end of the connection, which Linux alone tells. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Socket } from 'node:net'

export interface Kill {
  readonly signal: NodeJS.Signals
  /** Not the sender itself but the program of the step that it belongs to. */
  readonly step: boolean
}

export const canKillSenders = process.platform === 'linux'

/** @throws Error when no process has the other end, or none that this one has started */
export function killSender({ remotePort, localPort }: Socket, { signal, step }: Kill): void {
  const sender = ownerOf(inodeOf(remotePort ?? 0, localPort ?? 0))
  if (sender === undefined) throw new Error(`No process has the other end of the connection from port ${remotePort}.`)
  if (sender === process.pid) throw new Error('The process to kill is the one that serves the request.')
  process.kill(step ? programOf(sender) : sender, signal)
}

/** The program that this process has started, on the way up from the sender. */
function programOf(sender: number): number {
  let pid = sender
  for (let parent = parentOf(pid); parent !== process.pid; parent = parentOf(pid)) {
    if (parent <= 1) throw new Error(`Process ${sender} belongs to no step.`)
    pid = parent
  }
  return pid
}

/** The fourth field of `stat`; the second is a name in parentheses that may hold anything. */
function parentOf(pid: number): number {
  const [, rest = ''] = /^.*\) (.*)$/s.exec(reading(`/proc/${pid}/stat`)) ?? []
  return Number(rest.split(' ')[1] ?? 0)
}

/** A line of `/proc/net/tcp`: `0: 0100007F:C350 0100007F:1F90 01 … INODE …`, addresses and ports in hexadecimal. */
function inodeOf(local: number, remote: number): string | undefined {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => reading(file).split('\n'))
  return lines
    .map((line) => line.trim().split(/\s+/))
    .find(([, from, to]) => portOf(from) === local && portOf(to) === remote)?.[9]
}

function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(':')[1] ?? '', 16)
}

function ownerOf(inode: string | undefined): number | undefined {
  if (inode === undefined || inode === '0') return undefined
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  const owner = pids.find((pid) => descriptorsOf(pid).includes(`socket:[${inode}]`))
  return owner === undefined ? undefined : Number(owner)
}

function descriptorsOf(pid: string): readonly string[] {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).map((descriptor) => linkOf(`${folder}/${descriptor}`))
  } catch {
    // It has ended in the meantime, or belongs to somebody else.
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function reading(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
