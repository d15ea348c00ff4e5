/** One run of `wrangler pages deploy`, and what it left in its output file. Its exit code proves nothing either way. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Run, RunResult } from '../../src/process.ts'
import { rememberWranglerFolder } from './checkout.ts'
import type { Env } from './npm.ts'
import type { Target } from './target.ts'
import type { Wrangler } from './wrangler-install.ts'

/** What wrangler is told. */
export interface Order {
  readonly apiToken: string
  readonly accountId: string
  readonly apiBaseUrl: string
  readonly projectName: string
  readonly directory: string
  readonly workingDirectory: string
  readonly target: Target
  /** Milliseconds. */
  readonly timeout: number
}

export interface WranglerPorts {
  readonly run: Run
  readonly env: Env
  readonly signal: AbortSignal
  /** A folder for whatever wrangler writes; removed by its owner. */
  readonly scratch: string
  /** Takes each line that wrangler prints. */
  readonly print: (line: string) => void
}

const Recorded = v.object({
  type: v.literal('pages-deploy-detailed'),
  deployment_id: v.pipe(v.string(), v.minLength(1)),
  url: v.string(),
  alias: v.optional(v.string()),
})
const Failed = v.object({
  type: v.literal('command-failed'),
  code: v.optional(v.number()),
  message: v.string(),
  retry_after_ms: v.optional(v.number()),
})
const Entry = v.variant('type', [Recorded, Failed])

/** How an attempt went. Only `recorded` names a deployment, and that it is one is still to be proven. */
export type Attempt =
  | { readonly kind: 'recorded'; readonly id: string; readonly url: string; readonly alias: string | undefined }
  | {
      readonly kind: 'failed'
      readonly code: number | undefined
      readonly message: string | undefined
      readonly retryAfter: number | undefined
      readonly run: RunResult
    }
  | { readonly kind: 'timed-out'; readonly run: RunResult }

/** @throws the signal's reason when aborted */
export async function deployWithWrangler(wrangler: Wrangler, order: Order, ports: WranglerPorts): Promise<Attempt> {
  const own = join(ports.scratch, randomUUID()) // the output file is appended to, so that every attempt needs a new one
  const files = { own, output: join(own, 'output.ndjson'), noVariables: join(own, 'no-variables') }
  await mkdir(own, { recursive: true })
  await writeFile(files.noVariables, '')
  const restore = await rememberWranglerFolder(order.workingDirectory)
  try {
    const result = await ports.run(process.execPath, [wrangler.script, ...argumentsOf(order, files)], {
      cwd: order.workingDirectory,
      env: childEnvironment(wrangler, order, ports.env, files),
      timeout: order.timeout,
      signal: ports.signal,
      onLine: (line) => ports.print(inert(line)),
    })
    return readAttempt(result, await readFile(files.output, 'utf8').catch(() => ''))
  } finally {
    await restore()
  }
}

interface Files {
  readonly own: string
  readonly output: string
  readonly noVariables: string
}

/** Branch and message come from whoever pushed: each is one argument with its flag, and none can become another. */
function argumentsOf({ directory, projectName, target }: Order, { noVariables }: Files): readonly string[] {
  const { branch, commitHash, commitMessage } = target
  return [
    'pages',
    'deploy',
    directory,
    `--project-name=${projectName}`,
    `--branch=${branch}`,
    `--commit-hash=${commitHash}`,
    ...(commitMessage === undefined ? [] : [`--commit-message=${commitMessage}`]),
    '--commit-dirty=false',
    // Otherwise it reads the checkout's .env, which could send the token to another API or through another proxy.
    `--env-file=${noVariables}`,
  ]
}

/** The job's variables that wrangler needs on any machine; it gets no other. */
const PASSED_ON =
  /^(PATH|PATHEXT|HOME|USERPROFILE|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|APPDATA|LOCALAPPDATA|LANG|LC_ALL|TZ|(HTTPS?|ALL|NO)_PROXY|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|CLOUDFLARE_COMPLIANCE_REGION)$/i

function childEnvironment(wrangler: Wrangler, order: Order, env: Env, { own, output }: Files) {
  const passedOn = Object.entries(env).filter(([name]) => PASSED_ON.test(name))
  return {
    ...Object.fromEntries(passedOn),
    CLOUDFLARE_API_TOKEN: order.apiToken,
    CLOUDFLARE_ACCOUNT_ID: order.accountId,
    CLOUDFLARE_API_BASE_URL: order.apiBaseUrl,
    WRANGLER_OUTPUT_FILE_PATH: output,
    WRANGLER_LOG_PATH: join(own, 'logs'),
    WRANGLER_CACHE_DIR: join(own, 'cache'),
    XDG_CONFIG_HOME: join(own, 'config'),
    TMPDIR: own,
    TMP: own,
    TEMP: own,
    NODE_COMPILE_CACHE: wrangler.compileCache,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    DO_NOT_TRACK: '1',
    WRANGLER_HIDE_BANNER: 'true',
    CI: 'true',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    // It is told all about the commit. Where git finds no repository it neither asks nor warns about the working tree,
    // which a build changes anyway, nor refreshes .git/index.
    GIT_DIR: join(own, 'no-repository'),
  }
}

function readAttempt(run: RunResult, output: string): Attempt {
  const entries = output.split('\n').map(parseEntry)
  const recorded = entries.find((entry) => entry?.type === 'pages-deploy-detailed')
  if (recorded !== undefined) {
    return { kind: 'recorded', id: recorded.deployment_id, url: recorded.url, alias: recorded.alias }
  }
  if (run.outcome === 'timed-out') return { kind: 'timed-out', run }
  const failed = entries.findLast((entry) => entry?.type === 'command-failed')
  return {
    kind: 'failed',
    code: failed?.code,
    message: failed?.message,
    retryAfter: failed?.retry_after_ms,
    run,
  }
}

/** undefined for an entry of another type, and for a line that a killed wrangler could not finish. */
function parseEntry(line: string): v.InferOutput<typeof Entry> | undefined {
  try {
    const parsed = v.safeParse(Entry, JSON.parse(line))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** A line of a program's output that the runner cannot take for a command (actions/runner `ActionCommand.cs`). */
export function inert(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1: ').replaceAll('##[', '## [')
}
