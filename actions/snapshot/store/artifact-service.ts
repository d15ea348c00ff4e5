/**
 * The service that keeps the artifacts of the current run, as GitHub's own client speaks to it (actions/toolkit
 * `packages/artifact`): Twirp, JSON over POST, with a token that the runner gives to actions and not to `run:` steps.
 */
import * as v from 'valibot'
import type { GitHubContext } from '../../../src/context.ts'
import { ActionError } from '../../../src/errors.ts'
import { type Content, uploadBlob } from './artifact-blob.ts'
import { explainService, quotaRefusal } from './artifact-refusals.ts'
import { Failure, type Patience, patiently, refusalOf, send, textOf } from './github-http.ts'

interface ServiceOptions {
  readonly context: GitHubContext
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly patience: Patience
  readonly note: (what: string) => void
}

/** An artifact of this run that is complete. */
interface RunArtifact {
  readonly id: number
  readonly digest: string | undefined
}

/** @throws ActionError from every method: what failed, why and what to change */
export interface ArtifactService {
  /**
   * Uploads a complete artifact, once: what a lost answer leaves in doubt is looked up.
   * @returns its id; `taken`: there is one of that name in this run, or one that nobody has finished
   */
  upload(name: string, content: Content, expiresAt: Date): Promise<number | 'taken'>
  /** The complete artifact of that name in this run. */
  find(name: string): Promise<RunArtifact | undefined>
}

const SERVICE = 'github.actions.results.api.v1.ArtifactService'
/** The format in which artifacts that are no zip are known. */
const VERSION = 7

const Created = v.object({ ok: v.literal(true), signed_upload_url: v.pipe(v.string(), v.url()) })
/** 64-bit numbers are strings in Protobuf's JSON. */
const Id = v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.safeInteger())
const Finalized = v.object({ ok: v.literal(true), artifact_id: Id })
const Listed = v.object({
  artifacts: v.optional(
    v.array(v.object({ name: v.string(), database_id: Id, digest: v.optional(v.nullable(v.string())) })),
    [],
  ),
})

/** @throws ActionError where a step has no access to the service */
export function connectService(options: ServiceOptions): ArtifactService {
  const { url, token, ids } = accessOf(options.env)
  const post = (method: string, fields: object) =>
    call(`${url}/twirp/${SERVICE}/${method}`, token, { ...ids, ...fields }, options)
  const find = async (name: string) => {
    const listed = read(
      Listed,
      await patiently(() => post('ListArtifacts', { name_filter: name }), options),
      'ListArtifacts',
    )
    const found = listed.artifacts.filter((artifact) => artifact.name === name)
    const newest = found.toSorted((one, other) => other.database_id - one.database_id)[0]
    return newest && { id: newest.database_id, digest: newest.digest ?? undefined }
  }
  const explained = <T>(doing: string, work: () => Promise<T>) =>
    work().catch((error: unknown) => Promise.reject(explainService(error, doing, options)))
  return {
    find: (name) => explained(`look for the artifact ${name}`, () => find(name)),
    upload: (name, content, expiresAt) =>
      explained(`store the artifact ${name}`, async () => {
        const created = await create(name, content, expiresAt, { post, find, options })
        if (created === 'taken') return 'taken'
        await uploadBlob(created, content, options)
        return finalize(name, content, { post, find, options })
      }),
  }
}

interface Wire {
  readonly post: (method: string, fields: object) => Promise<unknown>
  readonly find: (name: string) => Promise<RunArtifact | undefined>
  readonly options: ServiceOptions
}

/** The signed address to upload to. After a lost answer the name may be reserved, which no list shows: then `taken`. */
function create(
  name: string,
  content: Content,
  expiresAt: Date,
  { post, find, options }: Wire,
): Promise<string | 'taken'> {
  const fields = { name, mime_type: content.mimeType, version: VERSION, expires_at: expiresAt.toISOString() }
  return patiently(async (attempt) => {
    if (attempt > 1 && (await find(name)) !== undefined) return 'taken'
    try {
      return read(Created, await post('CreateArtifact', fields), 'CreateArtifact').signed_upload_url
    } catch (error) {
      if (error instanceof Failure && error.status === 409) return 'taken'
      throw error
    }
  }, options)
}

function finalize(name: string, content: Content, { post, find, options }: Wire): Promise<number> {
  const fields = { name, size: String(content.size), hash: content.digest }
  return patiently(async (attempt) => {
    const earlier = attempt > 1 ? await find(name) : undefined
    if (earlier?.digest === content.digest) return earlier.id
    return read(Finalized, await post('FinalizeArtifact', fields), 'FinalizeArtifact').artifact_id
  }, options)
}

/** @throws Failure; ActionError when the account's storage is used up, which no second attempt helps */
async function call(url: string, token: string, fields: object, { signal }: ServiceOptions): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'slipway',
  }
  const response = await send(url, { method: 'POST', headers, body: JSON.stringify(fields) }, signal)
  if (!response.ok) {
    const refusal = await refusalOf(response, signal)
    throw quotaRefusal(refusal) ?? refusal
  }
  const text = await textOf(response, signal)
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure('its answer was cut off', undefined)
  }
}

function read<T>(schema: v.GenericSchema<unknown, T>, answer: unknown, method: string): T {
  const parsed = v.safeParse(schema, answer)
  if (parsed.success) return parsed.output
  // Without its values: an address in it is signed.
  const path = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the whole').join(', ')
  throw new ActionError(`GitHub's artifact service answered ${method} with something unexpected (${path}).`, {
    hint: 'Run the job again. If it stays so, use another store and report it.',
  })
}

/** The run's ids in the service are in the token itself, in a scope `Actions.Results:RUN:JOB`. */
function accessOf(env: ServiceOptions['env']) {
  const { ACTIONS_RUNTIME_TOKEN: token, ACTIONS_RESULTS_URL: results } = env
  if (!token || !results || !URL.canParse(results)) {
    throw new ActionError(
      `Artifacts cannot be stored here: ${!token ? 'ACTIONS_RUNTIME_TOKEN' : 'ACTIONS_RESULTS_URL'} is missing, which the runner gives to the actions of a workflow run on GitHub alone.`,
      {
        hint: 'Use the action as a step with "uses:", not from "run:". Elsewhere use another store, as in "store: directory:PATH".',
      },
    )
  }
  const [, run, job] = /(?:^| )Actions\.Results:([^: ]+):([^: ]+)(?: |$)/.exec(scopesOf(token)) ?? []
  if (run === undefined || job === undefined) {
    throw new ActionError('Artifacts cannot be stored here: ACTIONS_RUNTIME_TOKEN does not say which run it is for.', {
      hint: 'Leave this variable as the runner sets it.',
    })
  }
  return {
    url: new URL(results).origin,
    token,
    ids: { workflow_run_backend_id: run, workflow_job_run_backend_id: job },
  }
}

const Claims = v.object({ scp: v.string() })

function scopesOf(token: string): string {
  try {
    return v.parse(Claims, JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))).scp
  } catch {
    return ''
  }
}
