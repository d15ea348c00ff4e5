/** Reads the multipart body of `POST …/deployments`. */
import type { Context } from 'hono'
import * as v from 'valibot'
import { manifestExpected, unknownError } from './errors.ts'
import type { DeploymentUpload } from './projects.ts'

const Manifest = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()))

/** The bundle of `functions/` or `_worker.js` is taken note of and not kept. */
export async function readUpload(c: Context): Promise<DeploymentUpload> {
  const form = await readForm(c)
  const manifest = form.get('manifest')
  if (manifest === null) throw manifestExpected()
  const read = v.safeParse(Manifest, manifest)
  if (!read.success) throw unknownError('The manifest is not a JSON object of paths and hashes.')
  return {
    manifest: read.output,
    commit: {
      branch: (await text(form, 'branch')) || undefined,
      commit_hash: await text(form, 'commit_hash'),
      commit_message: await text(form, 'commit_message'),
      commit_dirty: (await text(form, 'commit_dirty')) === 'true',
    },
    headers: await text(form, '_headers'),
    redirects: await text(form, '_redirects'),
    usesFunctions: form.has('_worker.bundle') || form.has('_worker.js'),
  }
}

async function readForm(c: Context): Promise<FormData> {
  if (!c.req.header('content-type')?.startsWith('multipart/form-data')) return new FormData()
  return await c.req.formData().catch(() => {
    throw unknownError('The multipart body cannot be read.')
  })
}

/** A field may come as text or as a file; empty when it is not there. */
async function text(form: FormData, name: string): Promise<string> {
  const value = form.get(name)
  return value === null || typeof value === 'string' ? (value ?? '') : await value.text()
}
