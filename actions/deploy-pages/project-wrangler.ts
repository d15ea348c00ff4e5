/** The wrangler that the project itself has installed. */
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { ActionError } from '../../src/errors.ts'
import { exists, readText } from './files.ts'
import { isWithin, realPathWithin } from './location.ts'
import type { Env } from './npm.ts'
import type { Wrangler } from './wrangler-install.ts'
import { isTooOld, OLDEST_WRANGLER } from './wrangler-version.ts'

const Manifest = v.pipe(v.string(), v.parseJson(), v.object({ version: v.string() }))

/**
 * As Node resolves it: in `node_modules` of the folder, or of the nearest one above that has it. Only in the workspace,
 * links resolved: what stands above it on a persistent runner is shared by the jobs of all repositories, and whoever
 * wrote it there would get the token.
 *
 * @throws an ActionError when there is none, or none that this action can use
 */
export async function findProjectWrangler(workingDirectory: string, env: Env): Promise<Wrangler> {
  const workspace = env['GITHUB_WORKSPACE'] || workingDirectory
  const found = await findPackage(workingDirectory, workspace)
  if (found === undefined) {
    throw new ActionError(
      `wrangler-version is "project", but no wrangler is installed in ${workingDirectory} or above it in the workspace.`,
      {
        hint: 'Install the dependencies of the project before this step (npm ci, say) with wrangler among them, or leave wrangler-version out to use the pinned one.',
      },
    )
  }
  const folder = await realPathWithin(workspace, found)
  if (folder === undefined) {
    throw new ActionError(`The project's wrangler, ${found}, is a link that leaves the workspace.`, {
      hint: 'Have it installed into the workspace itself, or leave wrangler-version out to use the pinned one.',
    })
  }
  const manifest = v.safeParse(Manifest, await readText(join(folder, 'package.json')))
  const script = join(folder, 'bin', 'wrangler.js')
  if (!manifest.success || !(await exists(script))) {
    throw new ActionError(`The wrangler in ${folder} is not whole.`, {
      hint: 'Install the dependencies of the project again.',
    })
  }
  const { version } = manifest.output
  if (isTooOld(version)) {
    throw new ActionError(`The project's wrangler is ${version}, which does not record why a deployment failed.`, {
      hint: `Update it to ${OLDEST_WRANGLER} or newer, or leave wrangler-version out to use the pinned one.`,
    })
  }
  const compileCache = join(env['RUNNER_TEMP'] ?? tmpdir(), `slipway-compile-cache-${randomUUID()}`)
  return { version, script, compileCache, installedIn: undefined }
}

async function findPackage(start: string, workspace: string): Promise<string | undefined> {
  for (let folder = start; isWithin(workspace, folder); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', 'wrangler')
    if (await exists(join(found, 'package.json'))) return found
    if (folder === dirname(folder)) return undefined
  }
  return undefined
}
