/**
 * Three years of the template's schedule on a fake clock, with runs that are late, dropped or cut off: one rotation a month,
 * and no previous value that stays. Many such histories with the pure plan, a few with the action and both doubles.
 */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseNames, type Slot } from '../../actions/rotate-secret/names.ts'
import { decide, type Policy, previousUntil } from '../../actions/rotate-secret/plan.ts'
import { root } from '../../scripts/actions.ts'
import { parseDuration } from '../../src/duration.ts'
import { CLOUDFLARE, DAY, NAME, OLD, REPO, startScene } from './setup.ts'

interface Template {
  readonly on: { readonly schedule: readonly { readonly cron: string }[] }
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly with?: Readonly<Record<string, string>> }[] }>
  >
}

const template: Template = parse(readFileSync(`${root}workflows/rotate-secrets.yml`, 'utf8'))
const [settings = {}] = Object.values(template.jobs)
  .flatMap(({ steps }) => steps.map((step) => step.with ?? {}))
  .filter((given) => 'max-age' in given)
const maxAge = settings['max-age'] ?? ''
/** Of a run that is no emergency: what stands behind the `||`. */
const [, grace = ''] = /\|\| '(\w+)' }}$/.exec(settings['grace'] ?? '') ?? []

/** From 2027 on, with the leap year 2028. */
const MONTHS = Array.from({ length: 36 }, (_, month) => month)
const HOUR = 3_600_000
const LATEST = 36 * HOUR

/** When the month's runs are due, in ms since 1970. */
function due(month: number): readonly number[] {
  return template.on.schedule.flatMap(({ cron }) => {
    const [, minute, hour, days = ''] = /^(\d+) (\d+) ([\d,]+) \* \*$/.exec(cron) ?? []
    return days.split(',').map((day) => Date.UTC(2027, month, Number(day), Number(hour), Number(minute)))
  })
}

interface Fate {
  /** Milliseconds. */
  readonly late: number
  /** How many requests or writes are answered before the run is cut off; undefined: it is not. */
  readonly cutAfter: number | undefined
  readonly dropped: boolean
}

/** What became of one run. */
interface Past {
  readonly month: number
  /** It ran, and came to its end. */
  readonly ended: boolean
  /** There is a new current value. */
  readonly rotated: boolean
  /** The previous value, where one is left whose grace is over. */
  readonly overdue: number | string | undefined
}

const fate: fc.Arbitrary<Fate> = fc.record({
  late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: LATEST })),
  cutAfter: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined, freq: 2 }),
  dropped: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})
const history = fc.array(fate, { minLength: 72, maxLength: 72 })

function judge(past: readonly Past[]): void {
  for (const month of MONTHS) {
    const runs = past.filter((run) => run.month === month)
    const rotations = runs.filter(({ rotated }) => rotated).length
    if (runs.some(({ ended }) => ended)) expect(rotations, `rotations in month ${month}`).toBe(1)
    else expect(rotations, `rotations in month ${month}`).toBeLessThanOrEqual(1)
  }
  const ended = past.filter((run) => run.ended)
  for (const [at, run] of ended.entries()) {
    if (run.overdue !== undefined) expect(ended[at + 1]?.overdue, `stayed in month ${run.month}`).not.toBe(run.overdue)
  }
}

/** The runs of all months in their order, with what is to become of each. */
function calendar(fates: readonly Fate[]) {
  const all = MONTHS.flatMap((month) => due(month).map((at) => ({ month, at })))
  return all.map(({ month, at }, index) => {
    const { late = 0, cutAfter, dropped = false } = fates[index] ?? {}
    return { month, at: at + late, cutAfter, dropped }
  })
}

describe('the calendar of the template', () => {
  it('has two runs a month, off the full hour, an age and a grace', () => {
    expect(MONTHS.flatMap(due)).toHaveLength(72)
    expect(new Date(due(1)[1] ?? 0).toISOString()).toBe('2027-02-09T03:17:00.000Z')
    expect([maxAge, grace]).toEqual(['18d', '7d'])
  })

  it('leaves room for what GitHub delays, in February, too', () => {
    const [age, time] = [parseDuration(maxAge, 'max-age'), parseDuration(grace, 'grace')] as const
    for (const month of MONTHS) {
      const [first = 0, ninth = 0] = due(month)
      const [next = 0] = due(month + 1)
      expect(ninth + LATEST - first).toBeLessThan(age)
      expect(next - (ninth + LATEST)).toBeGreaterThanOrEqual(age)
      expect(ninth - first).toBeGreaterThan(time)
    }
  })
})

/** The secrets of one repository, and what the action does to them, one write after the other. */
class Model {
  readonly #policy: Policy = {
    names: parseNames({ name: NAME, previousName: 'NAME_PREVIOUS', pendingName: 'NAME_NEXT' }),
    maxAge: parseDuration(maxAge, 'max-age'),
    grace: parseDuration(grace, 'grace'),
    force: false,
  }
  readonly #slots = new Map<Slot, { readonly value: number; readonly writtenAt: number }>()
  #values = 0

  constructor(writtenAt: number) {
    this.#slots.set('current', { value: 0, writtenAt })
  }

  get current(): number | undefined {
    return this.#slots.get('current')?.value
  }

  overdue(now: number): number | undefined {
    const until = previousUntil(this.#policy, { writtenAt: this.#writtenAt() })
    return until !== undefined && now >= until ? this.#slots.get('previous')?.value : undefined
  }

  /** @param writes that are done before it is cut off */
  run(now: number, writes = Number.POSITIVE_INFINITY): void {
    for (const write of this.#steps(now).slice(0, writes)) write()
  }

  #steps(now: number): readonly (() => void)[] {
    const decision = this.#decide(now)
    const { kind } = decision
    const put = (slot: Slot, value: number | undefined) => () => {
      if (value === undefined) this.#slots.delete(slot)
      else this.#slots.set(slot, { value, writtenAt: now })
    }
    const rotate = (value: number | undefined) => [
      put('previous', this.current),
      put('current', value),
      put('pending', undefined),
    ]
    if (kind === 'rotate') {
      this.#values += 1
      return [put('pending', this.#values), ...rotate(this.#values)]
    }
    if (kind === 'resume') return rotate(this.#slots.get('pending')?.value)
    if (kind === 'finish') return [put('pending', undefined), ...(decision.retires ? [put('previous', undefined)] : [])]
    return kind === 'retire' ? [put('previous', undefined)] : []
  }

  #decide(now: number) {
    const pending = this.#slots.get('pending')?.value
    return decide(this.#policy, {
      now,
      runCreatedAt: now,
      writtenAt: this.#writtenAt(),
      given: {
        current: true,
        pending: pending !== undefined,
        previous: false,
        pendingIsCurrent: pending === this.current,
      },
    })
  }

  #writtenAt(): Partial<Record<Slot, number>> {
    return Object.fromEntries([...this.#slots].map(([slot, { writtenAt }]) => [slot, writtenAt]))
  }
}

function walk(fates: readonly Fate[]): readonly Past[] {
  const model = new Model((due(0)[0] ?? 0) - 22 * DAY)
  return calendar(fates).map(({ month, at, cutAfter, dropped }) => {
    const { current: before } = model
    const writes = cutAfter === undefined ? undefined : cutAfter % 5
    if (!dropped) model.run(at, writes)
    return {
      month,
      ended: !dropped && writes === undefined,
      rotated: model.current !== before,
      overdue: model.overdue(at),
    }
  })
}

describe('three years', () => {
  it('of runs that are all on time have 36 rotations, and after each 9th no previous value', () => {
    const past = walk([])
    judge(past)
    expect(past.filter(({ rotated }) => rotated)).toHaveLength(36)
    expect(past.every(({ overdue }) => overdue === undefined)).toBe(true)
  })

  it('of which every 1st is dropped have their rotations on the 9th', () => {
    const fates = MONTHS.flatMap(() => [
      { late: 0, cutAfter: undefined, dropped: true },
      { late: LATEST, cutAfter: undefined, dropped: false },
    ])
    judge(walk(fates))
  })

  it('with any delays, gaps and crashes have one rotation a month', () => {
    fc.assert(
      fc.property(history, (fates) => judge(walk(fates))),
      { seed: 2027, numRuns: 200 },
    )
  })

  it.each([1, 2])('of the action itself, history %i', async (seed) => {
    const [fates = []] = fc.sample(history, { seed, numRuns: 1 })
    await using scene = await startScene({ age: null })
    const { github, cloudflare } = scene
    const written = new Date((due(0)[0] ?? 0) - 22 * DAY)
    github.setTime(written)
    github.setSecret(REPO, NAME, OLD)
    const inputs = { 'max-age': maxAge, grace, targets: 'repository\npages:site/production', ...CLOUDFLARE }
    const past: Past[] = []
    let previousSince = 0
    for (const { month, at, cutAfter, dropped } of calendar(fates)) {
      const { [NAME]: before, [`${NAME}_PREVIOUS`]: earlier } = scene.held()
      github.setTime(new Date(at))
      const run = dropped
        ? undefined
        : await scene.rotate(inputs, undefined, cutAfter === undefined ? {} : { crashAfter: cutAfter + 1 })
      const { [NAME]: current, [`${NAME}_PREVIOUS`]: previous, ...others } = scene.held()
      if (previous !== earlier || current !== before) previousSince = at
      const rotated = current !== before
      if (rotated) expect(previous).toBe(before)
      const ended = run !== undefined && run.error === undefined
      if (cutAfter === undefined && !dropped) expect(run?.error).toBeUndefined()
      if (ended) {
        expect(others).toEqual({})
        const pages = cloudflare.projects[0]?.variablesOf('production') ?? {}
        if (rotated || past.some((one) => one.rotated)) expect(pages[NAME]?.value).toBe(current)
        expect(pages[`${NAME}_PREVIOUS`]?.value).toBe(previous)
      }
      past.push({
        month,
        ended,
        rotated,
        overdue: at >= previousSince + parseDuration(grace, 'grace') ? previous : undefined,
      })
    }
    judge(past)
    expect(past.filter(({ ended }) => ended).length).toBeGreaterThan(30)
  })
})
