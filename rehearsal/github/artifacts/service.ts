/**
 * The runner's artifact service, as the official client speaks to it (actions/toolkit packages/artifact, 6.2): one POST
 * for each call, JSON with a runtime token. It answers in snake case, with 64-bit numbers as text.
 */
import type { MiddlewareHandler } from 'hono'
import * as v from 'valibot'
import { parseJson } from '../body.ts'
import type { Env } from '../env.ts'
import type { State } from '../state.ts'
import * as calls from './calls.ts'
import { CreateRequest, FinalizeRequest, ListRequest, NamedRequest } from './requests.ts'
import type { RuntimeTokens } from './runtime-tokens.ts'
import { type Twirp, twirpError } from './twirp.ts'

export const TWIRP = '/twirp/'
const SERVICE = `${TWIRP}github.actions.results.api.v1.ArtifactService/`

/** Handles what is below TWIRP and leaves the rest alone. */
export function artifactService(state: State, tokens: RuntimeTokens): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!c.req.path.startsWith(TWIRP)) return await next()
    const caller = tokens.caller(c.req.header('authorization'))
    if (caller) c.set('job', caller.job)
    const { status, body } = caller
      ? await answer(c.req.method, c.req.path, await c.req.text(), { state, caller })
      : twirpError('unauthenticated', 'the token is not one of a running job')
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
  }
}

async function answer(method: string, path: string, text: string, scope: calls.Scope): Promise<Twirp> {
  if (method !== 'POST' || !path.startsWith(SERVICE)) return twirpError('bad_route', `no handler for path "${path}"`)
  switch (path.slice(SERVICE.length)) {
    case 'CreateArtifact':
      return withRequest(CreateRequest, text, scope, calls.create)
    case 'FinalizeArtifact':
      return withRequest(FinalizeRequest, text, scope, calls.finalizeUpload)
    case 'ListArtifacts':
      return withRequest(ListRequest, text, scope, calls.list)
    case 'GetSignedArtifactURL':
      return withRequest(NamedRequest, text, scope, calls.signUrl)
    case 'DeleteArtifact':
      return withRequest(NamedRequest, text, scope, calls.remove)
    default:
      return twirpError('bad_route', `no handler for path "${path}"`)
  }
}

interface OfRun {
  readonly workflow_run_backend_id: string
}

async function withRequest<S extends v.GenericSchema<unknown, OfRun>>(
  schema: S,
  text: string,
  scope: calls.Scope,
  call: (scope: calls.Scope, request: v.InferOutput<S>) => Twirp | Promise<Twirp>,
): Promise<Twirp> {
  const json = parseJson(text)
  if (json === undefined) return twirpError('malformed', 'the json request could not be decoded')
  const parsed = v.safeParse(schema, snakeCased(json))
  if (!parsed.success)
    return twirpError('malformed', `the json request could not be decoded: ${v.summarize(parsed.issues)}`)
  if (parsed.output.workflow_run_backend_id !== scope.caller.runBackendId) {
    return twirpError('permission_denied', 'the token is for another workflow run')
  }
  return call(scope, parsed.output)
}

/** Protobuf's JSON takes a field in either spelling. */
function snakeCased(json: unknown): unknown {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return json
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [snake(name), value]))
}
