/** Answers that stand for a far side in trouble, with the bodies that GitHub and Cloudflare send then. */
import * as refusals from './cloudflare/errors.ts'
import type { FaultAnswer, Side } from './fault-spec.ts'
import { failure, REST_DOCS } from './github/answers.ts'
import { TWIRP } from './github/artifacts/service.ts'
import { twirpTrouble } from './github/artifacts/twirp.ts'
import { registryTrouble } from './github/registry/errors.ts'
import { isOfRegistry } from './github/registry/service.ts'
import { azureTrouble } from './github/storage/azure-errors.ts'
import { STORAGE } from './github/storage/blobs.ts'

/** @param path of the request, which some of Cloudflare's messages name, and by which GitHub's services differ */
export function answerOf(side: Side, fault: FaultAnswer, path: string): Response {
  if (side === 'github' && fault.as === 'api' && path.startsWith(STORAGE)) {
    return withHeaders(azureTrouble(fault.status ?? 500, fault.message), fault.headers)
  }
  if (side === 'github' && fault.as === 'api' && isOfRegistry(path)) {
    return withHeaders(registryTrouble(fault.status ?? 500, fault.message), fault.headers)
  }
  const { status, body, type } = contentOf(side, fault, path)
  return new Response(body, { status, headers: { 'content-type': type, ...fault.headers } })
}

function withHeaders(answer: Response, headers: FaultAnswer['headers']): Response {
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
  return answer
}

interface Content {
  readonly status: number
  readonly type: string
  readonly body: string
}

function contentOf(side: Side, { as, status, code, message }: FaultAnswer, path: string): Content {
  if (as === 'code') return cloudflareError(code ?? 0, status, message, path)
  if (as === 'html') return errorPage(status ?? 500, message)
  if (side === 'github' && path.startsWith(TWIRP)) return twirpContent(status ?? 500, message)
  if (side === 'github') return githubError(status ?? 500, message)
  return side === 'site' || side === 'host'
    ? errorPage(status ?? 500, message)
    : cloudflareStatus(status ?? 500, message, path)
}

/** https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api and the bodies that clients report. */
const githubMessages: Readonly<Record<number, string>> = {
  401: 'Bad credentials',
  403: 'Resource not accessible by integration',
  404: 'Not Found',
  422: 'Validation Failed',
  429: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
  500: 'Server Error',
  502: 'Server Error',
  503: 'No server is currently available to service your request. Sorry about that. Please try resubmitting your request and contact us if the problem persists.',
  504: "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.",
}

function githubError(status: number, message = githubMessages[status] ?? `Error ${status}`): Content {
  const { body } = failure(status, message, REST_DOCS)
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

function twirpContent(status: number, message: string | undefined): Content {
  return { status, type: 'application/json', body: JSON.stringify(twirpTrouble(status, message).body) }
}

/** What the proxies before Cloudflare's API say, which is no JSON (cloudflare/workers-sdk#12990). */
const proxyTexts: Readonly<Record<number, string>> = {
  500: '',
  503: 'upstream connect error or disconnect/reset before headers. reset reason: connection timeout',
  504: 'upstream request timeout',
}

const rateLimited = { code: 971, message: 'Please wait and consider throttling your request speed' }

function cloudflareStatus(status: number, message: string | undefined, path: string): Content {
  if (status === 429) return cloudflareError(rateLimited.code, status, message, path)
  return { status, type: 'text/plain', body: message ?? proxyTexts[status] ?? `error code: ${status}` }
}

function cloudflareError(code: number, status: number | undefined, message: string | undefined, path: string): Content {
  const known = knownRefusals(path).find(({ errors }) => errors[0]?.code === code)
  const errors = message === undefined && known ? known.errors : [{ code, message: message ?? `Error ${code}` }]
  return {
    status: status ?? known?.status ?? 400,
    type: 'application/json',
    body: JSON.stringify({ result: null, success: false, errors, messages: [] }),
  }
}

function knownRefusals(path: string): readonly refusals.Refusal[] {
  return [
    new refusals.Refusal(429, rateLimited),
    refusals.unknownError('Contact your account team or Cloudflare support: https://cfl.re/3WgEyrH.'),
    refusals.noRoute(path),
    refusals.missingCredentials(),
    refusals.malformedCredentials(),
    refusals.authenticationError(),
    refusals.invalidToken(),
    refusals.unauthorizedResource(),
    refusals.uploadUnauthorized(),
    refusals.projectNotFound(),
    refusals.projectExists(),
    refusals.deploymentNotFound(),
    refusals.invalidListOptions(),
    refusals.manifestExpected(),
  ]
}

const reasons: Readonly<Record<number, string>> = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** cloudflare/workers-sdk#7671 */
function errorPage(status: number, message = [status, reasons[status] ?? []].flat().join(' ')): Content {
  const body = `<html>\n<head><title>${message}</title></head>\n<body>\n<center><h1>${message}</h1></center>\n</body>\n</html>\n`
  return { status, type: 'text/html', body }
}
