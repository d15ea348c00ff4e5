/** The command line of the `trivy` stand-in: what the templates use, and nothing else. */
import { Fatal } from './report.ts'

export interface Flags {
  readonly values: Readonly<Record<string, string>>
  /** What is neither a command nor a flag. */
  readonly rest: readonly string[]
}

/** With a value; the short name where there is one. */
const VALUES: Readonly<Record<string, string>> = {
  format: 'f',
  output: 'o',
  severity: 's',
  scanners: '',
  input: '',
  timeout: '',
  'exit-code': '',
  'skip-dirs': '',
  'skip-files': '',
  'cache-dir': '',
  'db-repository': '',
  'java-db-repository': '',
  'checks-bundle-repository': '',
}

/** Without one, or with `=true` or `=false`. */
const SWITCHES: Readonly<Record<string, string>> = {
  quiet: 'q',
  'no-progress': '',
  'ignore-unfixed': '',
  'offline-scan': '',
  'skip-db-update': '',
  'skip-java-db-update': '',
  'skip-check-update': '',
  'skip-version-check': '',
  version: 'v',
}

/** Variables that stand for flags: those that change nothing here. */
const HARMLESS = new Set([
  'TRIVY_DB_REPOSITORY',
  'TRIVY_JAVA_DB_REPOSITORY',
  'TRIVY_CHECKS_BUNDLE_REPOSITORY',
  'TRIVY_CACHE_DIR',
  'TRIVY_NO_PROGRESS',
  'TRIVY_QUIET',
  'TRIVY_SKIP_DB_UPDATE',
  'TRIVY_SKIP_JAVA_DB_UPDATE',
  'TRIVY_SKIP_CHECK_UPDATE',
  'TRIVY_SKIP_VERSION_CHECK',
  'TRIVY_OFFLINE_SCAN',
  'TRIVY_TIMEOUT',
  'TRIVY_DISABLE_VEX_NOTICE',
])

/** @param allowed flags that this command knows @throws Fatal */
export function readFlags(args: readonly string[], allowed: readonly string[]): Flags {
  const values: Record<string, string> = {}
  const rest: string[] = []
  const queue = [...args]
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (!arg.startsWith('-') || arg === '-') {
      rest.push(arg)
      continue
    }
    const { name, value } = flagOf(arg, allowed)
    values[name] = value ?? (name in SWITCHES ? 'true' : (queue.shift() ?? missing(arg)))
  }
  return { values, rest }
}

/** Settings that the command line does not show would change a scan unseen. @throws Fatal */
export function checkEnvironment(environment: Readonly<Record<string, string | undefined>>): void {
  const [unknown] = Object.keys(environment).filter((name) => name.startsWith('TRIVY_') && !HARMLESS.has(name))
  if (unknown === undefined) return
  throw new Fatal(`The rehearsal's trivy does not read the variable ${unknown}. Give the flag on the command line.`)
}

/** A list with commas. */
export function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '')
}

function flagOf(
  arg: string,
  allowed: readonly string[],
): { readonly name: string; readonly value: string | undefined } {
  const [given = '', ...after] = arg.split('=')
  const all = { ...VALUES, ...SWITCHES }
  const name = given.startsWith('--')
    ? given.slice(2)
    : Object.keys(all).find((known) => all[known] !== '' && `-${all[known]}` === given)
  if (name === undefined || !(name in all) || !allowed.includes(name)) {
    throw new Fatal(
      `The rehearsal's trivy does not know ${given} here. It knows --${allowed.join(', --')}. Set REHEARSAL_TRIVY to a real trivy to use more.`,
    )
  }
  return { name, value: after.length > 0 ? after.join('=') : undefined }
}

function missing(arg: string): never {
  throw new Fatal(`flag needs an argument: ${arg}`)
}
