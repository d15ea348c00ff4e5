/** Finds the action that a step `uses` and reads its `action.yml`. */
import { existsSync, globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packRepository } from '../folders.ts'
import { type MappingToken, NoOperationTraceWriter, parseAction, type TemplateToken } from './library.ts'

/** Where actions are found. */
export interface ActionFolders {
  /** This pack's own: `slipway-ci/slipway/actions/NAME@REF` is the folder `actions/NAME` here. */
  readonly pack: string
  /** Folders with `OWNER/REPO[/PATH]/action.yml`, first match wins. */
  readonly standIns: readonly string[]
}

/** What `uses:` says. */
export type Reference =
  | { readonly kind: 'repository'; readonly repository: string; readonly path: string; readonly ref: string }
  /** `./path`: in the job's workspace. */
  | { readonly kind: 'workspace'; readonly path: string }
  /** `$/path`: in the workflow's repository, at the commit that runs. */
  | { readonly kind: 'self'; readonly path: string }

export interface Action {
  readonly reference: Reference
  readonly folder: string
  readonly name: string
  readonly main: string
  readonly pre: string | undefined
  readonly preIf: string
  readonly post: string | undefined
  readonly postIf: string
  readonly inputs: readonly ActionInput[]
  readonly standIn: boolean
}

export interface ActionInput {
  readonly name: string
  readonly default: TemplateToken | undefined
  readonly deprecated: string | undefined
}

/** @returns undefined when it is none of the forms GitHub knows. */
export function parseReference(uses: string): Reference | undefined {
  if (uses.startsWith('./')) return { kind: 'workspace', path: uses }
  if (uses.startsWith('$/')) return { kind: 'self', path: uses.slice(2) }
  const match = /^([^/@\s]+\/[^/@\s]+)((?:\/[^@\s]+)?)@(\S+)$/.exec(uses)
  if (match === null) return undefined
  const [, repository = '', path = '', ref = ''] = match
  return { kind: 'repository', repository, path: path.slice(1), ref }
}

/** An action that does not depend on what a job has checked out. */
export type FixedReference = Exclude<Reference, { readonly kind: 'workspace' }>

/** @returns the action's folder @throws Error that says why the rehearsal has none */
export function locate(reference: FixedReference, folders: ActionFolders, repository: string): string {
  if (reference.kind === 'self') return existing(join(repository, reference.path))
  if (reference.repository === packRepository) return existing(join(folders.pack, reference.path))
  const name = join(reference.repository, reference.path)
  const found = folders.standIns.map((folder) => join(folder, name)).find((folder) => manifestIn(folder) !== undefined)
  if (found !== undefined) return found
  throw new Error(
    `There is no stand-in for ${name}. There are stand-ins for ${standInNames(folders.standIns).join(', ')}. ` +
      `Leave the step out of a copy of the workflow, or add a stand-in in rehearsal/standins/${name}.`,
  )
}

/** Actions of others that can be rehearsed: `actions/checkout`, ... */
export function standInNames(standIns: readonly string[]): readonly string[] {
  const manifests = standIns.flatMap((cwd) => globSync('*/*/**/action.{yml,yaml}', { cwd }))
  return [...new Set(manifests.map(dirname))].sort()
}

function existing(folder: string): string {
  if (manifestIn(folder) === undefined) throw new Error(`There is no action.yml in ${folder}.`)
  return folder
}

/** @throws Error that says what is wrong with the `action.yml`, or that the bundle is not built. */
export async function loadAction(folder: string, reference: Reference, folders: ActionFolders): Promise<Action> {
  const file = manifestIn(folder)
  if (file === undefined) {
    const hint = 'Did you forget to run actions/checkout before running your local action?'
    throw new Error(`Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. ${hint}`)
  }
  const { context, value } = parseAction(
    { name: file, content: await readFile(file, 'utf8') },
    new NoOperationTraceWriter(),
  )
  const errors = context.errors.getErrors().map((error) => `${file}:${error.range?.start.line}: ${error.rawMessage}`)
  if (value === undefined || errors.length > 0) throw new Error(errors.join('\n'))
  const root = value.assertMapping('action')
  const runs = root.find('runs')?.assertMapping('runs')
  const using = runs?.find('using')?.toString() ?? 'nothing'
  if (runs === undefined || !/^node(20|24)$/.test(using)) {
    throw new Error(`${file} runs with '${using}'; the rehearsal runs JavaScript actions (node20, node24).`)
  }
  return build(root, runs, folder, reference, folders)
}

function build(
  root: MappingToken,
  runs: MappingToken,
  folder: string,
  reference: Reference,
  folders: ActionFolders,
): Action {
  const script = (key: string) => {
    const value = runs.find(key)?.toString()
    if (value !== undefined && !existsSync(join(folder, value))) {
      throw new Error(`${join(folder, value)}, which action.yml names as '${key}', is missing. Run 'npm run build'.`)
    }
    return value === undefined ? undefined : join(folder, value)
  }
  return {
    reference,
    folder,
    name: root.find('name')?.toString() ?? folder,
    main: script('main') ?? '',
    pre: script('pre'),
    preIf: runs.find('pre-if')?.toString() ?? 'always()',
    post: script('post'),
    postIf: runs.find('post-if')?.toString() ?? 'always()',
    inputs: [...(root.find('inputs')?.assertMapping('inputs') ?? [])].map(({ key, value }) => {
      const input = value.assertMapping('input')
      return {
        name: `${key}`,
        default: input.find('default'),
        deprecated: input.find('deprecationMessage')?.toString(),
      }
    }),
    standIn: folders.standIns.some((standIns) => folder.startsWith(standIns)),
  }
}

function manifestIn(folder: string): string | undefined {
  return ['action.yml', 'action.yaml'].map((name) => join(folder, name)).find((file) => existsSync(file))
}
