import { ActionError } from './errors.ts'

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds. Node's timers take at most 24 days, and end a longer wait at once. */
export interface Bounds {
  readonly min?: number
  readonly max?: number
}

/**
 * A duration as people write it, `90s`, `10m` or `7d`, in milliseconds. A bare number is refused: whether it
 * means seconds or minutes differs from action to action, and a wrong guess is found out at night.
 */
export function parseDuration(text: string, what: string, bounds: Bounds = {}): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim())
  if (match === null) {
    throw new ActionError(`${what} is not a duration: "${text}".`, {
      hint: 'Write a number and its unit, as in 90s, 10m, 12h or 7d.',
    })
  }
  const [, amount, unit] = match
  if (unit === undefined) {
    throw new ActionError(`${what} has no unit: "${text}".`, {
      hint: `Write ${amount}s for seconds, ${amount}m for minutes, ${amount}h for hours or ${amount}d for days.`,
    })
  }
  const milliseconds = Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS])
  checkBounds(milliseconds, `${what} is ${text.trim()}`, bounds)
  return milliseconds
}

function checkBounds(milliseconds: number, given: string, { min = 0, max = Number.POSITIVE_INFINITY }: Bounds): void {
  if (milliseconds < min) {
    throw new ActionError(`${given}, which is no time at all.`, {
      hint: `Give at least ${formatDuration(min)}, or leave the input out.`,
    })
  }
  if (milliseconds > max) {
    throw new ActionError(`${given}, which is too long.`, { hint: `Give at most ${max / UNITS.h}h.` })
  }
}

/** Milliseconds as a person reads them: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h`, `30 d`. The two largest units are enough. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return pair(seconds, 60, 'min', 's')
  const minutes = Math.round(seconds / 60)
  return minutes < 1440 ? pair(minutes, 60, 'h', 'min') : pair(Math.round(minutes / 60), 24, 'd', 'h')
}

function pair(amount: number, size: number, larger: string, smaller: string): string {
  const rest = amount % size
  return `${Math.floor(amount / size)} ${larger}${rest === 0 ? '' : ` ${rest} ${smaller}`}`
}
