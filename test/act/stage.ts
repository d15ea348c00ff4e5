/** Lays out for act what the rehearsal finds by itself: the pack as a release has it, and the stand-ins. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { parse, parseDocument, stringify } from 'yaml'
import { type ActionFolders, locate, parseReference } from '../../rehearsal/runner/action.ts'

/** `OWNER/REPO@REF` and the folder that act takes for it. */
export interface LocalRepository {
  readonly name: string
  readonly folder: string
}

/**
 * A folder for each repository that the workflow uses. Act copies such a folder whole for every step, so it holds what
 * the action needs and nothing else.
 */
export async function stageRepositories(
  workflow: string,
  root: string,
  folders: ActionFolders,
): Promise<readonly LocalRepository[]> {
  const staged: LocalRepository[] = []
  for (const uses of usesIn(workflow)) {
    const reference = parseReference(uses)
    if (reference?.kind !== 'repository') throw new Error(`Act cannot be given ${uses}: it is in no repository.`)
    const name = `${reference.repository}@${reference.ref}`
    if (staged.some((known) => known.name === name)) continue
    const folder = join(root, name.replaceAll('/', '-'))
    const source = locate(reference, folders, '')
    if (source.startsWith(join(folders.pack, 'actions'))) await stagePack(folders.pack, folder)
    else await stageStandIn(source, folder)
    staged.push({ name, folder })
  }
  return staged
}

function usesIn(workflow: string): readonly string[] {
  const found: string[] = []
  JSON.stringify(parse(workflow), (key, value) => {
    if (key === 'uses') found.push(`${value}`)
    return value
  })
  return found
}

async function stagePack(pack: string, folder: string): Promise<void> {
  for (const part of ['actions', 'dist']) await cp(join(pack, part), join(folder, part), { recursive: true })
}

/** A stand-in shares code with the others, beside its own folder: `action.yml` is moved up to where both are. */
async function stageStandIn(source: string, folder: string): Promise<void> {
  const shared = dirname(dirname(source))
  await cp(shared, folder, { recursive: true })
  const manifest = parse(await readFile(join(source, 'action.yml'), 'utf8'))
  for (const script of ['pre', 'main', 'post'].filter((key) => key in manifest.runs)) {
    manifest.runs[script] = join(relative(shared, source), manifest.runs[script])
  }
  await writeFile(join(folder, 'action.yml'), stringify(manifest))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
}

/**
 * The workflow without `environment.deployment` and `concurrency.queue`, which act's schema does not know.
 * @throws where there is none of them: then this step is no longer needed, or the template has changed
 */
export async function stageWorkflow(workflow: string, file: string): Promise<void> {
  const document = parseDocument(workflow)
  const ofJobs = Object.keys(document.toJS().jobs).flatMap((job) => [
    ['jobs', job, 'environment', 'deployment'],
    ['jobs', job, 'concurrency', 'queue'],
  ])
  const paths = [['concurrency', 'queue'], ...ofJobs]
  const unknown = paths.filter((path) => document.hasIn(path))
  for (const path of unknown) document.deleteIn(path)
  if (unknown.length === 0)
    throw new Error('Nothing has environment.deployment or concurrency.queue to leave out for act.')
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, document.toString({ lineWidth: 0 }))
}
