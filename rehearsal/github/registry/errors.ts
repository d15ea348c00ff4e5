/** Refusals in the words of the distribution specification: https://github.com/opencontainers/distribution-spec */

const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 400,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 405,
} as const

export type RegistryCode = keyof typeof STATUS

export function registryError(
  code: RegistryCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify({ errors: [{ code, message }] }), {
    status: STATUS[code],
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** What the registry says when it is in trouble itself. */
export function registryTrouble(status: number, message = `Error ${status}`): Response {
  const code = status === 429 ? 'TOOMANYREQUESTS' : status < 500 ? 'DENIED' : 'UNKNOWN'
  const headers = { 'content-type': 'application/json' }
  return new Response(JSON.stringify({ errors: [{ code, message }] }), { status, headers })
}
