/** Programs of the system that read and write archives too. */
import { spawnSync } from 'node:child_process'

/** Whether some are missing here, which is said once: what a test does not show must not go unnoticed. */
export function tools(...names: readonly string[]): { readonly without: boolean } {
  const missing = names.filter((name) => spawnSync('which', [name]).status !== 0)
  if (missing.length > 0) console.warn(`Skipped, because ${missing.join(' and ')} cannot be found here.`)
  return { without: missing.length > 0 }
}
