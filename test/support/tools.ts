/** Standard tools that some tests run beside the pack. `.ci/run` installs them all; elsewhere a test may go without. */
import { spawnSync } from 'node:child_process'

/**
 * Whether to leave out a test because a program is not installed, which is said. In CI nothing is left out: a test that
 * lacks its program fails there.
 */
export function lacks(...programs: readonly string[]): boolean {
  if (process.env['CI']) return false
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0)
  if (missing.length > 0) console.warn(`Left out, since there is no ${missing.join(' and no ')} here.`)
  return missing.length > 0
}
