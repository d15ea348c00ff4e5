import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Latency } from '../../../actions/smoke-check/check.ts'
import type { Exchange } from '../../../actions/smoke-check/exchange.ts'
import { judgeLatency, warmTimes } from '../../../actions/smoke-check/judge/latency.ts'
import { aCheck, answer, aResponse, PHASES } from '../run/sample.ts'

const took = (total: number): Exchange => answer({ total, cold: false })
const cold = aResponse({ total: 900, phases: { dns: 20, connect: 30, tls: 150, firstByte: 690, transfer: 10 } })
const messages = (latency: Latency, warm: readonly Exchange[]) =>
  judgeLatency(aCheck({ latency }), cold, warm).findings.map(({ assertion, message }) => `${assertion}: ${message}`)
const times = (count: number) => Array.from({ length: count }, (_, index) => took(index + 1))

describe('times', () => {
  it('are the median and the maximum, and a p95 by nearest rank from 20 samples on', () => {
    expect(warmTimes(times(19))).toEqual({ samples: 19, median: 10, max: 19 })
    expect(warmTimes(times(20))).toEqual({ samples: 20, median: 10.5, max: 20, p95: 19 })
    expect(warmTimes(times(21))).toEqual({ samples: 21, median: 11, max: 21, p95: 20 })
    expect(warmTimes(times(100))).toEqual({ samples: 100, median: 50.5, max: 100, p95: 95 })
  })

  it('are none where nothing answered', () => {
    const problem = { kind: 'reset', message: 'Reset.', hint: '', total: 1, phases: PHASES } as const
    expect(warmTimes([{ ok: false, problem }])).toBeUndefined()
    expect(warmTimes([])).toBeUndefined()
  })

  it('do not depend on the order, and at least 95% of them are at most the p95', () => {
    const samples = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 20, maxLength: 60 })
    fc.assert(
      fc.property(samples, (given) => {
        const measured = warmTimes(given.map(took))
        expect(warmTimes(given.toReversed().map(took))).toEqual(measured)
        const p95 = measured?.p95 ?? -1
        expect(given.filter((time) => time <= p95).length).toBeGreaterThanOrEqual(0.95 * given.length)
        expect(given.filter((time) => time < p95).length).toBeLessThan(0.95 * given.length)
        expect(given).toContain(p95)
      }),
    )
  })
})

describe('latency', () => {
  it('is judged on the cold request where only that is made', () => {
    expect(messages({ max: 800, samples: 1 }, [])).toEqual([
      'latency max: The cold request took 900 ms (DNS 20 ms, connecting 30 ms, TLS 150 ms, waiting for the first byte 690 ms, transfer 10 ms); at most 800 ms was wanted.',
    ])
    expect(messages({ max: 900, samples: 1 }, [])).toEqual([])
  })

  it('names the phase that took longest', () => {
    const [finding] = judgeLatency(aCheck({ latency: { coldMax: 1, samples: 1 } }), cold, []).findings
    expect(finding?.hint).toMatch(/^Most of it was waiting for the first byte: the application was slow/)
  })

  it('is judged on the warm requests where there are some, and cold-max still on the cold one', () => {
    expect(messages({ max: 15, samples: 20 }, times(20))).toEqual([
      'latency max: The slowest of 20 warm requests (median 11 ms) took 20 ms; at most 15 ms was wanted.',
    ])
    expect(messages({ p95: 18, samples: 20 }, times(20))).toEqual([
      'latency p95: The p95 of 20 warm requests (median 11 ms) is 19 ms; at most 18 ms was wanted.',
    ])
    expect(messages({ p95: 19, max: 20, samples: 20 }, times(20))).toEqual([])
    expect(messages({ coldMax: 500, max: 20, samples: 20 }, times(20))[0]).toMatch(
      /^latency cold-max: The cold request took 900 ms/,
    )
  })

  it('cannot be judged on answers that are others, or none', () => {
    const failed = answer({ status: 503, total: 1, cold: false })
    const problem = { kind: 'reset', message: 'The server hung up.', hint: '', total: 1, phases: PHASES } as const
    expect(messages({ max: 100, samples: 3 }, [took(1), failed, took(1)])).toEqual([
      'latency samples: 1 of 3 warm requests failed. The first: The answer was 503.',
    ])
    expect(messages({ max: 100, samples: 3 }, [took(1), { ok: false, problem }])).toEqual([
      'latency samples: 1 of 2 warm requests failed. The first: The server hung up.',
    ])
    expect(messages({ p95: 100, samples: 20 }, times(5))).toEqual([
      'latency samples: Only 5 warm requests of 20 could be made; latency cannot be judged.',
    ])
  })
})
