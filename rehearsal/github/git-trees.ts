/** Blobs and trees: https://docs.github.com/rest/git/blobs and https://docs.github.com/rest/git/trees */
import * as v from 'valibot'
import { type Answer, created, failure, notFound, ok } from './answers.ts'
import { type Body, readBody } from './body.ts'
import { treeSha } from './commits.ts'
import { type Entries, MODES, type TreeEntry } from './git-objects.ts'
import { nodeId, repositoryUrl } from './repository.ts'
import type { Call, State } from './state.ts'

const NewBlob = v.object({ content: v.string(), encoding: v.optional(v.picklist(['utf-8', 'base64']), 'utf-8') })
const NewEntry = v.object({
  path: v.string(),
  mode: v.optional(v.picklist(MODES)),
  type: v.optional(v.picklist(['blob', 'tree', 'commit'])),
  sha: v.optional(v.nullable(v.string())),
  content: v.optional(v.string()),
})
type NewEntry = v.InferOutput<typeof NewEntry>
const NewTree = v.object({ tree: v.array(NewEntry), base_tree: v.optional(v.string()) })

/** GitHub breaks the Base64 of a blob into lines of this many characters. */
const LINE = /.{1,60}/g

export function createBlob(call: Call): Answer {
  const body = readBody(call, NewBlob)
  if (!body.read) return body.answer
  const { content, encoding } = body.value
  const sha = call.state.objects.addBlob(Buffer.from(content, encoding))
  const url = `${repositoryUrl(call.state.repository)}/git/blobs/${sha}`
  return created({ sha, url }, url)
}

export function getBlob({ state, params, docs }: Call): Answer {
  const { file_sha: sha = '' } = params
  const content = state.objects.blob(sha)
  if (!content) return notFound(docs)
  return ok({
    sha,
    node_id: nodeId('B', state.repository.id, sha),
    size: content.length,
    url: `${repositoryUrl(state.repository)}/git/blobs/${sha}`,
    content: content.toString('base64').replace(LINE, '$&\n'),
    encoding: 'base64',
  })
}

/** Of a tree, of a commit or of a branch. */
export function getTree({ state, params, query, docs }: Call): Answer {
  const { tree_sha: asked = '' } = params
  const commit = state.graph.commit(state.graph.resolve(asked)?.sha ?? '')
  const sha = isTree(state, asked) ? asked : commit && treeSha(commit)
  return sha === undefined ? notFound(docs) : ok(treeBody(state, sha, 'recursive' in query))
}

export function createTree(call: Call): Answer {
  const { state, docs } = call
  const body = readBody(call, NewTree)
  if (!body.read) return body.answer
  const { base_tree: base, tree } = body.value
  if (base !== undefined && !isTree(state, base)) return failure(422, 'base_tree is not a valid tree oid', docs)
  const files = new Map([...state.objects.below(base ?? '')].filter(([, { mode }]) => mode !== '040000'))
  for (const entry of tree) {
    const refused = refuse(entry, docs) ?? apply(call, files, entry)
    if (refused) return refused
  }
  const answer = treeBody(state, state.objects.addTree(files), false)
  return created(answer, answer.url)
}

/** The tree of a commit that was only told of is one too, with files that nobody knows. */
export function isTree({ objects, graph }: State, sha: string): boolean {
  return objects.tree(sha) !== undefined || graph.commits().some((commit) => treeSha(commit) === sha)
}

function refuse({ path, mode, sha, content }: NewEntry, docs: string): Answer | undefined {
  const malformed = path.split('/').some((part) => ['', '.', '..', '.git'].includes(part.toLowerCase()))
  if (malformed) return failure(422, 'tree.path contains a malformed path component', docs)
  if (mode === undefined) return failure(422, 'Must supply a valid tree.mode', docs)
  if ((sha === undefined) !== (content === undefined)) return undefined
  const message = 'Must supply either tree.sha or tree.content. Request will be rejected if both are present.'
  return failure(422, message, docs)
}

/** Changes the files as one entry asks. */
function apply(call: Call, files: Map<string, TreeEntry>, entry: NewEntry): Answer | undefined {
  const { path, sha } = entry
  if (sha === null) return remove(files, path) ? undefined : failure(422, 'GitRPC::BadObjectState', call.docs)
  const added = filesOf(call, entry)
  if (!added.read) return added.answer
  remove(files, path)
  for (const [name, file] of added.value) files.set(name === '' ? path : `${path}/${name}`, file)
  // What was a file is a directory now.
  for (const parent of parentsOf(path)) files.delete(parent)
  return undefined
}

/** A file, or all that is in a directory. @returns whether there was one */
function remove(files: Map<string, TreeEntry>, path: string): boolean {
  const gone = [...files.keys()].filter((name) => name === path || name.startsWith(`${path}/`))
  for (const name of gone) files.delete(name)
  return gone.length > 0
}

function parentsOf(path: string): readonly string[] {
  return path.split('/').flatMap((_, at, parts) => (at === 0 ? [] : parts.slice(0, at).join('/')))
}

/** Below the entry's path, which itself is ''. */
function filesOf({ state, docs }: Call, { mode = '100644', sha, content }: NewEntry): Body<Entries> {
  const { objects } = state
  const of = (name: string): Body<Entries> => ({ read: true, value: new Map([['', { mode, sha: name }]]) })
  if (content !== undefined) return of(objects.addBlob(Buffer.from(content)))
  const type = typeOf(mode)
  const known = type === 'blob' ? objects.blob(sha ?? '') : type === 'tree' ? objects.tree(sha ?? '') : true
  if (!sha || !known) return { read: false, answer: failure(422, `tree.sha ${sha} is not a valid ${type}`, docs) }
  if (type !== 'tree') return of(sha)
  return { read: true, value: new Map([...objects.below(sha)].filter(([, file]) => file.mode !== '040000')) }
}

function typeOf(mode: TreeEntry['mode']): 'blob' | 'tree' | 'commit' {
  if (mode === '040000') return 'tree'
  return mode === '160000' ? 'commit' : 'blob'
}

function treeBody({ objects, repository }: State, sha: string, recursive: boolean) {
  const url = `${repositoryUrl(repository)}/git`
  const entries = recursive ? objects.below(sha) : (objects.tree(sha) ?? new Map<string, TreeEntry>())
  return {
    sha,
    url: `${url}/trees/${sha}`,
    tree: [...entries].map(([path, entry]) => {
      const type = typeOf(entry.mode)
      const size = objects.blob(entry.sha)?.length
      const at = type === 'commit' ? {} : { url: `${url}/${type}s/${entry.sha}` }
      return { path, mode: entry.mode, type, sha: entry.sha, ...(size !== undefined && { size }), ...at }
    }),
    truncated: false,
  }
}
