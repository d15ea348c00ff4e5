/** Takes a checks file from disk. It may lie anywhere: whoever writes the workflow can read the runner's disk anyway. */
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ActionError, messageOf } from '../../../src/errors.ts'
import { codeOf } from '../http/failure.ts'
import { shorten } from './pointer.ts'

const LARGEST = 1024 * 1024

/** @throws ActionError when it is missing, no file, too large or not UTF-8 */
export async function loadText(path: string, workspace: string, inTerminal = false): Promise<string> {
  const name = shorten(path, 200)
  if (path.includes('\0')) throw new ActionError('The path of the checks file holds a zero byte.')
  const file = await open(resolve(workspace, path), 'r').catch((error: unknown) => {
    throw explain(name, { path, workspace, inTerminal }, error)
  })
  try {
    return decode(name, await readBounded(name, file))
  } finally {
    await file.close()
  }
}

interface Wanted {
  readonly path: string
  readonly workspace: string
  readonly inTerminal: boolean
}

function explain(name: string, { path, workspace, inTerminal }: Wanted, error: unknown): ActionError {
  const code = codeOf(error)
  const where = resolve(workspace, path) === path ? '' : ` in ${workspace}`
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ActionError(`The checks file ${name} does not exist${where}.`, {
      hint: inTerminal
        ? 'Give its path from the folder that the command is run in.'
        : 'Give its path from the top of the repository, and let a step with actions/checkout come first.',
      cause: error,
    })
  }
  if (code === 'EISDIR') return noFile(name)
  return new ActionError(`The checks file ${name} cannot be read: ${messageOf(error)}.`, {
    hint: `Make it readable for the user that ${inTerminal ? 'the command' : 'the runner'} runs as.`,
    cause: error,
  })
}

/** Not by its size alone: a device or a pipe has none and may never end. */
async function readBounded(name: string, file: FileHandle): Promise<Buffer> {
  const stats = await file.stat()
  if (!stats.isFile()) throw noFile(name)
  if (stats.size <= LARGEST) return file.readFile()
  throw new ActionError(`The checks file ${name} has ${stats.size.toLocaleString('en')} bytes; 1 MiB is the most.`, {
    hint: 'Check that the path is the right one, or divide the checks among several steps.',
  })
}

function noFile(name: string): ActionError {
  return new ActionError(`The checks file ${name} is a folder or a device, not a file.`, {
    hint: 'Give the path of one YAML file, as in smoke-checks.yml.',
  })
}

function decode(name: string, bytes: Buffer): string {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new ActionError(`The checks file ${name} is UTF-16.`, { hint: 'Save it as UTF-8.' })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ActionError(`${name}:${invalidLine(bytes)}: The line is not valid UTF-8.`, {
      hint: 'Save the file as UTF-8.',
      cause: error,
    })
  }
}

/** No byte of a longer character is a line feed, so lines can be tried one by one. */
function invalidLine(bytes: Buffer): number {
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start)
    const stop = end === -1 ? bytes.length : end
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, stop))
    } catch {
      return line
    }
    start = stop + 1
  }
  return line
}
