/** Labels and comments of pull requests: https://docs.github.com/rest/issues/labels and …/issues/comments */
import * as v from 'valibot'
import { type Answer, created, failure, noContent, notFound, ok, paginate } from '../answers.ts'
import { readBody } from '../body.ts'
import { type Call, type State, timestamp } from '../state.ts'
import { commentBody, labelBody } from './bodies.ts'
import { changePull, findLabel, findPull, type LabelRecord, labelNamed, type PullRecord } from './records.ts'

const WRITE_ISSUES = { permission: 'issues', level: 'write' } as const

export function listLabels(call: Call): Answer {
  const { repository, pulls } = call.state
  const { items, headers } = paginate(pulls.labels, call.url)
  return { ...ok(items.map((label) => labelBody(repository, label))), headers }
}

const NewLabel = v.object({
  name: v.string(),
  color: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{6}$/i)), 'ededed'),
  description: v.optional(v.nullable(v.string())),
})

export function createLabel(call: Call): Answer {
  const { state, docs } = call
  const body = readBody(call, NewLabel)
  if (!body.read) return body.answer
  const { name, color } = body.value
  const taken = { resource: 'Label', code: 'already_exists', field: 'name' }
  if (findLabel(state, name)) return failure(422, 'Validation Failed', docs, [taken])
  const label = { id: state.nextId(), name, color, description: body.value.description ?? '' }
  state.pulls.labels.push(label)
  const answer = labelBody(state.repository, label)
  return created(answer, answer.url)
}

export function getLabel({ state, params, docs }: Call): Answer {
  const label = findLabel(state, params['name'] ?? '')
  return label ? ok(labelBody(state.repository, label)) : notFound(docs)
}

export function deleteLabel({ state, params, docs }: Call): Answer {
  const label = findLabel(state, params['name'] ?? '')
  if (!label) return notFound(docs)
  state.pulls.labels.splice(state.pulls.labels.indexOf(label), 1)
  for (const pull of state.pulls.all) withoutLabel(state, pull, label)
  return noContent()
}

export function listLabelsOfPull(call: Call): Answer {
  const pull = pullOf(call)
  if (!pull) return notFound(call.docs)
  const { items, headers } = paginate(labelsOf(call.state, pull), call.url)
  return { ...ok(items), headers }
}

const AddedLabels = v.object({ labels: v.array(v.string()) })

/**
 * What may be put on a pull request with `pull-requests: write` may be made with `issues: write` only
 * (googleapis/release-please-action#1105, actions/labeler#870).
 */
export function addLabels(call: Call): Answer {
  const { state, docs } = call
  const pull = pullOf(call)
  if (!pull) return notFound(docs)
  const body = readBody(call, AddedLabels)
  if (!body.read) return body.answer
  const { labels } = body.value
  const isNew = labels.some((name) => !findLabel(state, name))
  if (isNew && !call.may(WRITE_ISSUES)) return cannotCreate(docs)
  const names = labels.map((name) => labelNamed(state, name).name)
  const changed = changePull(state, pull, { labels: [...new Set([...pull.labels, ...names])] })
  return ok(labelsOf(state, changed))
}

function cannotCreate(docs: string): Answer {
  const error = { resource: 'Repository', field: 'label', code: 'unauthorized' }
  return failure(403, 'You do not have permission to create labels on this repository.', docs, [error])
}

export function removeLabel(call: Call): Answer {
  const { state, params, docs } = call
  const pull = pullOf(call)
  const label = findLabel(state, params['name'] ?? '')
  if (!pull) return notFound(docs)
  if (!label || !pull.labels.includes(label.name)) return failure(404, 'Label does not exist', docs)
  return ok(labelsOf(state, withoutLabel(state, pull, label)))
}

function withoutLabel(state: State, pull: PullRecord, { name }: LabelRecord): PullRecord {
  if (!pull.labels.includes(name)) return pull
  return changePull(state, pull, { labels: pull.labels.filter((label) => label !== name) })
}

const NewComment = v.object({ body: v.string() })

export function createComment(call: Call): Answer {
  const { state, docs, login: author } = call
  const pull = pullOf(call)
  if (!pull) return notFound(docs)
  const body = readBody(call, NewComment)
  if (!body.read) return body.answer
  const createdAt = timestamp(state.clock.now())
  const comment = { id: state.nextId(), number: pull.number, body: body.value.body, author, createdAt }
  state.pulls.comments.push(comment)
  const answer = commentBody(state.repository, comment)
  return created(answer, answer.url)
}

export function listComments(call: Call): Answer {
  const { state, url, docs } = call
  const pull = pullOf(call)
  if (!pull) return notFound(docs)
  const all = state.pulls.comments.filter(({ number }) => number === pull.number)
  const { items, headers } = paginate(all, url)
  return { ...ok(items.map((comment) => commentBody(state.repository, comment))), headers }
}

function labelsOf(state: State, { labels }: PullRecord) {
  return labels.map((name) => labelBody(state.repository, labelNamed(state, name)))
}

function pullOf({ state, params }: Call): PullRecord | undefined {
  return findPull(state, Number(params['issue_number']))
}
