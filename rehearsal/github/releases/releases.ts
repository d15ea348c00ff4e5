/** Releases: https://docs.github.com/rest/releases/releases */
import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { type Answer, created, type FieldError, failure, noContent, notFound, ok, paginate } from '../answers.ts'
import { readBody } from '../body.ts'
import type { Call, State } from '../state.ts'
import { removeAssets } from './assets.ts'
import { releaseBody } from './bodies.ts'
import { findRelease, type ReleaseRecord, replaceRelease, visibleReleases } from './records.ts'

const Fields = {
  target_commitish: v.optional(v.string()),
  name: v.optional(v.nullable(v.string())),
  body: v.optional(v.nullable(v.string())),
  draft: v.optional(v.boolean()),
  prerelease: v.optional(v.boolean()),
  make_latest: v.optional(v.picklist(['true', 'false', 'legacy'])),
}
const Create = v.object({ ...Fields, tag_name: v.string() })
const Update = v.object({ ...Fields, tag_name: v.optional(v.string()) })

/** Newest first; drafts only for who may write. */
export function listReleases(call: Call): Answer {
  const { state, url } = call
  const visible = visibleReleases(call).toReversed()
  const { items, headers } = paginate(visible, url)
  return { ...ok(items.map((release) => releaseBody(state, release))), headers }
}

export function getRelease(call: Call): Answer {
  const release = findRelease(call)
  return release ? ok(releaseBody(call.state, release)) : notFound(call.docs)
}

/** Never a draft, whose tag may be any. */
export function getReleaseByTag(call: Call): Answer {
  const release = call.state.releases.findLast(({ draft, tag }) => !draft && tag === call.params['tag'])
  return release ? ok(releaseBody(call.state, release)) : notFound(call.docs)
}

export function createRelease(call: Call): Answer {
  const { state } = call
  const read = readBody(call, Create)
  if (!read.read) return read.answer
  const { tag_name: tag, target_commitish: target = state.repository.defaultBranch, ...given } = read.value
  const now = state.clock.now()
  const release: ReleaseRecord = {
    id: state.nextId(),
    tag,
    target,
    name: given.name ?? null,
    body: given.body ?? null,
    draft: true,
    prerelease: given.prerelease ?? false,
    immutable: false,
    untagged: randomBytes(10).toString('hex'),
    author: call.login,
    createdAt: now,
    updatedAt: now,
    publishedAt: null,
    assets: [],
  }
  const publish = given.draft !== true
  const errors = publish ? complaints(state, release) : []
  if (errors.length > 0) return failure(422, 'Validation Failed', call.docs, errors)
  const kept = publish ? published(state, release) : release
  state.releases.push(kept)
  const body = releaseBody(state, kept)
  return created(body, body.url)
}

export function updateRelease(call: Call): Answer {
  const { state } = call
  const release = findRelease(call)
  if (!release) return notFound(call.docs)
  const read = readBody(call, Update)
  if (!read.read) return read.answer
  const given = read.value
  const changed: ReleaseRecord = {
    ...release,
    tag: given.tag_name ?? release.tag,
    target: given.target_commitish ?? release.target,
    name: given.name === undefined ? release.name : given.name,
    body: given.body === undefined ? release.body : given.body,
    prerelease: given.prerelease ?? release.prerelease,
    updatedAt: state.clock.now(),
  }
  const publish = given.draft === undefined ? !release.draft : !given.draft
  const errors = publish ? complaints(state, changed) : []
  if (errors.length > 0) return failure(422, 'Validation Failed', call.docs, errors)
  const kept = publish ? published(state, changed) : { ...changed, draft: true }
  replaceRelease(state, release, kept)
  return ok(releaseBody(state, kept))
}

/** Its assets go with it; its tag stays. */
export async function deleteRelease(call: Call): Promise<Answer> {
  const release = findRelease(call)
  if (!release) return notFound(call.docs)
  call.state.releases.splice(call.state.releases.indexOf(release), 1)
  await removeAssets(call.state, release.assets)
  return noContent()
}

function complaints(state: State, { id, tag, target }: ReleaseRecord): readonly FieldError[] {
  const of = (code: string, field: string, message?: string): readonly FieldError[] => [
    { resource: 'Release', code, field, ...(message !== undefined && { message }) },
  ]
  const taken = state.releases.some((other) => other.id !== id && !other.draft && other.tag === tag)
  if (tag === '') return of('missing_field', 'tag_name')
  if (taken) return of('already_exists', 'tag_name')
  const known = state.graph.ref(`tags/${tag}`) !== undefined || state.graph.resolve(target) !== undefined
  return known ? [] : of('invalid', 'target_commitish')
}

/** The tag is made where there is none yet. */
function published(state: State, release: ReleaseRecord): ReleaseRecord {
  const { tag, target } = release
  const sha = state.graph.resolve(target)?.sha
  if (state.graph.ref(`tags/${tag}`) === undefined && sha !== undefined) state.graph.setRef(`tags/${tag}`, sha)
  const immutable = release.immutable || (release.publishedAt === null && state.limits.immutableReleases)
  return { ...release, draft: false, immutable, publishedAt: release.publishedAt ?? state.clock.now() }
}
