/** Runs a committed bundle as the runner does: a child process, told everything by environment and files. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { type Manifest, readManifest } from '../../scripts/action-yml.ts'
import { type Annotation, readCommands, readFileCommand } from './commands.ts'
import { push, REPOSITORY, type RunContext } from './context.ts'

const ACTIONS = resolve(import.meta.dirname, '../../actions')
/** Milliseconds for a child, unless its test says otherwise. */
const DEADLINE = 60_000

export interface BundleOptions {
  /** As under `with:`, those whose default is an expression included. Undefined ones are left out. */
  readonly inputs?: Readonly<Record<string, string | undefined>>
  /** The embedded GitHub; without it nothing answers there. */
  readonly github?: EmbeddedGitHub
  /**
   * Gives the step what an action needs to reach the artifact service of `github`. Its run, GITHUB_RUN_ID (RUN_ID unless
   * `env` says otherwise), must have been added: the step belongs to a job of its own in the newest attempt.
   */
  readonly artifacts?: boolean
  /** The event of the run; a push to main when left out. */
  readonly context?: RunContext
  /** Added to the step's environment, over what the runner sets. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** GITHUB_WORKSPACE and the working directory; an empty temporary folder when left out. */
  readonly workspace?: string
  /** Runs the post step of this main step: with its state, and with the variables that it exported. */
  readonly postOf?: BundleResult
  /** Milliseconds after which the child is killed and fails its test. Default: 60,000. */
  readonly deadline?: number
  /** Called once the child has been started, to signal it, say. The child is waited for in any case. */
  readonly meanwhile?: (child: RunningStep) => Promise<void>
}

/** What a step is told of it; the rest of an embedded GitHub is its test's own business. */
export interface EmbeddedGitHub {
  readonly apiUrl: string
  readonly serverUrl: string
  readonly retentionDays?: number
  issueRuntimeToken?(runId: number): string
}

/** The run that a bundle belongs to. */
export const RUN_ID = 4242

export interface RunningStep {
  readonly pid: number
  kill(signal: NodeJS.Signals): void
  /** Settles once the text stands in standard output; rejects when the step ends without it. */
  prints(text: string): Promise<void>
}

export interface BundleResult {
  /** null when a signal ended it. */
  readonly exitCode: number | null
  /** Without the add-mask commands, whose values are in `masks`: nothing secret may be left in it. */
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  /** Written to GITHUB_ENV. */
  readonly env: Readonly<Record<string, string>>
  readonly state: Readonly<Record<string, string>>
  /** Markdown. */
  readonly summary: string
  readonly masks: readonly string[]
  readonly annotations: readonly Annotation[]
}

/**
 * Runs the main step of `actions/<name>`, or its post step when `postOf` is given.
 *
 * @throws when a given input is not declared, or when a declared default is an expression and no value is given
 */
export async function runBundle(name: string, options: BundleOptions = {}): Promise<BundleResult> {
  const action = readManifest(name)
  const entry = options.postOf === undefined ? action.runs.main : action.runs.post
  if (entry === undefined) throw new Error(`actions/${name} has no post step.`)
  const inputs = withDefaults(name, action.inputs, options.inputs ?? {})
  return runEntry(join(ACTIONS, name, entry), { ...options, inputs })
}

/** Runs one file as a step: what runBundle does for an action, without defaults. */
export async function runEntry(entry: string, options: BundleOptions): Promise<BundleResult> {
  const files = await RunnerFiles.create(options)
  try {
    const env = {
      ...runnerEnvironment(options, files),
      ...artifactVariables(options),
      ...prefixed('INPUT_', options.inputs ?? {}, inputVariable),
      ...options.postOf?.env,
      ...prefixed('STATE_', options.postOf?.state ?? {}),
      ...options.env,
    }
    const ended = await runChild(entry, env, files.workspace, options)
    return { ...ended, ...(await files.read()) }
  } finally {
    await files.remove()
  }
}

async function runChild(
  entry: string,
  env: NodeJS.ProcessEnv,
  cwd: string,
  { meanwhile, deadline: limit = DEADLINE }: BundleOptions,
): Promise<Pick<BundleResult, 'exitCode' | 'stdout' | 'stderr' | 'masks' | 'annotations'>> {
  const child = spawn(process.execPath, [entry], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let overdue = false
  const deadline = setTimeout(() => {
    overdue = child.kill('SIGKILL')
  }, limit)
  const closed = once(child, 'close')
  const stdout = new Transcript(child.stdout)
  const stderr = new Transcript(child.stderr)
  const step: RunningStep = {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    prints: (text) => stdout.waitFor(text),
  }
  try {
    await Promise.race([meanwhile?.(step), closed])
  } finally {
    await closed
    clearTimeout(deadline)
  }
  const text = `${stdout.text}${stderr.text}`
  if (overdue) throw new Error(`${entry} ran over ${limit / 1000} s:\n${text}`)
  return { exitCode: child.exitCode, stderr: stderr.text, ...readCommands(stdout.text) }
}

/** What a stream has said so far. */
class Transcript {
  text = ''
  readonly #stream: Readable

  constructor(stream: Readable) {
    this.#stream = stream.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk
    })
  }

  waitFor(wanted: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => this.text.includes(wanted) && resolve()
      look()
      this.#stream.on('data', look)
      this.#stream.once('close', () => reject(new Error(`Not printed: "${wanted}"\n${this.text}`)))
    })
  }
}

/** The files through which the runner and a step talk, in a folder of their own. */
class RunnerFiles {
  readonly root: string
  readonly workspace: string

  static async create({ workspace, context = push() }: BundleOptions): Promise<RunnerFiles> {
    const root = await mkdtemp(join(tmpdir(), 'slipway-bundle-'))
    for (const folder of ['workspace', 'temp', 'tools', 'home']) await mkdir(join(root, folder))
    for (const file of ['output', 'env', 'state', 'summary', 'path']) await writeFile(join(root, file), '')
    await writeFile(join(root, 'event.json'), JSON.stringify(context.event))
    return new RunnerFiles(root, workspace ?? join(root, 'workspace'))
  }

  private constructor(root: string, workspace: string) {
    this.root = root
    this.workspace = workspace
  }

  path(name: string): string {
    return join(this.root, name)
  }

  async read(): Promise<Pick<BundleResult, 'outputs' | 'env' | 'state' | 'summary'>> {
    const content = (name: string) => readFile(this.path(name), 'utf8')
    return {
      outputs: readFileCommand(await content('output')),
      env: readFileCommand(await content('env')),
      state: readFileCommand(await content('state')),
      summary: await content('summary'),
    }
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Nothing of this process's own environment reaches the step, except where programs are. */
function runnerEnvironment(options: BundleOptions, files: RunnerFiles): Record<string, string> {
  const { eventName, ref, sha } = options.context ?? push()
  const [owner = ''] = REPOSITORY.split('/')
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: files.path('home'),
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: 'step-1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: options.github?.apiUrl ?? 'http://127.0.0.1:9', // the discard port: nothing answers
    GITHUB_SERVER_URL: options.github?.serverUrl ?? 'http://127.0.0.1:9',
    GITHUB_EVENT_NAME: eventName,
    GITHUB_EVENT_PATH: files.path('event.json'),
    GITHUB_JOB: 'deploy',
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    GITHUB_REPOSITORY: REPOSITORY,
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: `${RUN_ID}`,
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SHA: sha,
    GITHUB_WORKFLOW: 'Deploy',
    GITHUB_WORKSPACE: files.workspace,
    GITHUB_ENV: files.path('env'),
    GITHUB_OUTPUT: files.path('output'),
    GITHUB_PATH: files.path('path'),
    GITHUB_STATE: files.path('state'),
    GITHUB_STEP_SUMMARY: files.path('summary'),
    RUNNER_ARCH: 'X64',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: files.path('temp'),
    RUNNER_TOOL_CACHE: files.path('tools'),
  }
}

function artifactVariables({ artifacts, github, env }: BundleOptions): Record<string, string> {
  if (artifacts !== true) return {}
  if (github?.issueRuntimeToken === undefined) throw new Error('Artifacts need an embedded GitHub: give github too.')
  const runId = Number(env?.['GITHUB_RUN_ID'] ?? RUN_ID)
  return {
    ACTIONS_RUNTIME_TOKEN: github.issueRuntimeToken(runId),
    ACTIONS_RUNTIME_URL: `${github.apiUrl}/`,
    ACTIONS_RESULTS_URL: `${github.apiUrl}/`,
    GITHUB_RETENTION_DAYS: `${github.retentionDays ?? 90}`,
  }
}

function withDefaults(
  name: string,
  declared: Manifest['inputs'],
  given: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  for (const input of Object.keys(given)) {
    if (!(input in declared)) throw new Error(`actions/${name}/action.yml declares no input ${input}.`)
  }
  const values = Object.entries(declared).map(([input, { default: fallback = '' }]) => {
    const value = given[input] ?? fallback
    if (value.includes('${{')) throw new Error(`Give input ${input} of ${name}: its default is an expression.`)
    return [input, value] as const
  })
  return Object.fromEntries(values)
}

/** Spaces become underscores, hyphens stay (actions/runner `Handler.cs`). */
function inputVariable(name: string): string {
  return name.replaceAll(' ', '_').toUpperCase()
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, string | undefined>>,
  rename: (name: string) => string = (name) => name,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${rename(name)}`, value]))
}
