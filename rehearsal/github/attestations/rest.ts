/** Attestations: https://docs.github.com/rest/repos/attestations. Signatures are not looked at here. */
import * as v from 'valibot'
import { type Answer, failure, notFound, ok, paginate, REST_DOCS } from '../answers.ts'
import { parseJson, readBody } from '../body.ts'
import { htmlUrl } from '../repository.ts'
import type { Route } from '../routes.ts'
import type { Call } from '../state.ts'

export interface AttestationRecord {
  readonly id: number
  /** The Sigstore bundle as it came. */
  readonly bundle: object
  readonly predicateType: string
  /** `sha256:…` of each subject. */
  readonly subjects: readonly string[]
}

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
  {
    method: 'GET',
    path: `${ALL}/:subject_digest`,
    needs: { permission: 'attestations', level: 'read' },
    docs: `${DOCS}#list-attestations`,
    answer: listAttestations,
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

/** Newest first. GitHub parts them into pages by cursors, which are not supported here. */
function listAttestations(call: Call): Answer {
  const { state, params, query, url } = call
  const cursor = ['before', 'after'].find((name) => query[name] !== undefined)
  if (cursor !== undefined) return failure(501, `The embedded GitHub does not know '${cursor}' here.`, call.docs)
  const found = state.attestations.filter(
    ({ subjects, predicateType }) =>
      subjects.includes(params['subject_digest'] ?? '') && matches(predicateType, query['predicate_type']),
  )
  if (found.length === 0) return notFound(call.docs)
  const { items } = paginate(found.toReversed(), url)
  const attestations = items.map(({ id, bundle }) => ({
    bundle,
    repository_id: state.repository.id,
    bundle_url: `${htmlUrl(state.repository)}/attestations/${id}/download`,
    initiator: 'user',
  }))
  return ok({ attestations })
}

/** GitHub takes `provenance` and `sbom` for the types that have such names in them. */
function matches(type: string, wanted: string | undefined): boolean {
  if (wanted === undefined || type === wanted) return true
  if (wanted === 'provenance') return type.startsWith('https://slsa.dev/provenance/')
  return wanted === 'sbom' && /spdx|cyclonedx/i.test(type)
}
