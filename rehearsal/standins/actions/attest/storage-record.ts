/** Tells an organization where the image is stored: https://docs.github.com/rest/orgs/artifact-metadata */
import { input, setOutput, variable, warning } from '../../action.ts'
import { apiWith, Refusal } from '../../api.ts'

interface RepositoryFacts {
  readonly owner: { readonly type: string }
}

interface Records {
  readonly storage_records?: readonly { readonly id: number }[]
}

/** Only an organization has such records; that one cannot be made is no failure of the action. */
export async function recordStorage(name: string, digest: string): Promise<void> {
  try {
    const { owner } = await apiWith(input('github-token')).ask<RepositoryFacts>('')
    if (owner.type !== 'Organization') return
    const [registry] = name.split('/')
    const version = input('subject-version')
    const body = { name, digest, registry_url: `https://${registry}`, ...(version !== '' && { version }) }
    const { storage_records: records = [] } = await post(body)
    if (records.length === 0) warning('No storage records were created.')
    setOutput('storage-record-ids', records.map(({ id }) => id).join(','))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    warning(`Failed to create storage record: ${error.message}`)
    warning('Please check that the "artifact-metadata:write" permission has been included')
  }
}

async function post(body: object): Promise<Records> {
  const path = `/orgs/${variable('GITHUB_REPOSITORY_OWNER')}/artifacts/metadata/storage-record`
  const answer = await fetch(`${variable('GITHUB_API_URL')}${path}`, {
    method: 'POST',
    headers: { authorization: `token ${input('github-token')}` },
    body: JSON.stringify(body),
  })
  const json = JSON.parse(await answer.text())
  if (!answer.ok) throw new Refusal(answer.status, json)
  return json
}
