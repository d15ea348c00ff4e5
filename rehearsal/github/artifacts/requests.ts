/** What the artifact service is asked, in snake case. */
import * as v from 'valibot'

/** Every request names the run and the job that it is about. */
const Common = {
  workflow_run_backend_id: v.string(),
  workflow_job_run_backend_id: v.string(),
}
const Integer = v.union([v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)), v.number()])

export const CreateRequest = v.object({
  ...Common,
  name: v.string(),
  version: v.number(),
  expires_at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  mime_type: v.optional(v.string(), 'application/zip'),
})

export const FinalizeRequest = v.object({
  ...Common,
  name: v.string(),
  size: v.optional(Integer, 0),
  hash: v.optional(v.string()),
})

export const ListRequest = v.object({ ...Common, name_filter: v.optional(v.string()), id_filter: v.optional(Integer) })

export const NamedRequest = v.object({ ...Common, name: v.string() })
