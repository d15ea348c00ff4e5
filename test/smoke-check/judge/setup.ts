/** Conditions and answers as tests write them. */
import type { Check, Condition, Json, JsonTemplate } from '../../../actions/smoke-check/check.ts'
import type { HttpResponse } from '../../../actions/smoke-check/exchange.ts'
import type { Subject } from '../../../actions/smoke-check/judge/condition.ts'
import { judge } from '../../../actions/smoke-check/judge/judge.ts'
import type { Finding, Observation } from '../../../actions/smoke-check/result.ts'
import { aCheck, aResponse } from '../run/sample.ts'

export const NOW = Date.UTC(2026, 0, 2)

/** A value without captures in it. */
export function literal(value: Json): JsonTemplate {
  if (typeof value === 'string') return { text: [value] }
  if (value === null || typeof value !== 'object') return value
  if (isArray(value)) return value.map(literal)
  return { members: Object.entries(value).map(([key, one]) => [key, literal(one)] as const) }
}

export function text(value: string): Subject {
  return { kind: 'text', value }
}

export function json(value: Json): Subject {
  return { kind: 'json', value }
}

export const absent: Subject = { kind: 'absent' }

export function equals(value: Json): Condition {
  return { equals: literal(value) }
}

export type Answer = Partial<Omit<HttpResponse, 'body'>> & { readonly body?: string | Uint8Array | Json }

export function respond({ body = '', ...given }: Answer = {}): HttpResponse {
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body))
  return aResponse({ ...given, body: bytes })
}

export function observe(answer: Answer = {}, given: Partial<Observation> = {}): Observation {
  const response = respond(answer)
  return { response, expectVersion: undefined, now: NOW, captures: new Map(), ...given }
}

export function findings(check: Partial<Check>, answer: Answer, given: Partial<Observation> = {}): readonly Finding[] {
  return judge(aCheck(check), observe(answer, given))
}

export function messages(...given: Parameters<typeof findings>): readonly string[] {
  return findings(...given).map(({ assertion, message }) => `${assertion}: ${message}`)
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
