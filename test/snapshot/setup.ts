/** The bundle of the snapshot action on a workspace of its own, with a folder as the store. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type BundleOptions, type BundleResult, runBundle } from '../support/bundle.ts'

export interface Scene extends AsyncDisposable {
  readonly root: string
  readonly workspace: string
  /** The folder of the series in the store. */
  readonly store: string
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Runs the action on the series `production` in the folder store. */
  run(inputs: Readonly<Record<string, string>>, options?: BundleOptions): Promise<BundleResult>
  /** Names in the store, sorted, without the folder for what is being written. */
  kept(): Promise<readonly string[]>
}

export async function startScene(
  files: Readonly<Record<string, string>> = { 'site/index.html': '<p>Hello</p>\n' },
): Promise<Scene> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-snapshot-'))
  const workspace = join(root, 'workspace')
  const store = join(root, 'store', 'production')
  await mkdir(workspace)
  const scene: Scene = {
    root,
    workspace,
    store,
    async write(more) {
      for (const [path, text] of Object.entries(more)) {
        await mkdir(dirname(join(workspace, path)), { recursive: true })
        await writeFile(join(workspace, path), text)
      }
    },
    run: (inputs, options = {}) =>
      runBundle('snapshot', {
        workspace,
        ...options,
        inputs: {
          series: 'production',
          store: `directory:${join(root, 'store')}`,
          'github-token': 'a-token',
          ...inputs,
        },
      }),
    kept: async () => (await readdir(store).catch(() => [])).filter((name) => name !== '.incoming').sort(),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  }
  await scene.write(files)
  return scene
}

/** The step that succeeded, or everything it said. */
export function green(result: BundleResult): BundleResult {
  if (result.exitCode === 0) return result
  throw new Error(
    `Exit code ${result.exitCode}\n${result.stdout}${result.stderr}\n${JSON.stringify(result.annotations)}`,
  )
}

/** The one error of a step that failed. */
export function errorOf(result: BundleResult): string {
  const errors = result.annotations.filter(({ level }) => level === 'error')
  const [error] = errors
  if (result.exitCode === 1 && error !== undefined && errors.length === 1) return error.message
  throw new Error(`Not one error: exit code ${result.exitCode}\n${result.stdout}${result.stderr}`)
}

export async function manifestOf(scene: Scene, id: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await readFile(join(scene.store, `${id}.json`), 'utf8'))
}

/** Every file below a folder with its text. */
export async function filesBelow(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const),
    ),
  )
}
