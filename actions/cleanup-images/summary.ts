import { code, escapeMarkdown, table } from '../../src/summary.ts'
import type { Plan, Verdict } from './plan.ts'
import { label, type Version } from './version.ts'

/** Rows of a table in a summary; the rest is counted. */
const MOST_ROWS = 50

/** The plan, one version a line, as the log has it. */
export function describe({ verdicts }: Plan): string {
  if (verdicts.length === 0) return 'The package has no versions.'
  return verdicts
    .map(
      ({ version, keep, reasons }) =>
        `${keep ? 'keep  ' : 'delete'} ${version.digest} ${names(version)}: ${reasons.join('; ')}`,
    )
    .join('\n')
}

function names({ tags }: Version): string {
  return tags.length === 0 ? '(no tag)' : `(${tags.join(', ')})`
}

export interface Result {
  /** As `owner/app`. */
  readonly path: string
  /** undefined: nothing was to be deleted. */
  readonly deleted: readonly Version[] | undefined
  /** What has gone wrong. */
  readonly note: string | undefined
}

export function summarize(plan: Plan, { path, deleted, note }: Result): string {
  const { verdicts, deletions } = plan
  const going = verdicts.filter(({ keep }) => !keep)
  const staying = verdicts.filter(({ keep }) => keep)
  const outcome =
    deleted === undefined
      ? `${deletions.length} of ${verdicts.length} would be deleted`
      : `${deleted.length} of ${verdicts.length} deleted`
  const left = deleted === undefined ? 0 : deletions.length - deleted.length
  return [
    `### Images of ${escapeMarkdown(path)}: ${outcome}`,
    ...(note === undefined ? [] : [escapeMarkdown(note)]),
    ...(deleted === undefined ? ['Nothing was deleted.'] : []),
    ...(left === 0 ? [] : [`${left} more are to go and still there.`]),
    ...(going.length === 0 ? [] : [rows(going, new Set(deleted ?? []), deleted !== undefined)]),
    ...(staying.length === 0
      ? []
      : [`<details><summary>${staying.length} stay</summary>\n\n${rows(staying)}\n\n</details>`]),
  ].join('\n\n')
}

function rows(verdicts: readonly Verdict[], gone: ReadonlySet<Version> = new Set(), tells = false): string {
  const lines = verdicts
    .slice(0, MOST_ROWS)
    .map(({ version, reasons }) => [
      code(label(version)),
      code(version.digest.slice(0, 'sha256:'.length + 12)),
      new Date(version.changedAt).toISOString().slice(0, 10),
      `${tells && !gone.has(version) ? '**still there** · ' : ''}${escapeMarkdown(reasons.join('; '))}`,
    ])
  const rest = verdicts.length - lines.length
  const more = rest <= 0 ? '' : `\n\n${rest} more are in the log.`
  return `${table(['Version', 'Digest', 'Changed', 'Why'], lines)}${more}`
}
