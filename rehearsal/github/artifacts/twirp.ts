/** Answers of a Twirp service in JSON: https://twitchtv.github.io/twirp/docs/spec_v7.html */

const STATUS = {
  malformed: 400,
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  bad_route: 404,
  already_exists: 409,
  failed_precondition: 412,
  resource_exhausted: 429,
  internal: 500,
  unavailable: 503,
} as const

export type TwirpCode = keyof typeof STATUS

export interface Twirp {
  readonly status: number
  readonly body: object
}

export function twirpOk(body: object): Twirp {
  return { status: 200, body }
}

export function twirpError(code: TwirpCode, msg: string): Twirp {
  return { status: STATUS[code], body: { code, msg } }
}

/** What it says when it is in trouble itself. */
export function twirpTrouble(status: number, msg = `Error ${status}`): Twirp {
  const code = Object.entries(STATUS).find(([, of]) => of === status)?.[0] ?? (status < 500 ? 'unknown' : 'unavailable')
  return { status, body: { code, msg } }
}
