/** Carries out the instructions of a Dockerfile's stages, all but RUN: what they would make is not there. */
import { posix } from 'node:path'
import { Failure, info } from '../action.ts'
import { toRegExp } from '../glob.ts'
import type { ContextFile, Files } from './context.ts'
import {
  type Dockerfile,
  type Instruction,
  jsonList,
  mistake,
  pairsOf,
  type Stage,
  substitute,
  wordsOf,
} from './dockerfile.ts'

/** `config` of an image: https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageSettings {
  Env: readonly string[]
  Entrypoint?: readonly string[]
  Cmd?: readonly string[]
  WorkingDir?: string
  User?: string
  ExposedPorts?: Readonly<Record<string, object>>
  Volumes?: Readonly<Record<string, object>>
  StopSignal?: string
  Healthcheck?: { readonly Test: readonly string[] }
  Labels?: Readonly<Record<string, string>>
}

export interface Step {
  /** As it stands in the image's history. */
  readonly createdBy: string
  /** What it adds; undefined: nothing that is a layer. */
  readonly files: Files | undefined
}

export interface Built {
  readonly base: string
  readonly settings: ImageSettings
  readonly steps: readonly Step[]
  /** All of them. */
  readonly files: Map<string, ContextFile>
}

export interface BuildOptions {
  /** Of the Dockerfile, for messages. */
  readonly name: string
  readonly context: Files
  readonly args: Readonly<Record<string, string>>
  /** A stage's name or number; empty: the last one. */
  readonly target: string
}

const PATHS = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
/** What every build may be given without an ARG for it. */
const PREDEFINED = /^(?:HTTPS?_PROXY|FTP_PROXY|NO_PROXY|ALL_PROXY|SOURCE_DATE_EPOCH|BUILDKIT_\w+)$/i
const PLATFORM = { TARGETPLATFORM: 'linux/amd64', TARGETOS: 'linux', TARGETARCH: 'amd64', BUILDPLATFORM: 'linux/amd64' }

export function build(dockerfile: Dockerfile, options: BuildOptions): Built {
  const global = globalArgs(dockerfile, options)
  const stages = dockerfile.stages.map(({ name, base }) => ({ name, base: substitute(base, global) }))
  const last = stageNumber(stages, options.target) ?? stages.length - 1
  if (options.target !== '' && stageNumber(stages, options.target) === undefined) {
    throw new Failure(`failed to solve: target stage "${options.target}" could not be found`)
  }
  warnOfUnused(dockerfile, options)
  const done: Built[] = []
  for (const [at, stage] of dockerfile.stages.slice(0, last + 1).entries()) {
    const known = stages.slice(0, at)
    const find = (reference: string) => done[stageNumber(known, reference) ?? -1]
    done.push(new StageBuild(stages[at]?.base ?? '', stage, options, global, find).run())
  }
  const built = done[last]
  if (built === undefined) throw new Failure(`failed to solve: ${options.name} has no stage`)
  return built
}

function globalArgs({ args }: Dockerfile, options: BuildOptions): Readonly<Record<string, string>> {
  const values: Record<string, string> = { ...PLATFORM }
  for (const { rest } of args) {
    const [name, standard = ''] = argOf(rest)
    values[name] = options.args[name] ?? substitute(standard, values)
  }
  return values
}

function argOf(rest: string): readonly [string, string | undefined] {
  const at = rest.indexOf('=')
  return at < 0 ? [rest, undefined] : [rest.slice(0, at), rest.slice(at + 1).replace(/^(["'])(.*)\1$/, '$2')]
}

function stageNumber(stages: readonly { readonly name: string | undefined }[], reference: string): number | undefined {
  const wanted = reference.toLowerCase()
  const at = stages.findLastIndex(({ name }, index) => name === wanted || `${index}` === wanted)
  return at < 0 ? undefined : at
}

function warnOfUnused({ args, stages }: Dockerfile, options: BuildOptions): void {
  const all = [...args, ...stages.flatMap(({ instructions }) => instructions)]
  const declared = new Set(all.flatMap(({ keyword, rest }) => (keyword === 'ARG' ? [argOf(rest)[0]] : [])))
  const unused = Object.keys(options.args).filter((name) => !declared.has(name) && !PREDEFINED.test(name))
  if (unused.length > 0) info(`[Warning] One or more build-args [${unused.join(' ')}] were not consumed`)
}

class StageBuild {
  readonly #base: string
  readonly #stage: Stage
  readonly #options: BuildOptions
  readonly #global: Readonly<Record<string, string>>
  readonly #find: (reference: string) => Built | undefined
  readonly #settings: ImageSettings
  readonly #steps: Step[]
  readonly #files: Map<string, ContextFile>
  readonly #args: Record<string, string> = {}

  constructor(
    base: string,
    stage: Stage,
    options: BuildOptions,
    global: Readonly<Record<string, string>>,
    find: (reference: string) => Built | undefined,
  ) {
    const parent = find(base)
    this.#base = parent?.base ?? base
    this.#stage = stage
    this.#options = options
    this.#global = global
    this.#find = find
    this.#settings = parent ? { ...parent.settings } : { Env: [PATHS] }
    this.#steps = [...(parent?.steps ?? [])]
    this.#files = new Map(parent?.files)
  }

  run(): Built {
    for (const instruction of this.#stage.instructions) this.#apply(instruction)
    return { base: this.#base, settings: this.#settings, steps: this.#steps, files: this.#files }
  }

  #apply(instruction: Instruction): void {
    const { keyword, rest } = instruction
    const text = keyword === 'RUN' ? rest : substitute(rest, this.#variables())
    const files = keyword === 'COPY' || keyword === 'ADD' ? this.#copy(instruction, text) : undefined
    if (keyword !== 'COPY' && keyword !== 'ADD') this.#set(keyword, text)
    if (files?.size === 0) return
    for (const [path, file] of files ?? []) this.#files.set(path, file)
    this.#steps.push({ createdBy: `${keyword} ${text} # buildkit`, files })
  }

  #variables(): Readonly<Record<string, string>> {
    const env = Object.fromEntries(this.#settings.Env.map((pair) => [pair.split('=')[0], pair.replace(/^[^=]*=/, '')]))
    return { ...this.#args, ...env }
  }

  #set(keyword: string, text: string): void {
    const settings = this.#settings
    const command = () => jsonList(text) ?? ['/bin/sh', '-c', text]
    const all = () => Object.fromEntries(wordsOf(text).map((word) => [word, {}]))
    if (keyword === 'ARG') this.#declare(text)
    else if (keyword === 'ENV') settings.Env = merged(settings.Env, pairsOf(text))
    else if (keyword === 'LABEL') settings.Labels = { ...settings.Labels, ...Object.fromEntries(pairsOf(text)) }
    else if (keyword === 'WORKDIR') settings.WorkingDir = this.#absolute(text)
    else if (keyword === 'USER') settings.User = text
    else if (keyword === 'CMD') settings.Cmd = command()
    else if (keyword === 'ENTRYPOINT') settings.Entrypoint = command()
    else if (keyword === 'STOPSIGNAL') settings.StopSignal = text
    else if (keyword === 'VOLUME') settings.Volumes = { ...settings.Volumes, ...all() }
    else if (keyword === 'EXPOSE') settings.ExposedPorts = { ...settings.ExposedPorts, ...exposed(text) }
    else if (keyword === 'HEALTHCHECK') settings.Healthcheck = { Test: healthTest(text) }
  }

  #declare(text: string): void {
    const [name, standard] = argOf(text)
    const value = this.#options.args[name] ?? standard ?? this.#global[name]
    if (value !== undefined) this.#args[name] = value
  }

  #absolute(path: string): string {
    return posix.resolve(this.#settings.WorkingDir ?? '/', path)
  }

  /** What it adds; nothing where its source is what RUN would have made in another stage. */
  #copy(instruction: Instruction, text: string): Files {
    const words = wordsOf(text)
    const target = words.at(-1) ?? ''
    const sources = words.slice(0, -1)
    if (sources.length === 0) {
      throw mistake(this.#options.name, instruction.line, `${instruction.keyword} requires at least two arguments`)
    }
    const into = target.endsWith('/') || sources.length > 1 || target === '.'
    const from = instruction.flags['from']
    const mode = instruction.flags['chmod']
    const origin = this.#origin(from)
    const found = sources.flatMap((source) => this.#expand(source, origin, from !== undefined))
    const copied = found.map(({ path, file, isFolder }): readonly [string, ContextFile] => {
      const base = this.#absolute(target)
      const place = isFolder ? posix.join(base, path) : into ? posix.join(base, posix.basename(path)) : base
      return [place.slice(1), mode === undefined ? file : { ...file, mode: Number.parseInt(mode, 8) }]
    })
    return new Map(copied)
  }

  /** undefined: of an image, which is not pulled. */
  #origin(from: string | undefined): Files | undefined {
    if (from === undefined) return this.#options.context
    return this.#find(substitute(from, this.#variables()))?.files
  }

  #expand(source: string, origin: Files | undefined, ofStage: boolean) {
    if (/^(?:https?|git|ssh):|^git@/.test(source)) {
      throw new Failure(
        `failed to solve: the rehearsal's stand-in does not fetch '${source}': it builds without a network`,
      )
    }
    const wanted = posix.normalize(source).replace(/^(?:\.?\/)+|\/$/g, '')
    const found = origin === undefined ? [] : matching(wanted === '.' ? '' : wanted, origin)
    if (found.length > 0) return found
    if (ofStage) {
      info(`COPY --from: '${source}' would come from what is not run here, and is left out.`)
      return []
    }
    throw new Failure(
      `failed to solve: failed to compute cache key: failed to calculate checksum of ref: "/${wanted}": not found`,
    )
  }
}

interface Found {
  /** Of a file its own path; below a folder the rest. */
  readonly path: string
  readonly file: ContextFile
  readonly isFolder: boolean
}

/** A folder stands for what is in it. */
function matching(wanted: string, files: Files): readonly Found[] {
  const whole = toRegExp(wanted)
  return [...files].flatMap(([path, file]): readonly Found[] => {
    if (wanted === '') return [{ path, file, isFolder: true }]
    if (whole.test(path)) return [{ path, file, isFolder: false }]
    const parts = path.split('/')
    const at = parts.findIndex((_, index) => index > 0 && whole.test(parts.slice(0, index).join('/')))
    return at < 0 ? [] : [{ path: parts.slice(at).join('/'), file, isFolder: true }]
  })
}

function merged(env: readonly string[], pairs: readonly (readonly [string, string])[]): readonly string[] {
  const all = new Map(env.map((pair) => [pair.split('=')[0] ?? '', pair]))
  for (const [name, value] of pairs) all.set(name, `${name}=${value}`)
  return [...all.values()]
}

function exposed(text: string): Readonly<Record<string, object>> {
  return Object.fromEntries(wordsOf(text).map((port) => [port.includes('/') ? port : `${port}/tcp`, {}]))
}

function healthTest(text: string): readonly string[] {
  if (/^NONE$/i.test(text)) return ['NONE']
  const command = text.replace(/^CMD\s+/i, '')
  const list = jsonList(command)
  return list ? ['CMD', ...list] : ['CMD-SHELL', command]
}
