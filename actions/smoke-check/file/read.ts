/** Reads what is to be checked: the quick form, a checks file, both, or the defaults for a pair of addresses. */
import { ActionError } from '../../../src/errors.ts'
import type { CheckSet } from '../check.ts'
import type { IpChoice } from '../exchange.ts'
import { assemble, type Settings } from './assemble.ts'
import { defaultChecks } from './defaults.ts'
import { settleLinks } from './links.ts'
import { loadText } from './load.ts'
import { inOrder, reportCaptures, reportNeeds, type Written } from './needs.ts'
import { at, shorten } from './pointer.ts'
import { isMapping, Problems, type Source } from './problems.ts'
import { reportProxied } from './proxied.ts'
import { parseQuick } from './quick.ts'
import type { RawDefaults } from './raw.ts'
import { checkShape } from './shape.ts'
import { Scope, Variables } from './variables.ts'
import { parseYaml } from './yaml.ts'

export interface ReadOptions {
  /** Lines `[name=]URL [status]`. */
  readonly urls: readonly string[]
  /** Absolute, or relative to the workspace. */
  readonly checksPath: string | undefined
  readonly workspace: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly expectVersion: string | undefined
  readonly ip: IpChoice | 'both'
  /** Milliseconds. */
  readonly timeout: number
  /** Milliseconds. */
  readonly connectTimeout: number
  /** Whether hints are for whoever typed a command, not for whoever wrote a workflow. */
  readonly inTerminal?: boolean
}

/** @throws ActionError that tells of every mistake at once, each with file, line, column and key */
export async function readChecks(options: ReadOptions): Promise<CheckSet> {
  const problems = new Problems()
  const sources = await readSources(options, problems)
  const variables = new Variables(options.env)
  const parts: SourcePart[] = []
  for (const source of sources) parts.push(await readSource(source, problems, variables, options))
  const written = parts.flatMap((part) => part.written)
  const names = reportNames(sources, problems)
  reportNeeds(written, names)
  const checks = settleLinks(inOrder(written))
  if (parts.every(({ isWhole }) => isWhole)) reportCaptures(written)
  const [main] = sources
  variables.reportMissing(main?.name ?? '', sources.flatMap(captureNames), options.inTerminal === true, problems)
  reportProxied(checks, written, options, problems)
  await problems.settle()
  problems.throwIfAny()
  refuseBlindVersion(options.expectVersion, written)
  const { secretCaptures } = variables
  return {
    checks,
    secrets: variables.secrets(),
    secretCaptures: [...secretCaptures],
    queryLiterals: variables.queryLiterals(),
  }
}

async function readSources(options: ReadOptions, problems: Problems): Promise<readonly Source[]> {
  const { urls, checksPath, workspace, env, inTerminal } = options
  if (checksPath === undefined && urls.length === 0) return [defaultChecks(env) ?? refuseNothing()]
  const quick = urls.length === 0 ? [] : [parseQuick(urls, problems)]
  const hasLines = quick.some(({ value }) => checksOf(value).length > 0)
  if (checksPath === undefined) return hasLines ? quick : refuseNothing()
  const text = await loadText(checksPath, workspace, inTerminal === true)
  const file = parseYaml(text, shorten(checksPath, 200), problems)
  if (file === undefined) problems.throwIfAny() // the rest can wait until the file can be read at all
  return [...(hasLines ? quick : []), ...(file === undefined ? [] : [file])]
}

function refuseNothing(): never {
  throw new ActionError('There is nothing to check: neither urls nor checks is given.', {
    hint: 'Give urls a line such as https://example.com 200, checks the path of a checks file, or set BACKEND_URL or FRONTEND_URL.',
  })
}

interface SourcePart {
  readonly written: readonly Written[]
  /** Whether every check of it could be read, and so all of their needs. */
  readonly isWhole: boolean
}

async function readSource(
  source: Source,
  problems: Problems,
  variables: Variables,
  settings: Settings,
): Promise<SourcePart> {
  const shape = await checkShape(source, problems)
  if (shape === undefined) return { written: [], isWhole: false }
  const { defaults, checks } = shape
  reportDefaults(source, defaults, problems)
  const captures = new Set(captureNames(source))
  const written = [...checks].map(([index, raw]): Written => {
    const scope = new Scope(source, problems, variables, captures)
    return { check: assemble(scope, index, raw, defaults, settings), scope, pointer: at('/checks', index) }
  })
  return { written, isWhole: checks.size === checksOf(source.value).length }
}

function reportDefaults(source: Source, { auth, headers = {} }: RawDefaults, problems: Problems): void {
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  if (auth !== undefined && names.includes('authorization')) {
    problems.addAt(source, '/defaults/auth', 'There is a header Authorization too.', 'Leave out one of them.', 'key')
  }
  for (const [index, name] of Object.keys(headers).entries()) {
    if (names.indexOf(name.toLowerCase()) === index) continue
    problems.addAt(
      source,
      at('/defaults/headers', name),
      'This header is there twice.',
      'Case makes no difference.',
      'key',
    )
  }
}

/** Names are unique over everything that is checked, captures within their file. */
function reportNames(sources: readonly Source[], problems: Problems): readonly string[] {
  const firsts = new Map<string, string>()
  for (const source of sources) {
    const captures = new Map<string, string>()
    for (const [index, check] of checksOf(source.value).entries()) {
      if (!isMapping(check)) continue
      const pointer = at('/checks', index)
      const { name } = check
      if (typeof name === 'string') reportTwice(source, at(pointer, 'name'), name.trim(), firsts, problems, 'value')
      for (const capture of isMapping(check['capture']) ? Object.keys(check['capture']) : []) {
        reportTwice(source, at(pointer, 'capture', capture), capture, captures, problems, 'key')
      }
    }
  }
  return [...firsts.keys()]
}

function reportTwice(
  source: Source,
  pointer: string,
  name: string,
  firsts: Map<string, string>,
  problems: Problems,
  part: 'key' | 'value',
): void {
  const first = firsts.get(name)
  if (first === undefined) firsts.set(name, source.place(pointer, part))
  else
    problems.addAt(source, pointer, `The name is taken: "${shorten(name)}" at ${first}.`, 'Choose another one.', part)
}

function captureNames({ value }: Source): readonly string[] {
  return checksOf(value).flatMap((check) =>
    isMapping(check) && isMapping(check['capture']) ? Object.keys(check['capture']) : [],
  )
}

function checksOf(value: unknown): readonly unknown[] {
  const checks = isMapping(value) ? value['checks'] : undefined
  return Array.isArray(checks) ? checks : []
}

function refuseBlindVersion(expectVersion: string | undefined, written: readonly Written[]): void {
  if (expectVersion === undefined || written.some(({ check }) => check.version !== undefined)) return
  throw new ActionError('Input expect-version is given, but no check says how a version is served.', {
    hint: 'Give a check of the checks file version: { json: $.commit }, { header: X-Version } or { body-matches: … }; or leave expect-version out.',
  })
}
