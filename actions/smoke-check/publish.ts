/** Everything that a finished check leaves behind: log, summary, files, annotations and outputs, in that order. */
import type { Outputs, Runner } from '../../src/action.ts'
import type { Inputs } from './inputs.ts'
import { annotationsOf } from './report/annotations.ts'
import { type ReportFile, writeReports } from './report/files.ts'
import { reportJson } from './report/json.ts'
import { junit } from './report/junit.ts'
import { openMetrics } from './report/openmetrics.ts'
import { summarize } from './report/summary.ts'
import { plainTable } from './report/terminal.ts'
import { countsOf, slowestOf } from './report/words.ts'
import type { Report } from './result.ts'
import type { Ports } from './smoke-check.ts'

/** @param report without secrets */
export async function publish(
  report: Report,
  inputs: Inputs,
  { runner, workspace, inTerminal }: Ports,
): Promise<Outputs> {
  runner.log.info(`\n${plainTable(report)}`)
  runner.summarize(summarize(report))
  const problems = await writeReports(filesOf(report, inputs), workspace)
  // A cancel is the one error of its step.
  if (!inTerminal && !runner.signal.aborted) annotate(report, runner)
  for (const problem of problems) runner.fail(problem)
  return outputsOf(report)
}

function annotate(report: Report, runner: Runner): void {
  const { errors, warnings } = annotationsOf(report)
  for (const { error, place } of errors) runner.fail(error, place)
  for (const { error, place } of warnings) runner.log.warning(error.text, place)
}

function filesOf(report: Report, { junit: junitPath, metrics, json }: Inputs): readonly ReportFile[] {
  return [
    ...(junitPath === undefined ? [] : [{ input: 'junit', path: junitPath, content: junit(report) }]),
    ...(metrics === undefined ? [] : [{ input: 'metrics', path: metrics, content: openMetrics(report) }]),
    ...(json === undefined ? [] : [{ input: 'json', path: json, content: reportJson(report) }]),
  ]
}

function outputsOf(report: Report): Outputs {
  const { passed, failed, warned } = countsOf(report)
  const slowest = slowestOf(report)
  return {
    healthy: String(report.healthy),
    passed: String(passed),
    failed: String(failed),
    warned: String(warned),
    rounds: String(report.rounds),
    duration: String(Math.round(report.duration)),
    slowest: slowest && `${Math.round(slowest.total)} ${slowest.name}`,
  }
}
