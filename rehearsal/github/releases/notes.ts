/** Notes that GitHub writes itself: https://docs.github.com/rest/releases/releases#generate-release-notes-content-for-a-release */
import * as v from 'valibot'
import { type Answer, failure, ok } from '../answers.ts'
import { readBody } from '../body.ts'
import type { PullRecord } from '../pulls/records.ts'
import { htmlUrl } from '../repository.ts'
import type { Call, State } from '../state.ts'

const Wanted = v.object({
  tag_name: v.string(),
  target_commitish: v.optional(v.string()),
  previous_tag_name: v.optional(v.string()),
  configuration_file_path: v.optional(v.string()),
})

/** The merged pull requests since the release before, without the headings that a configuration would make. */
export function generateNotes(call: Call): Answer {
  const { state, docs } = call
  const body = readBody(call, Wanted)
  if (!body.read) return body.answer
  const { tag_name: tag, target_commitish: target = state.repository.defaultBranch, previous_tag_name } = body.value
  const invalid = (field: string) =>
    failure(422, 'Validation Failed', docs, [{ resource: 'Release', field, code: 'invalid' }])
  const head = state.graph.ref(`tags/${tag}`) ?? state.graph.resolve(target)?.sha
  if (head === undefined) return invalid('target_commitish')
  const previous = previous_tag_name ?? newestBefore(state, tag)
  const base = previous === undefined ? undefined : state.graph.ref(`tags/${previous}`)
  if (previous_tag_name !== undefined && base === undefined) return invalid('previous_tag_name')
  const had = base === undefined ? new Set<string>() : state.graph.history(base)
  const has = state.graph.history(head)
  const merged = state.pulls.all.filter(({ closed }) => {
    const sha = closed?.merge?.sha
    return sha !== undefined && has.has(sha) && !had.has(sha)
  })
  return ok({
    name: tag,
    body: textOf(state, merged, previous === undefined ? `commits/${tag}` : `compare/${previous}...${tag}`),
  })
}

function newestBefore({ releases }: State, tag: string): string | undefined {
  return releases.findLast((release) => !release.draft && !release.prerelease && release.tag !== tag)?.tag
}

function textOf({ repository }: State, merged: readonly PullRecord[], changes: string): string {
  const url = htmlUrl(repository)
  const entries = merged.map(({ title, author = 'github-actions[bot]', number }) => {
    return `* ${title} by @${author.replace('[bot]', '')} in ${url}/pull/${number}`
  })
  const changed = entries.length === 0 ? [] : [`## What's Changed\n${entries.join('\n')}`]
  return [...changed, `**Full Changelog**: ${url}/${changes}`].join('\n\n')
}
