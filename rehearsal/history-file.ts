/** The file of `--history`. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { parse } from 'yaml'
import { messageOf, RehearsalError } from './errors.ts'
import { type HistoryCommit, HistorySchema } from './runner/history.ts'

/** @throws RehearsalError that says what in the file is wrong */
export function readHistory(file: string): readonly HistoryCommit[] {
  const parsed = v.safeParse(HistorySchema, read(file))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const where = v.getDotPath(issue)
  throw new RehearsalError(`--history ${file}${where === null ? '' : `, at ${where}`}: ${issue.message}`)
}

/** JSON is YAML, too. */
function read(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new RehearsalError(`--history ${file}: ${messageOf(error)}`)
  }
}
