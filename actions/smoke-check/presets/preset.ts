/** What all presets share. */
import type { Check, PresetName } from '../check.ts'
import type { HttpResponse } from '../exchange.ts'
import { displayUrl } from '../http/display-url.ts'
import { type Found, finding } from '../judge/finding.ts'
import { plain } from '../judge/show.ts'
import type { Finding } from '../result.ts'
import type { PresetProbe, ProbeChange } from './probe.ts'

export interface PresetContext {
  readonly check: Check
  readonly preset: PresetName | 'cors'
  readonly probe: PresetProbe
}

/** A preset: what is wrong, each with what to set. */
export type Preset<Options> = (context: PresetContext, options: Options) => Promise<readonly Finding[]>

/** A finding of one of the preset's rules, as `security-headers: csp`. */
export function found({ check, preset }: PresetContext, rule: string, what: Found): Finding {
  return finding(check, `${preset}: ${rule}`, what)
}

export type Answer =
  | { readonly ok: true; readonly response: HttpResponse }
  | { readonly ok: false; readonly findings: readonly Finding[] }

/** One request of the preset; where there is no answer, the finding that says so. */
export async function ask(context: PresetContext, rule: string, change: ProbeChange): Promise<Answer> {
  const exchange = await context.probe.request(change)
  if (exchange.ok) return exchange
  const { message, hint } = exchange.problem
  return { ok: false, findings: [found(context, rule, { message, hint })] }
}

/** A server's text, on one line, short, without secrets. */
export function shown({ probe }: PresetContext, text: string): string {
  return plain(text, probe.observation.redact)
}

/** A URL, or a reference as a server or a file gave it, without query values. */
export function shownUrl(context: PresetContext, reference: string): string {
  return shown(context, displayUrl(reference))
}

/** A host that only this machine can reach. */
export function isLoopback(url: URL): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)
}
