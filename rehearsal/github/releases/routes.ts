/** Releases and their assets: https://docs.github.com/rest/releases */
import { REST_DOCS } from '../answers.ts'
import type { Route } from '../route.ts'
import { deleteAsset, getAsset, listAssets, uploadAsset } from './assets.ts'
import { generateNotes } from './notes.ts'
import { createRelease, deleteRelease, getRelease, getReleaseByTag, listReleases, updateRelease } from './releases.ts'

const REPO = '/repos/:owner/:repo'
const RELEASE = `${REPO}/releases/:release_id{[0-9]+}`
const ASSET = `${REPO}/releases/assets/:asset_id{[0-9]+}`
const RELEASES_DOCS = `${REST_DOCS}/releases/releases`
const ASSETS_DOCS = `${REST_DOCS}/releases/assets`

const READ_CONTENTS = { permission: 'contents', level: 'read' } as const
const WRITE_CONTENTS = { permission: 'contents', level: 'write' } as const

export const RELEASE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: `${REPO}/releases`,
    needs: READ_CONTENTS,
    docs: `${RELEASES_DOCS}#list-releases`,
    answer: listReleases,
  },
  {
    method: 'POST',
    path: `${REPO}/releases`,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#create-a-release`,
    answer: createRelease,
  },
  {
    method: 'POST',
    path: `${REPO}/releases/generate-notes`,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#generate-release-notes-content-for-a-release`,
    answer: generateNotes,
  },
  {
    method: 'GET',
    path: `${REPO}/releases/tags/:tag{.+}`,
    needs: READ_CONTENTS,
    docs: `${RELEASES_DOCS}#get-a-release-by-tag-name`,
    answer: getReleaseByTag,
  },
  {
    method: 'GET',
    path: ASSET,
    needs: READ_CONTENTS,
    docs: `${ASSETS_DOCS}#get-a-release-asset`,
    answer: getAsset,
  },
  {
    method: 'DELETE',
    path: ASSET,
    needs: WRITE_CONTENTS,
    docs: `${ASSETS_DOCS}#delete-a-release-asset`,
    answer: deleteAsset,
  },
  {
    method: 'GET',
    path: RELEASE,
    needs: READ_CONTENTS,
    docs: `${RELEASES_DOCS}#get-a-release`,
    answer: getRelease,
  },
  {
    method: 'PATCH',
    path: RELEASE,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#update-a-release`,
    answer: updateRelease,
  },
  {
    method: 'DELETE',
    path: RELEASE,
    needs: WRITE_CONTENTS,
    docs: `${RELEASES_DOCS}#delete-a-release`,
    answer: deleteRelease,
  },
  {
    method: 'GET',
    path: `${RELEASE}/assets`,
    needs: READ_CONTENTS,
    docs: `${ASSETS_DOCS}#list-release-assets`,
    answer: listAssets,
  },
  {
    method: 'POST',
    path: `${RELEASE}/assets`,
    needs: WRITE_CONTENTS,
    docs: `${ASSETS_DOCS}#upload-a-release-asset`,
    answer: uploadAsset,
  },
]
