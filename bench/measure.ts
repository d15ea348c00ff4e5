import { performance } from 'node:perf_hooks'

/** Wall times in milliseconds. */
export interface Timing {
  readonly median: number
  readonly fastest: number
}

/**
 * Times several pieces of work in turns, so that whatever else the machine does falls on all of them alike.
 *
 * @returns the timing of each piece, under its name
 */
export async function interleave<const Name extends string>(
  rounds: number,
  work: Readonly<Record<Name, () => Promise<void>>>,
): Promise<Readonly<Record<Name, Timing>>> {
  const names = Object.keys(work) as Name[]
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const started = performance.now()
      await work[name]()
      times.get(name)?.push(performance.now() - started)
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarize(times.get(name) ?? [])])) as Record<Name, Timing>
}

function summarize(times: readonly number[]): Timing {
  const sorted = times.toSorted((one, other) => one - other)
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, fastest: sorted[0] ?? Number.NaN }
}
