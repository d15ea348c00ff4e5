/** Finds an npm that the action's own Node can run, and gives it a clean environment. */
import { constants, realpath } from 'node:fs/promises'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import type { Runner } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { exists } from './files.ts'
import { realPathWithin } from './location.ts'

/** The variables of the job. */
export type Env = Runner['env']

/** A program and the arguments that come before npm's own. */
export interface Npm {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * The npm that came with the action's Node, for it fits; else the one on PATH, run by the action's Node all the same,
 * since the job may have put an old Node first.
 *
 * @throws an ActionError when there is none
 */
export async function findNpm(env: Env, execPath = process.execPath): Promise<Npm> {
  for (const script of [...ownScripts(execPath), ...(await scriptsOnPath(env))]) {
    if (await exists(script)) return { file: execPath, args: [script] }
  }
  const program = await programOnPath(env)
  if (program !== undefined) return { file: program, args: [] }
  throw new ActionError('npm was found neither beside the Node that runs this action nor on PATH.', {
    hint: 'Use actions/setup-node before this step, or a runner that has npm.',
  })
}

/** As Node's own archives lay it out, on Unix and on Windows. */
function ownScripts(execPath: string): readonly string[] {
  const folder = dirname(execPath)
  const script = join('node_modules', 'npm', 'bin', 'npm-cli.js')
  return [join(folder, '..', 'lib', script), join(folder, script)]
}

/** What `npm` on PATH leads to: a link to the script on Unix, a file beside its folder on Windows. */
async function scriptsOnPath(env: Env): Promise<readonly string[]> {
  const scripts: string[] = []
  for (const folder of await searchPath(env)) {
    const target = await realpath(join(folder, 'npm')).catch(() => undefined)
    if (target === undefined) continue
    if (basename(target) === 'npm-cli.js') scripts.push(target)
    scripts.push(join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
  }
  return scripts
}

/** The launcher of a version manager, say, which only works as the program that it is. */
async function programOnPath(env: Env): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined
  for (const folder of await searchPath(env)) {
    const program = join(folder, 'npm')
    if (await exists(program, constants.X_OK)) return program
  }
  return undefined
}

/**
 * The folders of PATH that programs may be taken from beside the token. A job often adds its `node_modules/.bin`: what lies
 * in the workspace, or is named relative to it, is whatever was pushed, from a fork even.
 */
export async function searchPath(env: Env): Promise<readonly string[]> {
  const workspace = env['GITHUB_WORKSPACE']
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter).filter(isAbsolute)
  if (!workspace) return folders
  const pushed = await Promise.all(folders.map((folder) => realPathWithin(workspace, folder)))
  return folders.filter((_, index) => pushed[index] === undefined)
}

/**
 * The global configuration of the npm on PATH, where an administrator sets a mirror or a certificate. npm derives its
 * place from the Node that runs it, so that another Node would overlook it.
 */
export async function findGlobalConfig(env: Env): Promise<string | undefined> {
  if (Object.keys(env).some((name) => name.toLowerCase() === 'npm_config_globalconfig')) return undefined
  for (const folder of await searchPath(env)) {
    if (!(await exists(join(folder, 'npm')))) continue
    const prefix = process.platform === 'win32' ? folder : dirname(folder)
    const config = join(prefix, 'etc', 'npmrc')
    return (await exists(config)) ? config : undefined
  }
  return undefined
}

/**
 * npm keeps the variables of the job, for an .npmrc may refer to any of them (registry, mirror, proxy and their
 * credentials), except inputs, the state of steps and the tokens of GitHub and Cloudflare. Whatever else the job has
 * set, npm sees; it runs no script of a package, and no program that was pushed.
 */
export async function npmEnvironment(env: Env): Promise<Record<string, string>> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(INPUT_|STATE_|ACTIONS_|CLOUDFLARE_|CF_|GITHUB_TOKEN$|GH_TOKEN$|NODE_OPTIONS$|NODE_ENV$|PATH$)/i.test(
        entry[0],
      ),
  )
  return { ...Object.fromEntries(kept), PATH: (await searchPath(env)).join(delimiter) }
}
