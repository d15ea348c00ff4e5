/** Run as a process of its own: sends a file, reads it back, and says how much memory and time that took. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { boundGarbage } from '../../../../actions/snapshot/garbage.ts'
import { openAt } from '../setup.ts'

const [, , address = '', file = '', bytes = ''] = process.argv
boundGarbage()
const size = Number(bytes)
const objects = await openAt(address, { env: process.env, endpoint: process.env['S3_ENDPOINT'] })

/** MB. Not `maxRSS`, which has that of the process that started this one in it. */
function peakMemory(): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return (Number(kib) * 1024) / 1e6
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [seconds: number, result: T]> {
  const started = performance.now()
  const result = await work()
  return [(performance.now() - started) / 1000, result]
}

async function digestOf(stream: NodeJS.ReadableStream): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(stream, hash)
  return hash.digest('hex')
}

const local = await digestOf(createReadStream(file))
const [up] = await timed(() => objects.put('archive', { file, size }))
const [down, stored] = await timed(async () => digestOf(await objects.get('archive')))
const figures = { up: size / up / 1e6, down: size / down / 1e6, peak: peakMemory() }
console.log(JSON.stringify({ same: stored === local, ...figures }))
