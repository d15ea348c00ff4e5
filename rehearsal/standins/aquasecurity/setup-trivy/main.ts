import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { act, addPath, Failure, flag, info, input, refuse, variable, warning, workspace } from '../../action.ts'

const program = resolve(import.meta.dirname, '..', '..', 'trivy', 'trivy.ts')

/** Published with stolen credentials in March 2026: GHSA-69fq-xp46-6x23. */
const COMPROMISED = ['v0.69.4', 'v0.69.5', 'v0.69.6']

await act(() => {
  refuse({ 'github-server-url': ['https://github.com'] })
  const version = input('version')
  const known = checkVersion(version)
  const folder = join(folderOf(input('path')), 'trivy-bin')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'trivy'), script(known))
  chmodSync(join(folder, 'trivy'), 0o755)
  addPath(folder)
  info(`installed trivy ${known} (stand-in)`)
})

/** The real action's script takes a release's tag. @returns the one that the stand-in says it is */
function checkVersion(version: string): string {
  if (version === '' || version === 'latest') {
    if (flag('cache')) info("'setup-trivy' does not cache the 'latest' version")
    warning(
      "setup-trivy installs the newest release, whichever that is when the job runs. Give 'version' a release, as v0.70.0.",
    )
    return 'v0.70.0'
  }
  if (COMPROMISED.includes(version)) {
    throw new Failure(
      `trivy ${version} was published with stolen credentials (GHSA-69fq-xp46-6x23). Take another version.`,
    )
  }
  if (/^v\d+\.\d+\.\d+$/.test(version)) return version
  throw new Failure(`There is no release '${version}' of trivy: tags are as v0.70.0.`)
}

/** A rehearsal leaves the machine's own home folder alone. */
function folderOf(path: string): string {
  return path === '$HOME/.local/bin' ? join(variable('RUNNER_TEMP'), '.local', 'bin') : workspace(path)
}

/** A step sees no variable of the caller, so that the program is told here of a real one that is to be used. */
function script(version: string): string {
  const { REHEARSAL_TRIVY: real = '' } = process.env
  const settings = `REHEARSAL_TRIVY_VERSION=${quoted(version)} REHEARSAL_TRIVY=${quoted(real)}`
  return `#!/bin/sh\n${settings} exec ${quoted(process.execPath)} ${quoted(program)} "$@"\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
