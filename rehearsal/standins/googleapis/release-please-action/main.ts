import { act, Failure, flag, info, input, refuse, setOutput, variable, warning } from '../../action.ts'
import { type Api, apiWith, Refusal } from '../../api.ts'
import { conventional } from './commits.ts'
import { type Config, readConfig, readManifest } from './config.ts'
import { tagOf } from './names.ts'
import { notesOf } from './notes.ts'
import { propose, type ReportedPull } from './pull-request.ts'
import { type CreatedRelease, createReleases, pendingPulls } from './release.ts'
import { readSource, type Source } from './source.ts'
import { nextVersion, parseVersion, textOf } from './version.ts'

await act(async () => {
  refuse({
    path: ['.'],
    'repo-url': [variable('GITHUB_REPOSITORY')],
    'github-api-url': [variable('GITHUB_API_URL')],
    'github-graphql-url': [`${variable('GITHUB_API_URL')}/graphql`],
    fork: ['false'],
    'proxy-server': [],
  })
  if (input('token') === '') throw new Failure('Input required and not supplied: token')
  const api = apiWith(input('token'))
  try {
    if (!flag('skip-github-release')) outputReleases(await makeReleases(api))
    if (!flag('skip-github-pull-request')) outputPull(await makePullRequest(api))
  } catch (error) {
    throw error instanceof Refusal ? new Failure(`release-please failed: ${error.message}`) : error
  }
})

async function targetOf(api: Api): Promise<string> {
  const given = input('target-branch')
  if (given !== '') return given
  return (await api.ask<{ default_branch: string }>('')).default_branch
}

function configFile(): string {
  return input('config-file') || 'release-please-config.json'
}

function manifestFile(): string {
  return input('manifest-file') || '.release-please-manifest.json'
}

async function makeReleases(api: Api): Promise<readonly CreatedRelease[]> {
  const source = await readSource(api, await targetOf(api))
  const config = configOf(source)
  if (input('release-type') === '') readManifest(manifestFile(), source.read(manifestFile()))
  return createReleases(api, source.branch, config)
}

function configOf(source: Source): Config {
  const config = readConfig(configFile(), source.read(configFile()))
  const name: unknown = JSON.parse((config.type === 'node' && source.read('package.json')) || '{}').name
  // The package's own name is the component of a Node package that was given none.
  return config.component === '' && typeof name === 'string'
    ? { ...config, component: name.replace(/^@[^/]+\//, '') }
    : config
}

async function makePullRequest(api: Api): Promise<ReportedPull | undefined> {
  const source = await readSource(api, await targetOf(api))
  const config = configOf(source)
  const last = lastVersion(source, config)
  const commits = conventional(source.commits(since(source, config, last)))
  info(`Considering: ${commits.length} commits`)
  if (commits.length === 0) return undefined
  const { releaseAs } = config
  const version = textOf(
    releaseAs === undefined ? nextVersion(parseVersion(last), commits, config) : parseVersion(releaseAs),
  )
  const tags = { tag: tagOf(version, config), previousTag: tagOf(last, config) }
  const url = `${input('changelog-host') || 'https://github.com'}/${api.repository}`
  const date = api.now().toISOString().slice(0, 10)
  const notes = notesOf(commits, { version, ...tags, url, date, sections: config.sections })
  if (notes === undefined) {
    info(`No user facing commits found since ${tags.previousTag} - skipping`)
    return undefined
  }
  if ((await pendingPulls(api, source.branch, config)).length > 0) {
    warning('There are untagged, merged release PRs outstanding - aborting')
    return undefined
  }
  const manifest = input('release-type') === '' ? manifestFile() : undefined
  return propose(api, source, config, { version, notes, manifest })
}

/** Of the manifest, or without one the highest of the tags. */
function lastVersion(source: Source, config: Config): string {
  if (input('release-type') === '') return readManifest(manifestFile(), source.read(manifestFile()))
  const prefix = tagOf('', config)
  const tagged = source.tags().flatMap((tag) => (tag.startsWith(prefix) ? [tag.slice(prefix.length)] : []))
  const versions = tagged.filter((text) => /^\d+\.\d+\.\d+$/.test(text)).map(parseVersion)
  const [highest] = versions.toSorted((one, other) => {
    return other.major - one.major || other.minor - one.minor || other.patch - one.patch
  })
  if (highest !== undefined) return textOf(highest)
  throw new Failure(
    `No tag ${prefix}1.2.3 is on '${source.branch}', and the rehearsal's stand-in makes no first release.`,
  )
}

/** The commit of the last release; undefined where all that are on the branch count. */
function since(source: Source, config: Config, last: string): string | undefined {
  const tag = tagOf(last, config)
  const released = source.tagged(tag)
  if (released === undefined) info(`No release of ${tag} is found, so all commits are considered`)
  return config.lastReleaseSha ?? released ?? config.bootstrapSha
}

function outputReleases(releases: readonly CreatedRelease[]): void {
  setOutput('releases_created', `${releases.length > 0}`)
  for (const { tagName, url, uploadUrl, notes, version, ...release } of releases) {
    setOutput('release_created', 'true')
    const named = {
      tag_name: tagName,
      html_url: url,
      upload_url: uploadUrl,
      body: notes,
      path: '.',
      version: textOf(version),
    }
    const { major, minor, patch } = version
    for (const [name, value] of Object.entries({ ...release, ...named, major, minor, patch }))
      setOutput(name, `${value}`)
  }
  setOutput('paths_released', JSON.stringify(releases.map(() => '.')))
}

function outputPull(pull: ReportedPull | undefined): void {
  setOutput('prs_created', `${pull !== undefined}`)
  if (pull === undefined) return
  setOutput('pr', JSON.stringify(pull))
  setOutput('prs', JSON.stringify([pull]))
}
