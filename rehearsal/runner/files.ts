/**
 * The files a step writes for the runner: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH, GITHUB_STATE, GITHUB_STEP_SUMMARY.
 * Rules as in actions/runner FileCommandManager.cs.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'

const kinds = ['output', 'env', 'path', 'state', 'step_summary'] as const
type Kind = (typeof kinds)[number]

/** Paths of one step's files, by the name each has in the `github` context. */
export type StepFiles = Readonly<Record<Kind, string>>

export interface StepEffects {
  readonly outputs: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly path: readonly string[]
  readonly state: Readonly<Record<string, string>>
  readonly summary: string
  /** Files that could not be understood: they fail the step. */
  readonly failures: readonly string[]
  /** Error annotations that leave the step's result alone. */
  readonly complaints: readonly string[]
}

const summaryLimit = 1024 * 1024

/** Makes a fresh, empty set: a step never sees what another wrote. */
export async function makeStepFiles(folder: string, suffix: string): Promise<StepFiles> {
  await mkdir(folder, { recursive: true })
  const entries = kinds.map((kind) => [kind, join(folder, `${kind}_${suffix}`)] as const)
  await Promise.all(entries.map(([, file]) => writeFile(file, '')))
  return Object.fromEntries(entries) as StepFiles
}

export async function readStepFiles(files: StepFiles): Promise<StepEffects> {
  const failures: string[] = []
  const complaints: string[] = []
  const pairs = async (kind: Kind) => {
    try {
      return parsePairs(await content(files[kind]))
    } catch (error) {
      failures.push(`Unable to process file command '${kind}' successfully.`, messageOf(error))
      return {}
    }
  }
  const [outputs, env, state] = [await pairs('output'), await pairs('env'), await pairs('state')]
  const { NODE_OPTIONS: blocked, ...allowed } = env
  if (blocked !== undefined) complaints.push(`Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.`)
  const path = (await content(files.path)).split(/\r?\n/).filter((line) => line !== '')
  const summary = await readSummary(files.step_summary, complaints)
  return { outputs, env: allowed, path, state, summary, failures, complaints }
}

/** `NAME=value` lines and `NAME<<DELIMITER` blocks; the delimiter stands alone on a line, compared exactly. */
export function parsePairs(source: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  const lines = source.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '' || line === '\r') continue
    const [equals, heredoc] = [line.indexOf('='), line.indexOf('<<')]
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs[named(line.slice(0, equals), line)] = line.slice(equals + 1)
    } else if (heredoc >= 0) {
      pairs[named(line.slice(0, heredoc), line)] = readBlock(lines, named(line.slice(heredoc + 2), line))
    } else {
      throw new Error(`Invalid format '${line}'`)
    }
  }
  return pairs
}

function readBlock(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter)
  if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
  const block = lines.splice(0, end + 1)
  return block.slice(0, -1).join('\n')
}

function named(name: string, line: string): string {
  if (name === '') throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`)
  return name
}

async function readSummary(file: string, complaints: string[]): Promise<string> {
  const summary = await content(file)
  const size = Buffer.byteLength(summary)
  if (size <= summaryLimit) return summary
  const limit = `${summaryLimit / 1024}k`
  complaints.push(
    `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${limit}, got ${Math.floor(size / 1024)}k.`,
  )
  return ''
}

async function content(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
