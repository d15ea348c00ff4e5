/** Which Cloudflare Pages project the rehearsed workflow deploys to, so that the embedded Cloudflare has it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ParseError, parse } from 'jsonc-parser'
import { parse as parseToml } from 'smol-toml'
import * as v from 'valibot'
import { messageOf, RehearsalError } from './errors.ts'
import { isString, Token } from './runner/library.ts'
import type { Workflow } from './runner/workflow.ts'

const Configuration = v.object({ name: v.optional(v.string()), pages_build_output_dir: v.optional(v.string()) })

/**
 * The project that the repository's wrangler file names. Only one with `pages_build_output_dir` is about Pages; without
 * it the name is a Worker's.
 * @throws RehearsalError when the file cannot be read
 */
export function configuredProject(repository: string): { readonly file: string; readonly name: string } | undefined {
  const file = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'].find((name) => existsSync(join(repository, name)))
  if (file === undefined) return undefined
  const content = readFileSync(join(repository, file), 'utf8')
  const parsed = v.safeParse(Configuration, file.endsWith('.toml') ? readToml(file, content) : readJson(file, content))
  if (!parsed.success) throw new RehearsalError(`${file}: ${parsed.issues.map(({ message }) => message).join('; ')}`)
  const { name, pages_build_output_dir: folder } = parsed.output
  return name === undefined || folder === undefined ? undefined : { file, name }
}

/** Every `project-name:` that is written out in the workflow. */
export function literalProjects(workflow: Workflow): readonly string[] {
  return [...Token.traverse(workflow.root, true)].flatMap(([, token, key]) =>
    key?.toString() === 'project-name' && isString(token) ? [token.value] : [],
  )
}

function readToml(file: string, content: string): unknown {
  try {
    return parseToml(content)
  } catch (error) {
    throw new RehearsalError(`${file} is not valid TOML: ${messageOf(error)}`)
  }
}

function readJson(file: string, content: string): unknown {
  const errors: ParseError[] = []
  const value: unknown = parse(content, errors, { allowTrailingComma: true })
  if (errors.length > 0) throw new RehearsalError(`${file} is not valid JSON.`)
  return value
}
