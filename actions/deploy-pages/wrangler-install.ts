/**
 * Installs wrangler into the runner's tool cache, apart from the project: nothing of it is touched. The shipped package
 * leaves out `workerd` and `sharp`, which a deployment never runs: 48 MB instead of 228 MB.
 */
import { createHash, randomUUID } from 'node:crypto'
import { constants, copyFile, mkdir, mkdtemp, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { formatDuration } from '../../src/duration.ts'
import { ActionError } from '../../src/errors.ts'
import type { Run, RunResult } from '../../src/process.ts'
import { TRUST_HINT, UNTRUSTED } from './classify.ts'
import { exists, remove } from './files.ts'
import { quote } from './lines.ts'
import { type Env, findGlobalConfig, findNpm, npmEnvironment } from './npm.ts'

export interface Wrangler {
  readonly version: string
  /** The script that Node runs. */
  readonly script: string
  /** Where Node may keep compiled code, which spares a fifth of wrangler's start. */
  readonly compileCache: string
  /** Milliseconds; undefined when an earlier installation was found. */
  readonly installedIn: number | undefined
}

export interface InstallPorts {
  readonly run: Run
  readonly env: Env
  readonly signal: AbortSignal
  /** The folder with the shipped package. */
  readonly shippedWrangler: string
}

/** Milliseconds for npm as a whole; a usual installation takes 2 s. */
const INSTALL_TIMEOUT = 180_000
/** Written last, so that whatever is without it is half an installation. */
const MARKER = '.complete'

const Manifest = v.pipe(v.string(), v.parseJson(), v.object({ dependencies: v.object({ wrangler: v.string() }) }))

/** An installation under way. */
export interface Installation {
  readonly wrangler: Promise<Wrangler>
  /** Ends it if it is not done, and cleans up. */
  stop(): Promise<void>
}

/** Begins at once and reports nothing until its result is awaited, so that the preflight can run meanwhile. */
export function startInstallation(asked: string | undefined, ports: InstallPorts): Installation {
  const stopper = new AbortController()
  const signal = AbortSignal.any([ports.signal, stopper.signal])
  const { run, env, shippedWrangler } = ports
  const wrangler = installWrangler(asked, { run, env, signal, shippedWrangler })
  const settled = wrangler.then(
    () => {},
    () => {},
  )
  return {
    wrangler,
    stop() {
      stopper.abort()
      return settled
    },
  }
}

export function describeInstallation({ version, installedIn }: Wrangler): string {
  const how = installedIn === undefined ? 'is in the tool cache' : `was installed in ${formatDuration(installedIn)}`
  return `wrangler ${version} ${how}.`
}

/**
 * The pinned wrangler, or exactly the version that is asked for, installed only when the tool cache does not have it.
 *
 * @throws an ActionError with npm's own words when it cannot be installed
 */
export async function installWrangler(asked: string | undefined, ports: InstallPorts): Promise<Wrangler> {
  const manifest = await readFile(join(ports.shippedWrangler, 'package.json'), 'utf8')
  const pinned = v.parse(Manifest, manifest).dependencies.wrangler
  const version = asked ?? pinned
  const order: InstallOrder = {
    version,
    manifest: manifest.replace(`"wrangler": "${pinned}"`, `"wrangler": "${version}"`),
    locked: version === pinned,
  }

  const cache = await writableCache(ports.env)
  const place = join(
    cache,
    `${version}-${await fingerprint(ports.shippedWrangler)}`,
    `${process.platform}-${process.arch}`,
  )
  const found = await installed(place, version)
  if (found !== undefined) return { ...found, installedIn: undefined }

  const started = performance.now()
  const kept = await moveInto(place, version, await install(order, cache, ports))
  const wrangler = await installed(kept, version)
  if (wrangler === undefined) throw new Error(`wrangler ${version} is not in ${kept} after its installation.`)
  return { ...wrangler, installedIn: performance.now() - started }
}

/** What npm is told. */
interface InstallOrder {
  readonly version: string
  readonly manifest: string
  readonly locked: boolean
}

async function installed(folder: string, version: string): Promise<Omit<Wrangler, 'installedIn'> | undefined> {
  const script = join(folder, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  if (!(await exists(join(folder, MARKER))) || !(await exists(script))) return undefined
  return { version, script, compileCache: join(folder, 'compile-cache') }
}

/** Changes with every file of the shipped package. */
async function fingerprint(shipped: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(shipped)).sort()) hash.update(name).update(await readFile(join(shipped, name)))
  return hash.digest('hex').slice(0, 12)
}

/** A tool cache that is read-only, as in some container images, is as good as none. */
async function writableCache(env: Env): Promise<string> {
  const temporary = env['RUNNER_TEMP'] ?? tmpdir()
  for (const root of [env['RUNNER_TOOL_CACHE'], temporary]) {
    if (!root) continue
    const cache = join(root, 'slipway-wrangler')
    const made = await mkdir(cache, { recursive: true }).then(
      () => exists(cache, constants.W_OK),
      () => false,
    )
    if (made) return cache
  }
  throw new ActionError(`No folder for wrangler: neither RUNNER_TOOL_CACHE nor ${temporary} can be written to.`, {
    hint: 'Give the user that runs this job write access to one of them.',
  })
}

/** In a folder of its own beside the final place, so that a rename can move it there at once. */
async function install(order: InstallOrder, cache: string, ports: InstallPorts): Promise<string> {
  const folder = await mkdtemp(join(cache, 'installing-'))
  try {
    for (const name of await readdir(ports.shippedWrangler))
      await copyFile(join(ports.shippedWrangler, name), join(folder, name))
    await writeFile(join(folder, 'package.json'), order.manifest)
    if (!order.locked) await remove(join(folder, 'package-lock.json'))
    await runNpm(order, folder, ports)
    await writeFile(join(folder, MARKER), '')
    return folder
  } catch (error) {
    await remove(folder)
    throw error
  }
}

async function runNpm(
  { version, locked }: InstallOrder,
  folder: string,
  { run, env, signal }: InstallPorts,
): Promise<void> {
  const [npm, globalConfig] = await Promise.all([findNpm(env), findGlobalConfig(env)])
  const args = [
    ...npm.args,
    ...(locked ? ['ci'] : ['install', '--no-save', '--package-lock=false']),
    '--ignore-scripts',
    // Each of these may be set otherwise by the user's .npmrc or environment.
    '--include=optional',
    '--omit=dev',
    '--global=false',
    '--location=project',
    `--prefix=${folder}`,
    '--install-strategy=hoisted',
    '--dry-run=false',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--no-progress',
    '--loglevel=error',
    ...(globalConfig === undefined ? [] : [`--globalconfig=${globalConfig}`]),
    // npm's own patience with a registry that does not answer is 70 s and more.
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=8000',
  ]
  const options = { cwd: folder, env: await npmEnvironment(env), timeout: INSTALL_TIMEOUT, signal }
  const result = await run(npm.file, args, options)
  if (result.outcome !== 'exited' || result.exitCode !== 0) throw npmFailed(version, result)
}

function npmFailed(version: string, result: RunResult): ActionError {
  const lines = reasonOf(`${result.stdout}${result.stderr}`)
  const message = `wrangler ${version} could not be installed: npm ${endingOf(result)}.${quote(lines)}`
  return new ActionError(message, { hint: `${npmHint(lines.join('\n'))} Nothing was uploaded.` })
}

function endingOf({ outcome, exitCode, signal }: RunResult): string {
  if (outcome === 'timed-out') return `took over ${INSTALL_TIMEOUT / 1000} s`
  return outcome === 'exited' ? `ended with exit code ${exitCode}` : `was ended by ${signal}`
}

/** npm says first what is wrong; Node's stack and its fields follow. */
function reasonOf(output: string): readonly string[] {
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, ''))
  const stack = lines.findIndex((line) => /^\s+at /.test(line))
  return lines
    .slice(0, stack < 0 ? undefined : stack)
    .filter((line) => line.trim() !== '' && !/complete log of this run|debug-\d+\.log$/.test(line))
    .slice(0, 6)
}

function npmHint(output: string): string {
  if (/E404|ETARGET|notarget/.test(output)) {
    return 'Check wrangler-version; if npm uses a mirror of the registry, check that the mirror has this version.'
  }
  if (/EINTEGRITY/.test(output)) {
    return 'What the registry sent is not what was published. Check the mirror that npm uses, and its cache.'
  }
  if (/E401|E403/.test(output)) {
    return 'The registry that npm is configured for refused the request. Check registry and credentials in .npmrc (setup-node writes one for registry-url).'
  }
  if (UNTRUSTED.test(output))
    return `${TRUST_HINT} Where npm's configuration sets cafile, npm trusts that file alone: add the certificate there.`
  return 'Check that this runner reaches the registry that npm is configured for (registry, proxy and cafile in .npmrc), and run the job again.'
}

/** The place where the installation is now: the asked one, or where it was if that cannot be had. */
async function moveInto(place: string, version: string, folder: string): Promise<string> {
  await mkdir(dirname(place), { recursive: true })
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const moved = await rename(folder, place).then(
      () => true,
      () => false,
    )
    if (moved) return place
    if ((await installed(place, version)) !== undefined) {
      await remove(folder) // another job was faster, and its installation is as good
      return place
    }
    await discard(place)
  }
  return folder
}

/** Half an installation, left by a machine that went down or a cleaner: moved away first, for others may look at it. */
async function discard(place: string): Promise<void> {
  const aside = join(dirname(dirname(place)), `discarded-${randomUUID()}`)
  await rename(place, aside).catch(() => {})
  await remove(aside)
}
