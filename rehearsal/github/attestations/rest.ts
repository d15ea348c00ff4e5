/** Attestations: https://docs.github.com/rest/repos/attestations. Signatures are not looked at here. */
import * as v from 'valibot'
import { type Answer, failure, REST_DOCS } from '../answers.ts'
import { parseJson, readBody } from '../body.ts'
import type { Route } from '../route.ts'
import type { Call } from '../state.ts'

const DOCS = `${REST_DOCS}/repos/attestations`
const ALL = '/repos/:owner/:repo/attestations'

export const ATTESTATION_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: ALL,
    needs: { permission: 'attestations', level: 'write' },
    docs: `${DOCS}#create-an-attestation`,
    answer: createAttestation,
  },
]

const Envelope = v.object({ payload: v.string(), payloadType: v.string() })
const Create = v.object({ bundle: v.looseObject({ mediaType: v.string(), dsseEnvelope: v.optional(v.unknown()) }) })
const Statement = v.object({
  predicateType: v.string(),
  subject: v.pipe(v.array(v.object({ name: v.string(), digest: v.record(v.string(), v.string()) })), v.minLength(1)),
})

function createAttestation(call: Call): Answer {
  const { limits, attestations, nextId } = call.state
  if (!limits.attestations) {
    const message =
      'Feature not available for user-owned private repositories. To enable this feature, please make this repository public.'
    return failure(403, message, call.docs)
  }
  const body = readBody(call, Create)
  if (!body.read) return body.answer
  const { bundle } = body.value
  const statement = statementIn(bundle.dsseEnvelope)
  if (statement === undefined) return failure(422, 'Invalid bundle: it holds no in-toto statement', call.docs)
  const subjects = statement.subject.flatMap(({ digest }) =>
    Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`),
  )
  const id = nextId()
  attestations.push({ id, bundle, predicateType: statement.predicateType, subjects })
  return { status: 201, body: { id } }
}

function statementIn(envelope: unknown): v.InferOutput<typeof Statement> | undefined {
  const sealed = v.safeParse(Envelope, envelope)
  if (!sealed.success) return undefined
  const statement = v.safeParse(Statement, parseJson(Buffer.from(sealed.output.payload, 'base64').toString()))
  return statement.success ? statement.output : undefined
}
