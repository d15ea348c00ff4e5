/**
 * Stands in for `trivy`: scans give a recorded report, `convert` is made from the facts of Trivy v0.70.0. What it does
 * not support it refuses.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { checkEnvironment, type Flags, listOf, readFlags } from './arguments.ts'
import { hasFindings, SEVERITIES, type Selection, select } from './filter.ts'
import { ignoredIds } from './ignore.ts'
import { Fatal, type Report, readReport } from './report.ts'
import { toSarif } from './sarif.ts'
import { type Scan, scan } from './scan.ts'
import { toTable } from './table.ts'

const VERSION = (process.env['REHEARSAL_TRIVY_VERSION'] ?? 'v0.70.0').replace(/^v/, '')

const REPORT = ['format', 'output', 'severity', 'exit-code', 'quiet', 'timeout', 'cache-dir']
const SCAN = [
  ...REPORT,
  'no-progress',
  'skip-dirs',
  'skip-files',
  'skip-check-update',
  'skip-version-check',
  'checks-bundle-repository',
]
const DATABASE = [
  'scanners',
  'ignore-unfixed',
  'offline-scan',
  'skip-db-update',
  'skip-java-db-update',
  'db-repository',
  'java-db-repository',
]
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  fs: [...SCAN, ...DATABASE],
  config: SCAN,
  image: [...SCAN, ...DATABASE, 'input'],
  convert: REPORT,
  version: [],
}

const real = process.env['REHEARSAL_TRIVY']
if (real) {
  const { status, error } = spawnSync(real, process.argv.slice(2), { stdio: 'inherit' })
  if (error) console.error(`${real}, which REHEARSAL_TRIVY names, does not start: ${error.message}`)
  process.exitCode = status ?? 1
} else {
  try {
    process.exitCode = run(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof Fatal)) throw error
    console.error(`FATAL\tFatal error\t${error.message}`)
    process.exitCode = 1
  }
}

/** @returns the exit code */
function run([given = '', ...args]: readonly string[]): number {
  if (given === '--version' || given === '-v') return run(['version'])
  const command = { filesystem: 'fs', conf: 'config', conv: 'convert' }[given] ?? given
  const allowed = FLAGS[command]
  if (allowed === undefined) {
    throw new Fatal(`The rehearsal's trivy has no command '${given}'. It has ${Object.keys(FLAGS).join(', ')}.`)
  }
  checkEnvironment(process.env)
  if (existsSync('trivy.yaml')) throw new Fatal("The rehearsal's trivy does not read trivy.yaml.")
  const flags = readFlags(args, allowed)
  if (command === 'version') return say(`Version: ${VERSION}`)
  if (command === 'convert') return convert(flags)
  return report(flags, { ...scanOf(flags), command: command === 'fs' || command === 'image' ? command : 'config' })
}

function say(line: string): number {
  console.log(line)
  return 0
}

function scanOf({ values, rest }: Flags): Omit<Scan, 'command'> {
  return {
    scanners: listOf(values['scanners'] ?? 'vuln,secret'),
    target: values['input'] ?? only(rest),
    skipped: skipped(values),
    selection: selectionOf(values),
  }
}

function report(flags: Flags, options: Scan): number {
  const { values, rest } = flags
  if (options.command === 'image') checkImage(values, rest)
  else if (!existsSync(options.target)) throw new Fatal(`scan error: stat ${options.target}: no such file or directory`)
  const scanners = options.command === 'config' ? ['misconfig'] : options.scanners
  const { text, report: found } = scan({ ...options, scanners })
  const format = values['format'] ?? 'table'
  if (found === undefined || format === 'json') write(values, text)
  else write(values, formatted(found, format, values, options.target))
  return found === undefined ? 0 : exitCode(found, values)
}

function convert({ values, rest }: Flags): number {
  const file = only(rest)
  if (!existsSync(file)) throw new Fatal(`file open error: open ${file}: no such file or directory`)
  const read = readReport(readFileSync(file, 'utf8'))
  if (read.ArtifactName === '' && read.ArtifactType === '') {
    throw new Fatal('AWS and Kubernetes scanning reports are not yet supported')
  }
  const found = select(read, selectionOf(values))
  write(values, formatted(found, values['format'] ?? 'table', values, file))
  return exitCode(found, values)
}

function formatted(found: Report, format: string, values: Flags['values'], source: string): string {
  if (format === 'table') return toTable(found, selectionOf(values).severities)
  if (format === 'sarif') return JSON.stringify(toSarif(found, VERSION, source), null, 2)
  throw new Fatal(`The rehearsal's trivy does not write the format '${format}' here. It writes table and sarif.`)
}

function selectionOf(values: Flags['values']): Selection {
  const severities = values['severity'] === undefined ? SEVERITIES : listOf(values['severity'])
  const unknown = severities.find((severity) => !SEVERITIES.includes(severity))
  if (unknown !== undefined)
    throw new Fatal(`invalid argument "${unknown}" for "--severity" flag: must be one of ["${SEVERITIES.join('" "')}"]`)
  return { severities, ignoreUnfixed: values['ignore-unfixed'] === 'true', ignored: ignoredIds() }
}

function skipped(values: Flags['values']): readonly string[] {
  const all = [...listOf(values['skip-dirs']), ...listOf(values['skip-files'])]
  const pattern = all.find((path) => /[*?[]/.test(path))
  if (pattern !== undefined) throw new Fatal(`The rehearsal's trivy does not match patterns, as '${pattern}' is one.`)
  return all
}

function checkImage({ input }: Flags['values'], rest: readonly string[]): void {
  if (input === undefined || rest.length > 0) {
    throw new Fatal("The rehearsal's trivy scans the file of an image only: --input FILE.")
  }
  if (!existsSync(input)) throw new Fatal(`unable to open ${input}: no such file or directory`)
}

function only(rest: readonly string[]): string {
  const [one, ...others] = rest
  if (one === undefined || others.length > 0) throw new Fatal('Give exactly one file or folder.')
  return one
}

function write(values: Flags['values'], text: string): void {
  const file = values['output']
  if (file === undefined) process.stdout.write(text)
  else writeFileSync(file, text)
}

function exitCode(found: Report, values: Flags['values']): number {
  const code = Number(values['exit-code'] ?? 0)
  if (!Number.isInteger(code)) throw new Fatal(`invalid argument "${values['exit-code']}" for "--exit-code" flag`)
  return hasFindings(found) ? code : 0
}
