/** Variables of repositories: https://docs.github.com/rest/actions/variables */
import * as v from 'valibot'
import { findRepository, fullNameOf } from './accounts.ts'
import { type Answer, failure, noContent, notFound, ok, paginate, REST_DOCS } from './answers.ts'
import { readBody } from './body.ts'
import type { Route } from './route.ts'
import { refuseName, refuseSize } from './secrets/names.ts'
import { type Call, type State, timestamp } from './state.ts'

export interface VariableRecord {
  /** `owner/name` in lower case. */
  readonly repository: string
  /** In upper case. */
  readonly name: string
  readonly value: string
  /** ms since 1970. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** A page of variables is shorter than other pages. */
const PER_PAGE = { default: 10, max: 30 } as const

const ALL = '/repos/:owner/:repo/actions/variables'
const ONE = `${ALL}/:name`
const DOCS = `${REST_DOCS}/actions/variables`
const READ = { permission: 'actions_variables', level: 'read' } as const
const WRITE = { permission: 'actions_variables', level: 'write' } as const

export const VARIABLE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: ALL,
    needs: READ,
    others: true,
    docs: `${DOCS}#list-repository-variables`,
    answer: listVariables,
  },
  {
    method: 'POST',
    path: ALL,
    needs: WRITE,
    others: true,
    docs: `${DOCS}#create-a-repository-variable`,
    answer: createVariable,
  },
  {
    method: 'GET',
    path: ONE,
    needs: READ,
    others: true,
    docs: `${DOCS}#get-a-repository-variable`,
    answer: getVariable,
  },
  {
    method: 'PATCH',
    path: ONE,
    needs: WRITE,
    others: true,
    docs: `${DOCS}#update-a-repository-variable`,
    answer: updateVariable,
  },
  {
    method: 'DELETE',
    path: ONE,
    needs: WRITE,
    others: true,
    docs: `${DOCS}#delete-a-repository-variable`,
    answer: deleteVariable,
  },
]

const Create = v.object({ name: v.string(), value: v.string() })
const Update = v.object({ name: v.optional(v.string()), value: v.optional(v.string()) })

function listVariables(call: Call): Answer {
  const repository = repositoryOf(call)
  const all = call.state.variables
    .filter((known) => known.repository === repository)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const { items, headers } = paginate(all, call.url, PER_PAGE.default, PER_PAGE.max)
  return { ...ok({ total_count: all.length, variables: items.map(variableBody) }), headers }
}

function getVariable(call: Call): Answer {
  const variable = find(call)
  return variable ? ok(variableBody(variable)) : notFound(call.docs)
}

function createVariable(call: Call): Answer {
  const body = readBody(call, Create)
  if (!body.read) return body.answer
  const { name, value } = body.value
  const refused = refuse(call, name, value)
  if (refused) return refused
  if (find(call, name)) return alreadyExists(call)
  const now = call.state.clock.now()
  const repository = repositoryOf(call)
  call.state.variables.push({ repository, name: name.toUpperCase(), value, createdAt: now, updatedAt: now })
  return { status: 201, body: {} }
}

/** A new name is a new name of the same variable. */
function updateVariable(call: Call): Answer {
  const body = readBody(call, Update)
  if (!body.read) return body.answer
  const known = find(call)
  if (!known) return notFound(call.docs)
  const { name = known.name, value = known.value } = body.value
  const refused = refuse(call, name, value)
  if (refused) return refused
  const other = find(call, name)
  if (other && other !== known) return alreadyExists(call)
  replace(call.state, known, { ...known, name: name.toUpperCase(), value, updatedAt: call.state.clock.now() })
  return noContent()
}

function deleteVariable(call: Call): Answer {
  const known = find(call)
  if (!known) return notFound(call.docs)
  replace(call.state, known)
  return noContent()
}

function refuse({ docs }: Call, name: string, value: string): Answer | undefined {
  return refuseName(name, docs, 'Variable') ?? refuseSize(value, docs)
}

function alreadyExists({ docs }: Call): Answer {
  return failure(409, 'Already exists - Variable already exists', docs)
}

function repositoryOf({ params }: Call): string {
  return `${params['owner']}/${params['repo']}`.toLowerCase()
}

function find(call: Call, name = call.params['name'] ?? ''): VariableRecord | undefined {
  return findVariable(call.state, repositoryOf(call), name)
}

function findVariable({ variables }: State, repository: string, name: string): VariableRecord | undefined {
  return variables.find((known) => known.repository === repository && known.name === name.toUpperCase())
}

function replace({ variables }: State, known: VariableRecord, ...by: readonly VariableRecord[]): void {
  variables.splice(variables.indexOf(known), 1, ...by)
}

function variableBody({ name, value, createdAt, updatedAt }: VariableRecord) {
  return { name, value, created_at: timestamp(createdAt), updated_at: timestamp(updatedAt) }
}

/** @param repository `owner/name`; default: the own one @throws Error when there is no such repository */
export function setVariable(state: State, name: string, value: string, repository?: string): void {
  const wanted = repository ?? fullNameOf(state.repository)
  if (!findRepository(state, wanted)) throw new Error(`No repository ${wanted} for the variable ${name}.`)
  const known = findVariable(state, wanted.toLowerCase(), name)
  const now = state.clock.now()
  const fresh = { repository: wanted.toLowerCase(), name: name.toUpperCase(), value, createdAt: now, updatedAt: now }
  if (known) replace(state, known, { ...fresh, createdAt: known.createdAt })
  else state.variables.push(fresh)
}

export function variableValue(state: State, name: string, repository?: string): string | undefined {
  return findVariable(state, (repository ?? fullNameOf(state.repository)).toLowerCase(), name)?.value
}
