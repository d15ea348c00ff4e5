import { existsSync, readFileSync } from 'node:fs'
import { act, Failure, info, input, refuse, setOutput, variable, warning, workspace } from '../../action.ts'
import { type Api, apiWith, Refusal } from '../../api.ts'
import { filesOf, upload } from './assets.ts'

export interface Release {
  readonly id: number
  readonly name: string | null
  readonly body: string | null
  readonly draft: boolean
  readonly prerelease: boolean
  readonly target_commitish: string
  readonly html_url: string
  readonly upload_url: string
  readonly assets: readonly { readonly id: number; readonly name: string; readonly label: string | null }[]
}

await act(async () => {
  refuse({ repository: [variable('GITHUB_REPOSITORY')], discussion_category_name: [] })
  const token = input('token') || (process.env['GITHUB_TOKEN'] ?? '')
  const tag = tagOf()
  if (tag === '' && !isTrue('draft')) throw new Failure('⚠️ GitHub Releases requires a tag')
  const files = filesOf()
  const api = apiWith(token)
  try {
    await publish(api, token, tag, files)
  } catch (error) {
    throw error instanceof Refusal ? new Failure(error.message) : error
  }
})

async function publish(api: Api, token: string, tag: string, files: readonly string[]): Promise<void> {
  const release = await releaseOf(api, tag)
  const assets = await upload(api, token, release, files)
  // A new one is a draft until all of its files are there.
  const done = release.draft && !isTrue('draft') ? await finish(api, release) : release
  info(`🎉 Release ready at ${done.html_url}`)
  setOutput('url', done.html_url)
  setOutput('id', `${done.id}`)
  setOutput('upload_url', done.upload_url)
  setOutput('assets', JSON.stringify(assets))
}

function tagOf(): string {
  const ref = variable('GITHUB_REF')
  return (
    input('tag_name').replace(/^refs\/tags\//, '') ||
    (ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : '')
  )
}

async function releaseOf(api: Api, tag: string): Promise<Release> {
  const existing = tag === '' ? undefined : await api.find<Release>(`/releases/tags/${encodeURIComponent(tag)}`)
  if (existing === undefined) {
    info(`Creating new GitHub release for tag ${tag}...`)
    return api.ask('/releases', { method: 'POST', body: await fieldsOfNew(api, tag) })
  }
  info(`Found release ${existing.name} (with id=${existing.id})`)
  return api.ask(`/releases/${existing.id}`, { method: 'PATCH', body: await fieldsOfKnown(api, tag, existing) })
}

async function fieldsOfNew(api: Api, tag: string) {
  const target = input('target_commitish')
  return {
    ...shared(tag),
    ...(target !== '' && { target_commitish: target }),
    name: input('name') || tag,
    body: await withNotes(api, tag, ownBody()),
    // Pre-releases are published at once, so that the event of one is made.
    draft: isTrue('prerelease') ? isTrue('draft') : true,
    prerelease: isTrue('prerelease'),
  }
}

async function fieldsOfKnown(api: Api, tag: string, { name, body, draft, prerelease, target_commitish }: Release) {
  const [own, known] = [ownBody(), body ?? '']
  const text = isTrue('append_body') && own !== '' && known !== '' ? `${known}\n${own}` : own || known
  return {
    ...shared(tag),
    target_commitish: input('target_commitish') || target_commitish,
    name: input('name') || name || tag,
    body: await withNotes(api, tag, text),
    draft,
    prerelease: input('prerelease') === '' ? prerelease : isTrue('prerelease'),
  }
}

function shared(tag: string) {
  const latest = input('make_latest')
  return { tag_name: tag, ...(['true', 'false', 'legacy'].includes(latest) && { make_latest: latest }) }
}

function ownBody(): string {
  const path = input('body_path')
  if (path !== '' && existsSync(workspace(path))) return readFileSync(workspace(path), 'utf8')
  if (path !== '') warning(`⚠️ Failed to read body_path "${path}". Falling back to 'body' input.`)
  return input('body')
}

/** GitHub's own notes come after what was given. */
async function withNotes(api: Api, tag: string, body: string): Promise<string> {
  if (!isTrue('generate_release_notes')) return body
  const [target, previous] = [input('target_commitish'), input('previous_tag')]
  const wanted = {
    tag_name: tag,
    ...(target && { target_commitish: target }),
    ...(previous && { previous_tag_name: previous }),
  }
  const notes = await api.ask<{ body: string }>('/releases/generate-notes', { method: 'POST', body: wanted })
  return body === '' ? notes.body : `${body}\n\n${notes.body}`
}

function finish(api: Api, { id }: Release): Promise<Release> {
  const { make_latest } = { make_latest: undefined, ...shared('') }
  const body = { draft: false, ...(make_latest !== undefined && { make_latest }) }
  return api.ask(`/releases/${id}`, { method: 'PATCH', body })
}

function isTrue(name: string): boolean {
  return input(name) === 'true'
}
