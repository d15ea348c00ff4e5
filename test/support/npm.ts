/** npm as on a machine that it has never run on. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { NETWORK } from '../deploy-pages/setup.ts'

/** What npm is configured for. */
export async function registryOrigin(): Promise<string> {
  const env = { ...process.env, ...NETWORK }
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], { env })
  return stdout.trim().replace(/\/$/, '')
}

/** For an npm that finds nothing where others have left it, and no `cafile`, beside which it heeds no variable. */
export const emptied = (folder: string, registry: string) => ({
  npm_config_registry: registry,
  npm_config_cafile: undefined,
  npm_config_globalconfig: join(folder, 'no-npmrc'),
  npm_config_userconfig: undefined,
  npm_config_cache: join(folder, 'npm-cache'),
  RUNNER_TOOL_CACHE: join(folder, 'tools'),
})
