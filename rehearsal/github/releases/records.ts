import type { Call, State } from '../state.ts'

export interface ReleaseRecord {
  readonly id: number
  readonly tag: string
  /** A branch or a commit. */
  readonly target: string
  readonly name: string | null
  readonly body: string | null
  readonly draft: boolean
  readonly prerelease: boolean
  readonly immutable: boolean
  /** In the address of a draft's page. */
  readonly untagged: string
  readonly author: string | undefined
  /** ms since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
  readonly publishedAt: number | null
  /** Oldest first. */
  readonly assets: readonly AssetRecord[]
}

export interface AssetRecord {
  readonly id: number
  readonly name: string
  readonly label: string | null
  readonly contentType: string
  readonly uploader: string | undefined
  /** Where its content is in the storage. */
  readonly path: string
  /** undefined while it is uploaded, and when that broke: a `starter`. */
  readonly content: { readonly size: number; readonly digest: string } | undefined
  readonly downloads: number
  /** ms since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
}

const WRITE_CONTENTS = { permission: 'contents', level: 'write' } as const

export function replaceRelease(state: State, release: ReleaseRecord, by: ReleaseRecord): void {
  state.releases.splice(state.releases.indexOf(release), 1, by)
}

export function findRelease(call: Call): ReleaseRecord | undefined {
  const id = Number(call.params['release_id'])
  return visibleReleases(call).find((release) => release.id === id)
}

export function visibleReleases(call: Call): readonly ReleaseRecord[] {
  const { releases } = call.state
  const all = releases.some(({ draft }) => draft) && call.may(WRITE_CONTENTS)
  return all ? releases : releases.filter(({ draft }) => !draft)
}
