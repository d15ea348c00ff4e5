/** What a wrangler configuration file says about the Pages project it belongs to. */
import { dirname, join, resolve } from 'node:path'
import { type ParseError, parse as parseJsonc, printParseErrorCode } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import * as v from 'valibot'
import { ActionError, messageOf } from '../../src/errors.ts'
import { exists, readText } from './files.ts'

/** In wrangler's order of preference. */
const FILES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml']
/** With this file a framework's build points wrangler at the configuration that it has generated. */
const REDIRECT = join('.wrangler', 'deploy', 'config.json')

const Config = v.object({
  name: v.optional(v.string()),
  main: v.optional(v.string()),
  pages_build_output_dir: v.optional(v.string()),
})
const Redirect = v.object({ configPath: v.string() })

export interface ProjectConfig {
  readonly path: string
  readonly name: string | undefined
  /** Absolute; without it wrangler does not use the file for Pages. */
  readonly outputDirectory: string | undefined
  /** It belongs to a Worker. */
  readonly isWorker: boolean
}

/**
 * The configuration in a folder; undefined when there is none.
 *
 * @throws an ActionError when it cannot be parsed
 */
export async function readProjectConfig(folder: string): Promise<ProjectConfig | undefined> {
  const path = await findConfig(folder)
  if (path === undefined) return undefined
  const { name, main, pages_build_output_dir: output } = await parseConfig(path, Config)
  const outputDirectory = output === undefined ? undefined : resolve(dirname(path), output)
  return { path, name, outputDirectory, isWorker: main !== undefined && output === undefined }
}

async function findConfig(folder: string): Promise<string | undefined> {
  const redirect = join(folder, REDIRECT)
  if (await exists(redirect)) return resolve(dirname(redirect), (await parseConfig(redirect, Redirect)).configPath)
  for (const path of FILES.map((name) => join(folder, name))) if (await exists(path)) return path
  return undefined
}

async function parseConfig<T extends v.GenericSchema>(path: string, schema: T): Promise<v.InferOutput<T>> {
  const text = await readText(path)
  if (text === undefined) throw unusable(path, 'it cannot be read')
  const parsed = v.safeParse(schema, path.endsWith('.toml') ? toml(path, text) : jsonc(path, text))
  if (parsed.success) return parsed.output
  throw unusable(path, parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`).join('; '))
}

function toml(path: string, text: string): unknown {
  try {
    return parseToml(text)
  } catch (error) {
    throw unusable(path, messageOf(error).split('\n')[0] ?? '')
  }
}

function jsonc(path: string, text: string): unknown {
  const errors: ParseError[] = []
  const value: unknown = parseJsonc(text, errors, { allowTrailingComma: true })
  const [error] = errors
  if (error === undefined) return value
  const line = text.slice(0, error.offset).split('\n').length
  throw unusable(path, `${printParseErrorCode(error.error)} in line ${line}`)
}

function unusable(path: string, reason: string): ActionError {
  return new ActionError(`The wrangler configuration ${path} cannot be used: ${reason}.`, {
    hint: 'Correct the file, or remove it and set the inputs project-name and directory.',
  })
}
