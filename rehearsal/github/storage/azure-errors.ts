/** Errors as Azure Blob Storage answers them: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
import { randomUUID } from 'node:crypto'

const ERRORS = {
  AuthenticationFailed: [
    403,
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
  ],
  AuthorizationPermissionMismatch: [
    403,
    'This request is not authorized to perform this operation using this permission.',
  ],
  BlobNotFound: [404, 'The specified blob does not exist.'],
  InvalidBlobOrBlock: [400, 'The specified blob or block content is invalid.'],
  InvalidBlockList: [400, 'The specified block list is invalid.'],
  InvalidQueryParameterValue: [400, 'Value for one of the query parameters specified in the request URI is invalid.'],
  InvalidRange: [416, 'The range specified is invalid for the current size of the resource.'],
  Md5Mismatch: [
    400,
    'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
  ],
  MissingContentLengthHeader: [411, 'Content-Length HTTP header is missing'],
  MissingRequiredHeader: [400, 'An HTTP header that is mandatory for this request is not specified.'],
  RequestBodyTooLarge: [413, 'The request body is too large and exceeds the maximum permissible limit.'],
  UnsupportedHttpVerb: [405, 'The resource does not support specified Http Verb.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type AzureCode = keyof typeof ERRORS

export function azureError(code: AzureCode): Response {
  const [status, message] = ERRORS[code]
  return azureResponse(status, code, message)
}

/** What it says when it is in trouble itself. */
export function azureTrouble(status: number, message?: string): Response {
  const [code, text] = TROUBLE[status] ?? ['InternalError', `Error ${status}`]
  return azureResponse(status, code, message ?? text)
}

const TROUBLE: Readonly<Record<number, readonly [string, string]>> = {
  403: ['AuthenticationFailed', ERRORS.AuthenticationFailed[1]],
  404: ['BlobNotFound', ERRORS.BlobNotFound[1]],
  500: ['InternalError', 'The server encountered an internal error. Please retry the request.'],
  503: ['ServerBusy', 'The server is currently unable to receive requests. Please retry your request.'],
}

function azureResponse(status: number, code: string, message: string): Response {
  const text = `${message}\nRequestId:${randomUUID()}\nTime:${new Date().toISOString()}`
  const body = `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`
  return new Response(body, { status, headers: { 'content-type': 'application/xml', 'x-ms-error-code': code } })
}
