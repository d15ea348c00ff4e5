/** Which wrangler may be asked for. */
import { ActionError } from '../../src/errors.ts'

/** The first wrangler that records why a command failed (the `command-failed` entry of its output file). */
export const OLDEST_WRANGLER = '4.44.0'

/** The value of wrangler-version for the wrangler that the project has installed. */
export const PROJECT_WRANGLER = 'project'

export function isTooOld(version: string): boolean {
  return version.localeCompare(OLDEST_WRANGLER, 'en', { numeric: true }) < 0
}

/** A range or a tag would deploy with another program tomorrow than today, and could not be kept in the tool cache. */
export function parseWranglerVersion(version: string | undefined): string | undefined {
  if (version === undefined || version === PROJECT_WRANGLER) return version
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    throw new ActionError(`Input wrangler-version is "${version}", which is not an exact version.`, {
      hint: `Write a whole version such as ${OLDEST_WRANGLER}, without a range, a tag or a leading v; or ${PROJECT_WRANGLER} for the one that the project has installed.`,
    })
  }
  if (isTooOld(version)) {
    throw new ActionError(`Input wrangler-version is ${version}, which does not record why a deployment failed.`, {
      hint: `Use ${OLDEST_WRANGLER} or newer, or leave the input out to use the pinned version.`,
    })
  }
  return version
}
