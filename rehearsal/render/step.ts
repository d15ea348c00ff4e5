/** A step in the printed run: one line, and of its log what matters. */
import { packRepository } from '../folders.ts'
import type { Result, StepReport } from '../runner/report.ts'
import { type Style, seconds } from './style.ts'

const marks: Readonly<Record<Result, string>> = { success: '✓', failure: '✗', cancelled: '⊘', skipped: '-' }

/** Lines of a failed step that are shown without `--verbose`. */
const tail = 25

const margin = '      '

export function renderStep(step: StepReport, style: Style, verbose: boolean): string {
  const time = step.outcome === 'skipped' ? 'skipped' : seconds(step.durationMs)
  const tolerated = step.outcome !== step.conclusion ? `, ${step.outcome} tolerated` : ''
  const head = `  ${mark(step.outcome, style)} ${step.name} ${style.dim(`${time}${tolerated}`)}`
  const lines = verbose ? step.log.filter((line) => line !== '##[endgroup]') : fold(step)
  return [head, ...lines.map((line) => `${margin}${renderLine(line, style)}`)].join('\n')
}

export function mark(result: Result, style: Style): string {
  const colour = { success: style.green, failure: style.red, cancelled: style.yellow, skipped: style.dim }[result]
  return colour(marks[result])
}

/**
 * A group becomes its title; annotations always stay. Of a script that went well nothing else is worth a line; of one
 * that did not, its end is.
 */
function fold(step: StepReport): readonly string[] {
  const failed = step.outcome === 'failure' || step.outcome === 'cancelled'
  const body = withoutHeader(step.log)
  if (failed) return body.filter((line) => line !== '##[endgroup]').slice(-tail)
  const outside = collapse(body)
  if (step.stage === 'post' && outside.every((line) => !isAnnotation(line)) && !isOurs(step)) return []
  return step.uses === null ? outside.filter(isAnnotation) : outside.filter((line) => line.trim() !== '')
}

function isOurs({ uses }: StepReport): boolean {
  return uses !== null && ['./', '$/', `${packRepository}/`].some((beginning) => uses.startsWith(beginning))
}

/** The runner's own first group: the command and the inputs. */
function withoutHeader(log: readonly string[]): readonly string[] {
  const start = log.findIndex((line) => line.startsWith('##[group]Run '))
  if (start < 0) return log
  const end = log.indexOf('##[endgroup]', start)
  return [...log.slice(0, start), ...log.slice(end + 1)]
}

function collapse(log: readonly string[]): readonly string[] {
  const kept: string[] = []
  let inside = false
  for (const line of log) {
    if (line.startsWith('##[group]')) {
      inside = true
      kept.push(line)
    } else if (line === '##[endgroup]') inside = false
    else if (!inside || isAnnotation(line)) kept.push(line)
  }
  return kept
}

function isAnnotation(line: string): boolean {
  return /^##\[(error|warning|notice)\]/.test(line)
}

function renderLine(line: string, style: Style): string {
  const [, kind, rest = ''] = /^##\[(error|warning|notice|group|debug|endgroup)\](.*)$/.exec(line) ?? []
  const labelled = rest.startsWith('  ') ? `${' '.repeat((kind ?? '').length)}${rest}` : `${kind}: ${rest}`
  if (kind === 'error') return style.red(labelled)
  if (kind === 'warning') return style.yellow(labelled)
  if (kind === 'notice') return style.blue(labelled)
  if (kind === 'group') return style.dim(`▸ ${rest}`)
  if (kind === 'endgroup') return ''
  return style.dim(style.foreign(kind === 'debug' ? `debug: ${rest}` : line))
}
