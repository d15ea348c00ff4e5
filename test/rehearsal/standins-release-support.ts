/** A repository with a workflow that releases it, rehearsed, and its origin to look into. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type OpenRehearsal, openRehearsal, type RehearseOptions } from '../../rehearsal/rehearse.ts'
import { quick } from '../support/rehearse.ts'

export interface Stage extends AsyncDisposable {
  readonly open: OpenRehearsal
  git(...args: readonly string[]): string
}

/** @param files below the repository's folder */
export async function stageOf(
  text: string,
  files: Readonly<Record<string, string>>,
  options: Partial<RehearseOptions> = {},
): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const all = { 'site/README.md': 'A site.\n', ...prefixed(files), 'release.yml': text }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const given = { workflow: join(folder, 'release.yml'), repository: join(folder, 'site'), clock: quick }
  const open = stack.use(await openRehearsal({ ...given, ...options }))
  const opened = stack.move()
  const cwd = join(open.folder, 'origin.git')
  const stage: Stage = {
    open,
    git: (...args) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
  return stage
}

function prefixed(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`site/${path}`, text]))
}

export function annotations(report: OpenRehearsal['report']): readonly string[] {
  return report.jobs.flatMap(({ steps }) => steps).flatMap((of) => of.annotations.map(({ message }) => message))
}
