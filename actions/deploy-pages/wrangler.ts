/** One run of `wrangler pages deploy`, and what it left in its output file. Its exit code proves nothing either way. */
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import * as v from 'valibot'
import type { Run, RunResult } from '../../src/process.ts'
import { rememberWranglerFolder } from './checkout.ts'
import { readText } from './files.ts'
import { printable } from './lines.ts'
import { type Env, searchPath } from './npm.ts'
import type { Target } from './target.ts'
import type { Wrangler } from './wrangler-install.ts'
import { noteStatus, readLastRefusal } from './wrangler-log.ts'

/** What wrangler is told. */
export interface UploadOrder {
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
  /** Takes each line that wrangler prints, made fit for the log. */
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
const Entry = v.pipe(v.string(), v.parseJson(), v.variant('type', [Recorded, Failed]))

/**
 * How far wrangler came, by what it prints: it says that it uploads before its first upload, and that it deploys once
 * Cloudflare has answered with a deployment.
 */
export type Reach = 'nothing' | 'uploading' | 'taken'

/** How wrangler ended. Only `recorded` names a deployment, and that it is one is still to be proven. */
export type WranglerEnd =
  | { readonly kind: 'recorded'; readonly id: string; readonly url: string; readonly alias: string | undefined }
  | {
      readonly kind: 'failed'
      readonly code: number | undefined
      readonly message: string | undefined
      readonly retryAfter: number | undefined
      /** Of Cloudflare's last answer; undefined when there was none. */
      readonly status: number | undefined
      readonly reach: Reach
      readonly run: RunResult
    }
  | {
      readonly kind: 'timed-out'
      /** What Cloudflare answered last, where that was a refusal. */
      readonly refusal: string | undefined
      readonly reach: Reach
      readonly run: RunResult
    }

/** @throws the signal's reason when aborted */
export async function deployWithWrangler(
  wrangler: Wrangler,
  order: UploadOrder,
  ports: WranglerPorts,
): Promise<WranglerEnd> {
  const own = join(ports.scratch, randomUUID()) // the output file is appended to, so that every attempt needs a new one
  const files = {
    own,
    output: join(own, 'output.ndjson'),
    noVariables: join(own, 'no-variables'),
    logs: join(own, 'logs'),
    status: join(own, 'status'),
  }
  await mkdir(own, { recursive: true })
  await writeFile(files.noVariables, '')
  const restore = await rememberWranglerFolder(order.workingDirectory)
  try {
    const result = await ports.run(
      process.execPath,
      [noteStatus(files.status, order.apiBaseUrl), wrangler.script, ...argumentsOf(order, files)],
      {
        cwd: order.workingDirectory,
        env: await childEnvironment(wrangler, order, ports.env, files),
        timeout: order.timeout,
        signal: ports.signal,
        onLine: (line) => isStack(line) || ports.print(printable(line)),
      },
    )
    const [output = '', status, refusal] = await Promise.all([
      readText(files.output),
      readText(files.status),
      readLastRefusal(files.logs),
    ])
    return readEnd(result, output, { status: status === undefined ? undefined : Number(status), refusal })
  } finally {
    await restore()
  }
}

/** wrangler prints its own where it fails to explain a refused token; nobody who deploys can do anything with it. */
function isStack(line: string): boolean {
  return /^\s+at .*(wrangler-dist|node:internal)/.test(line)
}

interface Files {
  readonly own: string
  readonly output: string
  readonly noVariables: string
  readonly logs: string
  readonly status: string
}

/** Branch and message come from whoever pushed: each is one argument with its flag, and none can become another. */
function argumentsOf({ directory, projectName, target }: UploadOrder, { noVariables }: Files): readonly string[] {
  const { branch, commitHash, commitMessage } = target
  return [
    'pages',
    'deploy',
    directory,
    `--project-name=${quoted(projectName)}`,
    `--branch=${quoted(branch)}`,
    `--commit-hash=${quoted(commitHash)}`,
    ...(commitMessage === undefined ? [] : [`--commit-message=${quoted(commitMessage)}`]),
    '--commit-dirty=false',
    // Otherwise it reads the checkout's .env, which could send the token to another API or through another proxy.
    `--env-file=${noVariables}`,
  ]
}

/**
 * wrangler's parser takes one pair of quotes off every value (`stripQuotes` in yargs/yargs-parser). These are there to be
 * taken: without them a branch that is called `"main"`, which is a valid name, would arrive as `main`.
 */
function quoted(value: string): string {
  return `"${value}"`
}

/**
 * The job's variables that wrangler needs on any machine; it gets no other. By RUNNER_TRACKING_ID the runner finds what a
 * killed step has left running, and ends it with the job (actions/runner `JobExtension.cs`).
 */
const PASSED_ON =
  /^(PATHEXT|HOME|USERPROFILE|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|APPDATA|LOCALAPPDATA|LANG|LC_ALL|TZ|(HTTPS?|ALL|NO)_PROXY|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(FILE|DIR)|CLOUDFLARE_COMPLIANCE_REGION|RUNNER_TRACKING_ID)$/i

async function childEnvironment(wrangler: Wrangler, order: UploadOrder, env: Env, { own, output, logs }: Files) {
  const passedOn = Object.entries(env).filter(([name]) => PASSED_ON.test(name))
  return {
    ...Object.fromEntries(passedOn),
    PATH: (await searchPath(env)).join(delimiter), // it runs git
    CLOUDFLARE_API_TOKEN: order.apiToken,
    CLOUDFLARE_ACCOUNT_ID: order.accountId,
    CLOUDFLARE_API_BASE_URL: order.apiBaseUrl,
    WRANGLER_OUTPUT_FILE_PATH: output,
    WRANGLER_LOG_PATH: logs,
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

interface LastAnswer {
  readonly status: number | undefined
  /** What a wrangler that was killed had been refused. */
  readonly refusal: string | undefined
}

function readEnd(run: RunResult, output: string, { status, refusal }: LastAnswer): WranglerEnd {
  const entries = output.split('\n').map(parseEntry)
  const recorded = entries.find((entry) => entry?.type === 'pages-deploy-detailed')
  if (recorded !== undefined) {
    return { kind: 'recorded', id: recorded.deployment_id, url: recorded.url, alias: recorded.alias }
  }
  if (run.outcome === 'timed-out') return { kind: 'timed-out', refusal, reach: reachOf(run), run }
  const failed = entries.findLast((entry) => entry?.type === 'command-failed')
  return {
    kind: 'failed',
    code: failed?.code,
    message: failed?.message,
    retryAfter: failed?.retry_after_ms,
    status,
    reach: reachOf(run),
    run,
  }
}

/** undefined for an entry of another type, and for a line that a killed wrangler could not finish. */
function parseEntry(line: string): v.InferOutput<typeof Entry> | undefined {
  const parsed = v.safeParse(Entry, line)
  return parsed.success ? parsed.output : undefined
}

function reachOf({ stdout }: RunResult): Reach {
  if (/^\P{L}*Deploying\.\.\.$/mu.test(stdout)) return 'taken'
  return /^Uploading\.\.\. \(/m.test(stdout) ? 'uploading' : 'nothing'
}
