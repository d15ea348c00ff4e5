/** Cloudflare's refusals as values: the HTTP status and the `errors` of the envelope. */

export interface ApiError {
  readonly code: number
  readonly message: string
  readonly error_chain?: readonly ApiError[]
}

/** Thrown by a handler and answered as an envelope with `success: false`. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: readonly ApiError[]

  constructor(status: number, ...errors: readonly ApiError[]) {
    super(errors.map((error) => `${error.message} [code: ${error.code}]`).join('; '))
    this.status = status
    this.errors = errors
  }
}

/** No Authorization header at all. */
export const missingCredentials = () =>
  new Refusal(400, { code: 9106, message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers' })

/** A header that cannot be a token, such as one with spaces or asterisks in it (jeessy2/ddns-go#916). */
export const malformedCredentials = () =>
  new Refusal(400, {
    code: 6003,
    message: 'Invalid request headers',
    error_chain: [{ code: 6111, message: 'Invalid format for Authorization header' }],
  })

/** A token that is not known, may not touch this account, or lacks the permission (cloudflare/workers-sdk#4669). */
export const authenticationError = () => new Refusal(403, { code: 10000, message: 'Authentication error' })

/**
 * The verification has an answer of its own for a token it does not know; one that an account owns is such a token to
 * `/user/tokens/verify` (pl4nty/cloudflare-kubernetes-gateway#262).
 */
export const invalidToken = () => new Refusal(401, { code: 1000, message: 'Invalid API Token' })

/** A token without "User Details: Read" asking for `/user` (cloudflare/workers-sdk#1017). */
export const unauthorizedResource = () =>
  new Refusal(403, { code: 9109, message: 'Unauthorized to access requested resource' })

/** A path Cloudflare does not know, and one with something that cannot be an account id (cloudflare/workers-sdk#3862). */
export const noRoute = (path: string) =>
  new Refusal(
    404,
    { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
    { code: 7000, message: 'No route for that URI' },
  )

/** The upload token of `/pages/assets/*` is wrong or expired. wrangler fetches a new one for as long as it is told so. */
export const uploadUnauthorized = () => new Refusal(401, { code: 8000013, message: 'Authorization failed' })

/** cloudflare/workers-sdk#10818 */
export const projectNotFound = () =>
  new Refusal(404, {
    code: 8000007,
    message: 'Project not found. The specified project name does not match any of your existing projects.',
  })

/** rails/buildkite-config#101 */
export const projectExists = () =>
  new Refusal(409, {
    code: 8000002,
    message: 'A project with this name already exists. Choose a different project name.',
  })

export const deploymentNotFound = () =>
  new Refusal(404, {
    code: 8000009,
    message: 'The deployment ID you have specified does not exist. Update the deployment ID and try again.',
  })

/** SignalLayerLabs/Marginal#67: 25 a page is answered, 100 is not. */
export const invalidListOptions = () =>
  new Refusal(400, {
    code: 8000024,
    message: 'Invalid list options provided. Review the `page` or `per_page` parameter.',
  })

/** cloudflare/cloudflare-go#4079 */
export const manifestExpected = () =>
  new Refusal(400, {
    code: 8000096,
    message: 'A "manifest" field was expected in the request body but was not provided.',
  })

/** Cloudflare's answer to whatever it has no code for (cloudflare/workers-sdk#2854). */
export const unknownError = (detail: string) =>
  new Refusal(400, { code: 8000000, message: `An unknown error occurred. ${detail}` })

/** cloudflare/workers-sdk#6287; the text is that of crowdsecurity/cs-cloudflare-worker-bouncer#44. */
export const workerNotFound = () =>
  new Refusal(404, { code: 10007, message: 'This Worker does not exist on your account.' })

/** The text is that of manaflow-ai/cmux#13268. */
export const secretNotFound = (name: string) =>
  new Refusal(404, { code: 10056, message: `Binding '${name}' not found. Please use a different name and try again.` })

/** The text is that of cloudflare/workers-sdk#10585. */
export const latestNotDeployed = () =>
  new Refusal(400, {
    code: 10215,
    message:
      "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't currently deployed. Please ensure that the latest version of your Worker is fully deployed (wrangler versions deploy) before modifying secrets. Alternatively, you can use the Cloudflare dashboard to modify secrets and deploy the version. Note: This limitation will be addressed in an upcoming release.",
  })

/** The text is that of zxcloli666/AI-Worker-Proxy#48. @param size such as `13 kB` */
export const secretTooLarge = (name: string, size: string) =>
  new Refusal(400, {
    code: 10054,
    message: `Text binding '${name}' is too large, its size of ${size} exceeds the limit of 5.1 kB.`,
  })

/** The answer of Workers to whatever it has no code for. Which code a malformed body really gets is not published. */
export const unknownWorkersError = (detail: string) =>
  new Refusal(400, { code: 10013, message: `An unknown error has occurred. ${detail}` })
