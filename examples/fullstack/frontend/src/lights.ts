export interface Light {
  readonly name: string
  /** Seconds from one flash to the next. */
  readonly period: number
}

export function describe({ name, period }: Light): string {
  return `${name} flashes every ${period} s`
}

/** @throws Error that a person can read, when the API does not answer with lights */
export async function fetchLights(api: string, ask: typeof fetch = fetch): Promise<readonly Light[]> {
  const answer = await ask(`${api.replace(/\/$/, '')}/api/lights/`)
  if (!answer.ok) throw new Error(`The lights cannot be shown: the API answers ${answer.status}.`)
  const body: unknown = await answer.json()
  if (!Array.isArray(body) || !body.every(isLight)) throw new Error('The lights cannot be shown: they are unreadable.')
  return body
}

function isLight(value: unknown): value is Light {
  return typeof value === 'object' && value !== null && 'name' in value && 'period' in value
}
