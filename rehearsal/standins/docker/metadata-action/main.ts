import { appendFileSync, readFileSync } from 'node:fs'
import { act, info, input, lines, refuse, setOutput, variable, warning } from '../../action.ts'
import { apiWith } from '../../api.ts'
import { readEntries, readFlavor, readImages } from './entries.ts'
import { type Subject, tagsOf } from './tags.ts'

await act(async () => {
  refuse({ context: ['workflow'], 'bake-target': [] })
  const images = readImages(uncommented('images')).map((image) => image.toLowerCase())
  const subject = readSubject()
  const { version, names, warnings } = tagsOf(
    readEntries(uncommented('tags')),
    readFlavor(uncommented('flavor')),
    subject,
  )
  for (const text of warnings) warning(text)
  if (version === '') warning('No Docker image version has been generated. Check tags input.')
  const tags = images.length === 0 ? names : images.flatMap((image) => names.map((name) => `${image}:${name}`))
  if (tags.length === 0) warning('No Docker tag has been generated. Check tags input.')
  const standard = await standardLabels(version, subject)
  const [labels, plain] = ['labels', 'annotations'].map((name) => withOwn(standard, lines(name)))
  const annotations = (plain ?? []).map((annotation) => `manifest:${annotation}`)
  output('version', version)
  output('tags', tags.join(separator('sep-tags')))
  output('tag-names', names.join(separator('sep-tags')))
  output('labels', (labels ?? []).join(separator('sep-labels')))
  output('annotations', annotations.join(separator('sep-annotations')))
  output('json', JSON.stringify({ tags, 'tag-names': names, labels: asObject(labels ?? []), annotations }))
  for (const line of [version, ...tags, ...(labels ?? [])]) info(line)
})

/** The action's lists take comments. */
function uncommented(name: string): readonly string[] {
  return lines(name).filter((line) => !line.startsWith('#'))
}

function separator(name: string): string {
  return input(name) === '' ? '\n' : input(name)
}

/** A later step reads it as an output, or from the environment. */
function output(name: string, value: string): void {
  setOutput(name, value)
  const variableName = `DOCKER_METADATA_OUTPUT_${name.replace(/\W/g, '_').toUpperCase()}`
  const end = `end_${crypto.randomUUID()}`
  appendFileSync(variable('GITHUB_ENV'), `${variableName}<<${end}\n${value}\n${end}\n`)
}

interface Payload {
  readonly base_ref?: string | null
  readonly pull_request?: { readonly base?: { readonly ref?: string } }
  readonly repository?: { readonly default_branch?: string }
}

function readSubject(): Subject {
  const payload: Payload = JSON.parse(readFileSync(variable('GITHUB_EVENT_PATH'), 'utf8'))
  const base = payload.base_ref?.replace('refs/heads/', '') ?? payload.pull_request?.base?.ref ?? ''
  return {
    event: variable('GITHUB_EVENT_NAME'),
    ref: variable('GITHUB_REF'),
    sha: variable('GITHUB_SHA'),
    defaultBranch: payload.repository?.default_branch ?? '',
    baseRef: base,
  }
}

interface RepositoryFacts {
  readonly name: string
  readonly description: string | null
  readonly html_url: string
}

async function standardLabels(version: string, { sha }: Subject): Promise<readonly string[]> {
  const repository = await apiWith(input('github-token')).ask<RepositoryFacts>('')
  const { name, description, html_url: url } = repository
  const all = {
    title: name,
    description,
    url,
    source: url,
    version,
    created: new Date().toISOString(),
    revision: sha,
    licenses: '',
  }
  return Object.entries(all).map(([key, value]) => `org.opencontainers.image.${key}=${value ?? ''}`)
}

/** One's own come instead of those of the same name. */
function withOwn(standard: readonly string[], own: readonly string[]): readonly string[] {
  const all = Object.entries(asObject([...standard, ...own]))
  return all.map(([key, value]) => `${key}=${value}`).sort((one, other) => one.localeCompare(other))
}

function asObject(list: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    list.map((item) => {
      const at = item.indexOf('=')
      return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)]
    }),
  )
}
