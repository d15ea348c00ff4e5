/** Reads an archive in a process of its own, and prints how that went. */
import { createReadStream, readFileSync } from 'node:fs'
import { readArchive } from '../../../actions/snapshot/archive/read.ts'

/** MB. Not `maxRSS`, which begins with what the parent process had when it started this one. */
function peak(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
}

const [, , file = '', expected = ''] = process.argv
const before = peak()
const started = process.cpuUsage()
const signal = new AbortController().signal
const options = { expect: JSON.parse(expected), encrypted: false, identities: [], signal }
const error = await readArchive(createReadStream(file), options).then(
  () => ({ constructor: { name: 'nothing' }, message: 'It was accepted.' }),
  (reason: Error) => reason,
)
const { user, system } = process.cpuUsage(started)
const seconds = (user + system) / 1e6
console.log(JSON.stringify({ name: error.constructor.name, message: error.message, seconds, grown: peak() - before }))
