/** SARIF files: found, read, checked and put together as github/codeql-action src/upload-lib.ts does it. */
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../../action.ts'

/** The real action checks the whole schema of SARIF 2.1.0; this are the parts that code scanning reads. */
const Line = v.pipe(v.number(), v.integer(), v.minValue(1))
const Text = v.looseObject({ text: v.optional(v.string()) })

const Location = v.looseObject({
  physicalLocation: v.optional(
    v.looseObject({
      artifactLocation: v.optional(v.looseObject({ uri: v.optional(v.string()), index: v.optional(v.number()) })),
      region: v.optional(v.looseObject({ startLine: v.optional(Line), endLine: v.optional(Line) })),
    }),
  ),
})

const Result = v.looseObject({
  ruleId: v.optional(v.string()),
  level: v.optional(v.picklist(['none', 'note', 'warning', 'error'])),
  message: Text,
  locations: v.optional(v.array(Location)),
  partialFingerprints: v.optional(v.record(v.string(), v.string())),
})

const Run = v.looseObject({
  tool: v.looseObject({
    driver: v.looseObject({
      name: v.string(),
      fullName: v.optional(v.string()),
      version: v.optional(v.string()),
      semanticVersion: v.optional(v.string()),
      guid: v.optional(v.string()),
      rules: v.optional(v.array(v.looseObject({ id: v.string() }))),
    }),
  }),
  automationDetails: v.optional(v.looseObject({ id: v.optional(v.string()) })),
  artifacts: v.optional(
    v.array(v.looseObject({ location: v.optional(v.looseObject({ uri: v.optional(v.string()) })) })),
  ),
  results: v.array(Result),
})

const Log = v.looseObject({ version: v.literal('2.1.0'), runs: v.array(Run) })

export type Sarif = v.InferOutput<typeof Log>
export type Run = Sarif['runs'][number]
export type Result = Run['results'][number]

/** A string of JavaScript holds half a gigabyte. */
const MAX_BYTES = 256 * 1024 * 1024
const SHOWN = 10
const MORE =
  'https://github.blog/changelog/2025-07-21-code-scanning-will-stop-combining-multiple-sarif-runs-uploaded-in-the-same-sarif-file/'

/** @param path of a file, or of a folder in which every `*.sarif` is meant @throws Failure */
export function findSarif(path: string): readonly string[] {
  if (!existsSync(path)) throw new Failure(`Path does not exist: ${path}`)
  if (!lstatSync(path).isDirectory()) return [path]
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sarif'))
    .map((entry) => resolve(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) throw new Failure(`No SARIF files found to upload in "${path}".`)
  return files
}

/** @throws Failure with the places of the first mistakes */
export function readSarif(file: string): Sarif {
  const { size } = statSync(file)
  if (size > MAX_BYTES) throw new Failure(`Unable to upload "${file}": ${size} bytes are too many to read.`)
  const parsed = v.safeParse(Log, parse(file))
  if (parsed.success) return parsed.output
  const lines = parsed.issues.slice(0, SHOWN).map((issue) => `- ${complaint(issue)}`)
  const more = parsed.issues.length > SHOWN ? [`- and ${parsed.issues.length - SHOWN} more`] : []
  throw new Failure(`Unable to upload "${file}" as it is not valid SARIF:\n${[...lines, ...more].join('\n')}`)
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Failure(`Invalid SARIF. JSON syntax error: ${error instanceof Error ? error.message : error} (${file})`)
  }
}

/** `instance.runs[0].results[3].message: …` */
function complaint({ path, message }: v.BaseIssue<unknown>): string {
  const place = (path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return `instance${place}: ${message}`
}

/** Which runs are one analysis is told by their tools and ids; the input `category` comes after that. @throws Failure */
export function combine(logs: readonly Sarif[]): Sarif {
  const [first, ...others] = logs
  if (first === undefined) throw new Error('There is no file to combine.')
  const all = logs.flatMap(({ runs }) => runs)
  if (others.length > 0 && all.every(({ tool }) => tool.driver.name === 'CodeQL')) {
    throw new Failure("The rehearsal's stand-in does not merge several files of CodeQL.")
  }
  const keys = all.map(runKey)
  if (new Set(keys).size < keys.length) {
    throw new Failure(
      `The CodeQL Action does not support uploading multiple SARIF runs with the same category. Please update your workflow to upload a single run per category. For more information, see ${MORE}`,
    )
  }
  return { ...first, runs: all }
}

function runKey({ tool, automationDetails }: Run): string {
  const { name, fullName, version, semanticVersion, guid } = tool.driver
  return JSON.stringify([name, fullName, version, semanticVersion, guid, automationDetails?.id])
}
