import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { act, Failure, flag, info, input, setOutput, variable } from '../../action.ts'
import { apiWith, Refusal } from '../../api.ts'
import { askForIdentity, makeBundle } from './bundle.ts'
import { readPredicate } from './predicate.ts'
import { attach } from './referrer.ts'
import { recordStorage } from './storage-record.ts'
import { readSubjects, type Subject } from './subjects.ts'

await act(async () => {
  const [pushes, records, summary] = [flag('push-to-registry'), flag('create-storage-record'), flag('show-summary')]
  await askForIdentity()
  const predicate = readPredicate()
  info(`Attestation type: ${predicate.kind}`)
  const subjects = readSubjects(pushes)
  const bundle = makeBundle(subjects, predicate)
  const file = keepBundle(bundle)
  const id = await persist(bundle)
  const url = `${variable('GITHUB_SERVER_URL')}/${variable('GITHUB_REPOSITORY')}/attestations/${id}`
  setOutput('attestation-id', id)
  setOutput('attestation-url', url)
  appendFileSync(join(variable('RUNNER_TEMP'), 'created_attestation_paths.txt'), `${file}\n`)
  const [subject, ...others] = subjects
  if (pushes && subject !== undefined && others.length === 0) await publish(subject, bundle, predicate.type, records)
  if (summary)
    appendFileSync(
      variable('GITHUB_STEP_SUMMARY'),
      `<h3>Attestation Created</h3>\n<ul><li><a href="${url}">${url}</a></li></ul>\n`,
    )
  info(`Attestation created for ${others.length > 0 ? `${subjects.length} subjects` : subject?.name}: ${url}`)
})

function keepBundle(bundle: object): string {
  const file = join(mkdtempSync(join(variable('RUNNER_TEMP'), 'attestation-')), 'attestation.json')
  writeFileSync(file, `${JSON.stringify(bundle)}\n`)
  setOutput('bundle-path', file)
  return file
}

async function persist(bundle: object): Promise<string> {
  try {
    const call = { method: 'POST', body: { bundle } } as const
    const { id } = await apiWith(input('github-token')).ask<{ readonly id: number }>('/attestations', call)
    return `${id}`
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Failure(`Failed to persist attestation: ${error.message}`)
  }
}

async function publish(subject: Subject, bundle: object, type: string, records: boolean): Promise<void> {
  const digest = `sha256:${subject.digest['sha256']}`
  const attached = await attach(subject.name, digest, bundle, type)
  info(`Attestation uploaded to registry: ${subject.name}@${attached}`)
  if (records) await recordStorage(subject.name, digest)
}
