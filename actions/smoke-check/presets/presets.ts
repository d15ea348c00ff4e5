/** Runs the presets of a check, and its `cors`. Each preset's rules and their sources stand in a table in its own file. */
import * as v from 'valibot'
import type { Check, PresetName, PresetUse } from '../check.ts'
import type { Finding } from '../result.ts'
import { corsStrict, judgeCors } from './cors.ts'
import { csrf } from './csrf.ts'
import { errorRate } from './error-rate.ts'
import { etag } from './etag.ts'
import { httpsRedirect } from './https-redirect.ts'
import { jsonError } from './json-error.ts'
import { noDebug } from './no-debug.ts'
import { notPublic } from './not-public.ts'
import { pagination } from './pagination.ts'
import type { Preset, PresetContext } from './preset.ts'
import type { PresetProbe } from './probe.ts'
import { rateLimitHeaders } from './rate-limit-headers.ts'
import { schemas } from './schemas.ts'
import { securityHeaders } from './security-headers.ts'

/** What is wrong by the presets and `cors` of a check, one after another, in the order in which they are written. */
export async function runPresets(check: Check, probe: PresetProbe): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const use of check.presets) {
    findings.push(...(await runners[use.name]({ check, probe, preset: use.name }, use.options)))
  }
  for (const cors of check.cors) findings.push(...(await judgeCors({ check, probe, preset: 'cors' }, cors)))
  return findings
}

type Runner = (context: PresetContext, options: PresetUse['options']) => Promise<readonly Finding[]>

const runners: Readonly<Record<PresetName, Runner>> = {
  'security-headers': runner(schemas['security-headers'], securityHeaders),
  'cors-strict': runner(schemas['cors-strict'], corsStrict),
  'no-debug': runner(schemas['no-debug'], noDebug),
  'json-error': runner(schemas['json-error'], jsonError),
  'rate-limit-headers': runner(schemas['rate-limit-headers'], rateLimitHeaders),
  'https-redirect': runner(schemas['https-redirect'], httpsRedirect),
  csrf: runner(schemas.csrf, csrf),
  pagination: runner(schemas.pagination, pagination),
  'not-public': runner(schemas['not-public'], notPublic),
  etag: runner(schemas.etag, etag),
  'error-rate': runner(schemas['error-rate'], errorRate),
}

function runner<Options>(schema: v.GenericSchema<unknown, Options>, preset: Preset<Options>): Runner {
  return (context, options) => preset(context, v.parse(schema, options))
}
