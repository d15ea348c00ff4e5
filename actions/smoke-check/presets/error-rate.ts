/**
 * Of many requests few may fail: `{ max: 5%, samples: 40 }`.
 *
 * | rule | wanted | source |
 * | --- | --- | --- |
 * | rate | the share of requests that fail is at most `max`; one fails that has no answer or a status that the check does not accept | Google SRE Book, Monitoring: errors |
 *
 * They are the check's own request, on fresh connections, four at a time.
 */
import type { Exchange } from '../exchange.ts'
import { count, list } from '../judge/show.ts'
import { describeStatus, isAccepted } from '../judge/status.ts'
import { found, type Preset, type PresetContext } from './preset.ts'
import type { Options } from './schemas.ts'

const AT_ONCE = 4

export const errorRate: Preset<Options<'error-rate'>> = async (context, { max, samples }) => {
  const exchanges = await sample(context, samples)
  const failures = exchanges.flatMap((exchange) => failureOf(context, exchange))
  // 5 % of 40 is 2.0000000000000004 in floating point, and 2 failures of 40 are allowed.
  if (failures.length <= max * samples + 1e-9) return []
  const kinds = Map.groupBy(failures, (failure) => failure)
  const most = [...kinds].sort(([, one], [, other]) => other.length - one.length).slice(0, 3)
  const what = list(most.map(([kind, all]) => `${all.length} × ${kind}`))
  const message = `${failures.length} of ${count(samples, 'request')} failed, ${percent(failures.length / samples)}: ${what}. At most ${percent(max)} was wanted.`
  const hint = 'Look for one instance of several that is not well, for a limit of connections, or for a rate limit.'
  return [found(context, 'rate', { message, hint })]
}

async function sample({ probe }: PresetContext, samples: number): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = []
  let started = 0
  const work = async () => {
    while (started < samples && !probe.signal.aborted) {
      started++
      exchanges.push(await probe.request({}))
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, samples) }, work))
  return exchanges
}

function failureOf({ check }: PresetContext, exchange: Exchange): readonly string[] {
  if (!exchange.ok) return [`no answer (${exchange.problem.kind})`]
  return isAccepted(check.status, exchange.response.status) ? [] : [describeStatus(exchange.response)]
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))}%`
}
