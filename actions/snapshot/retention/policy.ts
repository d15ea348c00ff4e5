/** Which snapshots a prune keeps, as the inputs say it. */
import { formatDuration, parseDuration } from '../../../src/duration.ts'
import { ActionError } from '../../../src/errors.ts'
import type { InputReader } from '../../../src/input.ts'
import { REASONS, type Reason } from '../names.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MOST_SNAPSHOTS = 9999
const LONGEST = 36_500 * DAY

/** A count of 0 is a rule that is switched off. */
export interface Policy {
  readonly last: number
  /** Milliseconds before the newest verified snapshot; undefined: switched off. */
  readonly within: number | undefined
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  /** Snapshots made for these reasons always stay. */
  readonly reasons: readonly Reason[]
}

/** @throws ActionError for what is no count, no duration or no reason */
export function parsePolicy(input: InputReader): Policy {
  return {
    last: parseCount(input, 'keep-last'),
    within: parseWithin(input.optional('keep-within')),
    daily: parseCount(input, 'keep-daily'),
    weekly: parseCount(input, 'keep-weekly'),
    monthly: parseCount(input, 'keep-monthly'),
    reasons: parseReasons(input.lines('keep-reason')),
  }
}

export function isEmpty({ last, within, daily, weekly, monthly, reasons }: Policy): boolean {
  return within === undefined && last + daily + weekly + monthly + reasons.length === 0
}

function parseCount(input: InputReader, name: string): number {
  const text = input.optional(name) ?? '0'
  const count = Number(text)
  if (!/^\d+$/.test(text)) {
    throw new ActionError(`Input ${name} is "${text}", which is not a number of snapshots.`, {
      hint: 'Write a whole number, as in 3; 0 or nothing switches the rule off. To keep all of them, do not prune.',
    })
  }
  if (count > MOST_SNAPSHOTS) {
    throw new ActionError(`Input ${name} is ${text}, which is more snapshots than a series can have in practice.`, {
      hint: `Give at most ${MOST_SNAPSHOTS}. To keep all of them, do not prune.`,
    })
  }
  return count
}

/** Elsewhere `6m` is six months: read as six minutes it would delete nearly everything, so that it is refused. */
function parseWithin(text: string | undefined): number | undefined {
  if (text === undefined || text === '0') return undefined
  const within = parseDuration(text, 'Input keep-within')
  if (within === 0) return undefined
  if (within < HOUR) {
    throw new ActionError(`Input keep-within is ${text}, which is no more than ${formatDuration(within)}.`, {
      hint: 'Give at least 1h. Months and years are written in days, as in 180d.',
    })
  }
  if (within > LONGEST) {
    throw new ActionError(`Input keep-within is ${text}, which is more than a hundred years.`, {
      hint: `Give at most ${LONGEST / DAY}d. To keep all of them, do not prune.`,
    })
  }
  return within
}

function parseReasons(lines: readonly string[]): readonly Reason[] {
  const words = lines.flatMap((line) => line.split(',')).map((word) => word.trim())
  return [...new Set(words.filter((word) => word !== '').map(parseReason))]
}

function parseReason(word: string): Reason {
  const found = REASONS.find((reason) => reason === word)
  if (found !== undefined) return found
  throw new ActionError(`Input keep-reason has "${word}", which is no reason for a snapshot.`, {
    hint: `Use one or more of: ${REASONS.join(', ')}; one a line.`,
  })
}
