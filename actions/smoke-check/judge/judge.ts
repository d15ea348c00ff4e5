/** Everything that can be told from one answer; presets and latency ask for more of them. */
import type { Check } from '../check.ts'
import type { Finding, Observation } from '../result.ts'
import { judgeBody, judgeBodySize, judgeCookies, judgeHeaders, judgeJson } from './assertions.ts'
import { judgeStatus } from './status.ts'
import { judgeTls } from './tls.ts'
import { judgeVersion } from './version.ts'

const judges = [judgeVersion, judgeStatus, judgeJson, judgeHeaders, judgeCookies, judgeBody, judgeBodySize, judgeTls]

/** What is wrong with an answer: nothing when it is as the check wants it. A finding with `waiting` comes first. */
export function judge(check: Check, observation: Observation): readonly Finding[] {
  return judges.flatMap((one) => one(check, observation))
}
