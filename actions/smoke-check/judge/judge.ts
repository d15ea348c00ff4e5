/** Everything that can be told from one answer; presets and latency ask for more of them. */
import type { Check } from '../check.ts'
import type { Finding, Observation } from '../result.ts'
import { judgeBody, judgeBodySize, judgeCookies, judgeHeaders, judgeJson } from './assertions.ts'
import { describeRedirects } from './redirected.ts'
import { judgeStatus } from './status.ts'
import { judgeTls } from './tls.ts'
import { judgeVersion } from './version.ts'

const judges = [judgeVersion, judgeStatus, judgeJson, judgeHeaders, judgeCookies, judgeBody, judgeBodySize, judgeTls]

/** What is wrong with an answer: nothing when it is as the check wants it. A finding with `waiting` comes first. */
export function judge(check: Check, observation: Observation): readonly Finding[] {
  const [first, ...others] = judges.flatMap((one) => one(check, observation))
  if (first === undefined) return []
  // A login page that an API has redirected to is otherwise a riddle.
  const way = describeRedirects(observation.response, observation.redact)
  return [way === '' ? first : { ...first, message: `${first.message} ${way}` }, ...others]
}
