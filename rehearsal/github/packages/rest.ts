/**
 * Container packages of users and organizations: https://docs.github.com/rest/packages/packages
 * A job's own token deletes with `packages: write`, as long as its repository administers the package, as it does when one
 * of its workflows has made it (docs.github.com, "Deleting and restoring a package").
 */
import { type Answer, failure, noContent, notAccessible, ok, paginate, REST_DOCS } from '../answers.ts'
import { minimalRepository, type Repository, userOf } from '../repository.ts'
import type { Route } from '../route.ts'
import { type Call, timestamp } from '../state.ts'
import { activeVersions, findPackage, type PackageRecord, type PackageVersion } from './records.ts'

const READ = { permission: 'packages', level: 'read' } as const
const WRITE = { permission: 'packages', level: 'write' } as const
const DOCS = `${REST_DOCS}/packages/packages`
const MANY_DOWNLOADS = 5000

export const PACKAGE_ROUTES: readonly Route[] = [
  ...routesOf('/orgs/:org', 'Organization', {
    get: 'get-a-package-for-an-organization',
    list: 'list-package-versions-for-a-package-owned-by-an-organization',
    one: 'get-a-package-version-for-an-organization',
    delete: 'delete-package-version-for-an-organization',
  }),
  ...routesOf('/users/:username', 'User', {
    get: 'get-a-package-for-a-user',
    list: 'list-package-versions-for-a-package-owned-by-a-user',
    one: 'get-a-package-version-for-a-user',
    delete: 'delete-package-version-for-a-user',
  }),
]

type Kind = 'User' | 'Organization'
type Headings = Readonly<Record<'get' | 'list' | 'one' | 'delete', string>>

function routesOf(owner: string, kind: Kind, headings: Headings): readonly Route[] {
  const all = `${owner}/packages/:package_type/:package_name`
  const one = `${all}/versions/:package_version_id`
  const handled = (answer: (call: Call, found: PackageRecord) => Answer) => (call: Call) =>
    withPackage(call, kind, answer)
  const docs = (heading: keyof Headings) => `${DOCS}#${headings[heading]}`
  return [
    { method: 'GET', path: all, needs: READ, docs: docs('get'), answer: handled(getPackage) },
    { method: 'GET', path: `${all}/versions`, needs: READ, docs: docs('list'), answer: handled(listVersions) },
    { method: 'GET', path: one, needs: READ, docs: docs('one'), answer: handled(getVersion) },
    { method: 'DELETE', path: one, needs: WRITE, docs: docs('delete'), answer: handled(deleteVersion) },
  ]
}

/** An organization's are not below `/users/`, nor a user's below `/orgs/`. */
function withPackage(call: Call, kind: Kind, answer: (call: Call, found: PackageRecord) => Answer): Answer {
  const { repository, packages } = call.state
  const owner = call.params['org'] ?? call.params['username'] ?? ''
  const own = owner.toLowerCase() === repository.owner.toLowerCase() && ownerKind(repository) === kind
  const found = own && call.params['package_type'] === 'container' ? findPackage(packages, nameIn(call)) : undefined
  const readable = found?.linked === true || found?.visibility === 'public' || call.login !== undefined
  if (found === undefined || !readable) return failure(404, 'Package not found.', call.docs)
  return answer(call, found)
}

function nameIn({ params }: Call): string {
  return params['package_name'] ?? ''
}

export function ownerKind({ ownerType = 'User' }: Repository): Kind {
  return ownerType
}

function getPackage({ state: { repository } }: Call, found: PackageRecord): Answer {
  return ok({
    id: found.id,
    name: found.name,
    package_type: 'container',
    owner: userOf(repository, repository.owner),
    version_count: activeVersions(found).length,
    visibility: found.visibility,
    url: apiUrl(repository, found),
    created_at: timestamp(found.createdAt),
    updated_at: timestamp(found.updatedAt),
    ...(found.linked && { repository: minimalRepository(repository) }),
    html_url: htmlUrl(repository, `package/${encodeURIComponent(found.name)}`),
  })
}

/** Newest first. Only an organization's can be asked for by their state. */
function listVersions(call: Call, found: PackageRecord): Answer {
  const deleted = call.params['org'] !== undefined && call.query['state'] === 'deleted'
  const wanted = found.versions.filter(({ deletedAt }) => (deletedAt !== undefined) === deleted)
  const { items, headers } = paginate(wanted.toReversed(), call.url)
  return { ...ok(items.map((version) => versionBody(call.state.repository, found, version))), headers }
}

function getVersion(call: Call, found: PackageRecord): Answer {
  const version = activeVersions(found).find(({ id }) => id === versionId(call))
  return version ? ok(versionBody(call.state.repository, found, version)) : versionNotFound(call)
}

/** The texts are those that cleanup tools report: kairos-io/kairos#4723, actions/delete-package-versions#231. */
function deleteVersion(call: Call, found: PackageRecord): Answer {
  if (!administers(call, found)) return notAccessible(call.docs, 'integration')
  const active = activeVersions(found)
  const version = active.find(({ id }) => id === versionId(call))
  if (version === undefined) return versionNotFound(call)
  const refused = refusal(found, version, active)
  if (refused !== undefined) return failure(400, refused, call.docs)
  version.deletedAt = call.state.clock.now()
  return noContent()
}

function refusal(
  { visibility }: PackageRecord,
  version: PackageVersion,
  active: readonly PackageVersion[],
): string | undefined {
  if (visibility === 'public' && version.downloads > MANY_DOWNLOADS) {
    return `Publicly visible package versions with more than ${MANY_DOWNLOADS} downloads cannot be deleted. Contact GitHub support for further assistance.`
  }
  const others = active.filter((other) => other !== version)
  if (version.tags.size > 0 && !others.some(({ tags }) => tags.size > 0)) {
    return 'You cannot delete the last tagged version of a package. You must delete the package instead.'
  }
  if (others.length > 0) return undefined
  return 'You cannot delete the last version of a package. You must delete the package instead.'
}

function administers(call: Call, { linked }: PackageRecord): boolean {
  return linked || call.login !== undefined
}

function versionId({ params }: Call): number {
  return Number(params['package_version_id'])
}

function versionNotFound({ docs }: Call): Answer {
  return failure(404, 'Package version not found.', docs)
}

function versionBody(repository: Repository, found: PackageRecord, version: PackageVersion) {
  const name = encodeURIComponent(found.name)
  return {
    id: version.id,
    name: version.digest,
    url: `${apiUrl(repository, found)}/versions/${version.id}`,
    package_html_url: htmlUrl(repository, `package/${name}`),
    created_at: timestamp(version.createdAt),
    updated_at: timestamp(version.updatedAt),
    ...(version.deletedAt !== undefined && { deleted_at: timestamp(version.deletedAt) }),
    html_url: htmlUrl(repository, `${name}/${version.id}`),
    metadata: { package_type: 'container', container: { tags: [...version.tags] } },
  }
}

function apiUrl(repository: Repository, { name }: PackageRecord): string {
  return `${ownerUrl(repository)}/packages/container/${encodeURIComponent(name)}`
}

function htmlUrl(repository: Repository, rest: string): string {
  return `${ownerUrl(repository)}/packages/container/${rest}`
}

function ownerUrl(repository: Repository): string {
  const list = ownerKind(repository) === 'Organization' ? 'orgs' : 'users'
  return `${repository.origin}/${list}/${repository.owner}`
}
