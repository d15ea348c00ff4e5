/** `trivy fs`, `config` and `image`: the recorded report of that kind of scan, or the rehearsed repository's own. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { isBelow, type Selection, select } from './filter.ts'
import { Fatal, type Report, readReport } from './report.ts'

export type Kind = 'fs' | 'secret' | 'config' | 'image'

export interface Scan {
  readonly command: 'fs' | 'config' | 'image'
  /** `vuln`, `secret`, `misconfig` */
  readonly scanners: readonly string[]
  /** The folder, or the image's file: what the report is said to be of. */
  readonly target: string
  readonly skipped: readonly string[]
  readonly selection: Selection
}

export interface Scanned {
  /** As it is written. */
  readonly text: string
  /** undefined where the text is no report: a broken one is handed on as it is. */
  readonly report: Report | undefined
}

const KINDS: Readonly<Record<string, Kind>> = { vuln: 'fs', secret: 'secret', misconfig: 'config' }
const KIND_CLASSES = { fs: ['os-pkgs', 'lang-pkgs'], secret: ['secret'], config: ['config'], image: [] }
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  vuln: KIND_CLASSES.fs,
  secret: KIND_CLASSES.secret,
  misconfig: KIND_CLASSES.config,
}

/** @throws Fatal where a scanner is none that the stand-in has */
export function scan(options: Scan): Scanned {
  const parts = kindsOf(options).map((kind) => ({ kind, text: recordedFor(kind) }))
  const broken = parts.find(({ text }) => readable(text) === undefined)
  if (broken !== undefined) return { text: broken.text, report: undefined }
  const read = parts.map(({ kind, text }) => ({ kind, raw: v.parse(Raw, JSON.parse(text)), report: readReport(text) }))
  const { raw, report } = first(read)
  const results = read.flatMap((part) => resultsOf(part, options, read.length === 1))
  const selected = select({ ...report, Results: results.map(({ result }) => result) }, options.selection)
  const Results = results.map((one, at) => narrowed(one.raw, one.result, selected.Results[at]))
  const text = JSON.stringify({ ...raw, ArtifactName: options.target, Results }, null, 2)
  return { text: `${text}\n`, report: { ...selected, ArtifactName: options.target } }
}

interface Part {
  readonly kind: Kind
  readonly raw: v.InferOutput<typeof Raw>
  readonly report: Report
}

/** @param alone a scan for secrets lists the packages that it meets, too; one of several kinds has them once */
function resultsOf({ kind, raw, report }: Part, { scanners, target, skipped }: Scan, alone: boolean) {
  const classes = kind === 'image' ? scanners.flatMap((scanner) => CLASSES[scanner] ?? []) : KIND_CLASSES[kind]
  return report.Results.flatMap((result, at) => {
    const wanted = (alone && kind !== 'image') || classes.includes(result.Class)
    if (!wanted || isBelow(result.Target, skipped)) return []
    // Trivy calls the packages of an image's system by the image: `image.tar (alpine 3.19.1)`.
    const renamed = result.Target.startsWith(`${report.ArtifactName} (`)
    const Target = renamed ? target + result.Target.slice(report.ArtifactName.length) : result.Target
    return [{ raw: { ...raw.Results?.[at], Target }, result: { ...result, Target } }]
  })
}

const Raw = v.looseObject({ Results: v.nullish(v.array(v.looseObject({}))) })

function first<T>([item]: readonly T[]): T {
  if (item === undefined) throw new Error('A scan has at least one kind.')
  return item
}

function kindsOf({ command, scanners }: Scan): readonly Kind[] {
  const unknown = scanners.find((scanner) => !(scanner in KINDS))
  if (unknown !== undefined) {
    throw new Fatal(`The rehearsal's trivy has no scanner '${unknown}'. It has vuln, secret and misconfig.`)
  }
  if (command === 'image') return ['image']
  return [...new Set(scanners.flatMap((scanner) => KINDS[scanner] ?? []))]
}

function recordedFor(kind: Kind): string {
  const workspace = process.env['GITHUB_WORKSPACE'] ?? '.'
  const own = ['.', workspace].map((folder) => join(folder, '.rehearsal', 'trivy', `${kind}.json`))
  const file = own.find((path) => existsSync(path)) ?? join(import.meta.dirname, 'recorded', `${kind}.json`)
  return readFileSync(file, 'utf8')
}

function readable(text: string): Report | undefined {
  try {
    return readReport(text)
  } catch (error) {
    if (error instanceof Fatal) return undefined
    throw error
  }
}

type RawResult = Readonly<Record<string, unknown>>
type Parsed = Report['Results'][number]

/** The findings that stay, each as it was recorded; a list without any is left out, as Go leaves it out. */
function narrowed(raw: RawResult, before: Parsed, after: Parsed | undefined): RawResult {
  const { Vulnerabilities, Misconfigurations, Secrets, MisconfSummary, ...others } = raw
  const lists = {
    Vulnerabilities: kept(Vulnerabilities, before.Vulnerabilities, after?.Vulnerabilities),
    Misconfigurations: kept(Misconfigurations, before.Misconfigurations, after?.Misconfigurations),
    Secrets: kept(Secrets, before.Secrets, after?.Secrets),
  }
  // How many checks of a severity were passed is not in a report, so that the number stays.
  const failures = after?.Misconfigurations.length ?? 0
  const summary = before.MisconfSummary ? { MisconfSummary: { ...before.MisconfSummary, Failures: failures } } : {}
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0)
  return { ...others, ...summary, ...Object.fromEntries(filled) }
}

function kept<T>(raw: unknown, before: readonly T[], after: readonly T[] = []): readonly unknown[] {
  const all = Array.isArray(raw) ? raw : []
  return after.map((finding) => all[before.indexOf(finding)])
}
