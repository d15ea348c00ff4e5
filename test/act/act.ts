/** Runs a workflow with act on this machine, without Docker, against the doubles of a rehearsal's scene. */
import { spawnSync } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { farSide } from '../../rehearsal/far-side.ts'
import type { RehearseOptions } from '../../rehearsal/options.ts'
import { baseEnvironment } from '../../rehearsal/runner/environment.ts'
import { execute, runnerPatience } from '../../rehearsal/runner/process.ts'
import { setScene } from '../../rehearsal/scene.ts'
import { type Account, accountOf } from './account.ts'
import { readJobs } from './log.ts'
import { stageRepositories, stageWorkflow } from './stage.ts'

type Scene = Awaited<ReturnType<typeof setScene>>

/** An act that has not ended after this many milliseconds is stopped. */
const DEADLINE = 10 * 60_000

/** @returns `act version 0.2.89` @throws Error that says how to get one */
export function versionOf(act: string): string {
  const { status, stdout } = spawnSync(act, ['--version'], { encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  throw new Error(`There is no act at "${act}". Build one: GOBIN=FOLDER go install github.com/nektos/act@v0.2.89`)
}

/** @param log where everything that act prints is kept */
export async function runWithAct(act: string, options: RehearseOptions, log: string): Promise<Account> {
  await using stack = new AsyncDisposableStack()
  const scene = await setScene(options, stack)
  const root = join(scene.folders.root, 'act')
  const given = await prepare(scene, options.workflow, root)
  const lines: string[] = []
  const code = await execute({
    file: act,
    args: [scene.identity.event, ...given],
    cwd: join(root, 'workspace'),
    env: environment(scene, root),
    signal: AbortSignal.any([AbortSignal.timeout(DEADLINE), ...(options.cancel ? [options.cancel] : [])]),
    kill: new AbortController().signal,
    patience: runnerPatience,
    onLine: (line) => lines.push(line),
  })
  await writeFile(log, `${lines.join('\n')}\n`)
  const jobs = readJobs(lines)
  const failed = jobs.some(({ result }) => result === 'failure')
  if (jobs.length === 0 || (code !== 0) !== failed) {
    throw new Error(`act ended with exit code ${code}, see ${log}\n${lines.slice(-10).join('\n')}`)
  }
  return accountOf(jobs, scene)
}

/** Everything act is told by file, so that no token is on its command line. @returns its arguments */
async function prepare(scene: Scene, workflow: string, root: string): Promise<readonly string[]> {
  const { identity, folders, secrets, vars } = scene
  const permissions = allPermissions(scene)
  const far = farSide(scene.github, scene.copy, identity)
  const { token, runtime } = far.startJob({ id: 'act', name: 'act', permissions })
  await Promise.all(['home', 'workspace', 'cache'].map((name) => mkdir(join(root, name), { recursive: true })))
  // Kept from run to run, as the rehearsal does: wrangler is installed there.
  await symlink(folders.toolCache, join(root, 'cache', 'tool_cache'))
  const text = await readFile(workflow, 'utf8')
  await stageWorkflow(text, join(root, 'workflow.yml'))
  const repositories = await stageRepositories(text, join(root, 'repositories'), folders.actions)
  const file = async (name: string, content: unknown) => {
    await writeFile(join(root, name), JSON.stringify(content))
    return join(root, name)
  }
  return [
    ...['--workflows', join(root, 'workflow.yml'), '--directory', join(root, 'workspace')],
    ...['--eventpath', await file('event.json', identity.payload), '--actor', identity.actor],
    ...[
      '--env-file',
      await file('env.yml', { ...contextEnvironment(scene), ...standInEnvironment(scene, token, root), ...runtime }),
    ],
    ...['--secret-file', await file('secrets.yml', { ...secrets, GITHUB_TOKEN: token })],
    ...['--var-file', await file('vars.yml', vars), '--input-file', await file('inputs.yml', {})],
    ...repositories.flatMap(({ name, folder }) => ['--local-repository', `${name}=${folder}`]),
    ...['--action-cache-path', join(root, 'cache'), '--action-offline-mode', '--no-cache-server', '--no-skip-checkout'],
    ...['--platform', 'ubuntu-latest=-self-hosted', '--defaultbranch', 'main', '--concurrent-jobs', '1'],
    ...['--container-daemon-socket', '-', '--json', '--verbose'],
  ]
}

/** Act has one token for all jobs. */
function allPermissions({ workflow, readOnlyToken }: Scene): Record<string, 'read' | 'write' | 'none'> {
  const granted: Record<string, 'read' | 'write' | 'none'> = {}
  for (const [name, level] of workflow.jobs.flatMap(({ permissions }) => Object.entries(permissions ?? {}))) {
    const given = readOnlyToken && level === 'write' ? 'read' : level
    if (granted[name] !== 'write') granted[name] = given
  }
  return granted
}

/** Where act takes its `github` context from; SHA_REF is its name for the commit. */
function contextEnvironment({ identity, cloudflare }: Scene): Record<string, string> {
  return {
    GITHUB_API_URL: identity.apiUrl,
    GITHUB_SERVER_URL: identity.serverUrl,
    GITHUB_REPOSITORY: identity.repository,
    GITHUB_REPOSITORY_OWNER: identity.repository.split('/')[0] ?? '',
    GITHUB_REF: identity.ref,
    GITHUB_REF_NAME: identity.refName,
    GITHUB_REF_TYPE: identity.refType,
    GITHUB_HEAD_REF: identity.headRef,
    GITHUB_BASE_REF: identity.baseRef,
    GITHUB_WORKFLOW_REF: `${identity.repository}/${identity.workflowPath}@${identity.ref}`,
    GITHUB_RUN_ID: `${identity.runId}`,
    GITHUB_RUN_NUMBER: `${identity.runNumber}`,
    GITHUB_RUN_ATTEMPT: `${identity.attempt}`,
    SHA_REF: identity.sha,
    CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl,
  }
}

/** The same words that the rehearsal has for its stand-ins. */
function standInEnvironment(scene: Scene, token: string, root: string): Record<string, string> {
  const { folders } = scene
  return {
    REHEARSAL_ORIGIN: pathToFileURL(folders.origin).href,
    REHEARSAL_ARTIFACTS: folders.artifacts,
    REHEARSAL_NODE: folders.node,
    REHEARSAL_TOKEN: token,
    REHEARSAL_PERMISSIONS: JSON.stringify(allPermissions(scene)),
    REHEARSAL_PERMISSION_USE: join(root, 'permission-use'),
  }
}

/** Neither act's own configuration nor any other of the caller is at hand; npm finds its cache and its registry. */
function environment({ folders }: Scene, root: string): Record<string, string> {
  const base = baseEnvironment(process.env)
  return {
    npm_config_cache: join(homedir(), '.npm'),
    npm_config_userconfig: join(homedir(), '.npmrc'),
    ...base,
    HOME: join(root, 'home'),
    XDG_CACHE_HOME: join(root, 'cache'),
    XDG_CONFIG_HOME: join(root, 'home'),
    PATH: [folders.node, base['PATH']].join(delimiter),
  }
}
