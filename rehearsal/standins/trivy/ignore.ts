/** `.trivyignore`: an id on a line, with `exp:2026-12-31` where it is for a time. */
import { existsSync, readFileSync } from 'node:fs'

export function ignoredIds(now = new Date()): ReadonlySet<string> {
  if (!existsSync('.trivyignore')) return new Set()
  const lines = readFileSync('.trivyignore', 'utf8').split('\n')
  const entries = lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '')
  return new Set(entries.filter((entry) => !isOver(entry, now)).map((entry) => entry.split(/\s+/)[0] ?? ''))
}

function isOver(entry: string, now: Date): boolean {
  const [, until] = /\bexp:(\d{4}-\d\d-\d\d)\b/.exec(entry) ?? []
  return until !== undefined && new Date(until) < now
}
