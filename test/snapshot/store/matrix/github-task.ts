/** What a child process is told, and how it is run. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'vite'
import type { Manifest } from '../../../../actions/snapshot/manifest.ts'
import type { LocalArchive } from '../../../../actions/snapshot/store/store.ts'
import type { GitHubContext } from '../../../../src/context.ts'

export interface ChildTask {
  readonly kind: 'artifact' | 'release'
  readonly context: GitHubContext
  readonly token: string
  /** What the runner gives to an action. */
  readonly env: Readonly<Record<string, string>>
  readonly archive: LocalArchive
  readonly manifest: Manifest
}

const run = promisify(execFile)

/**
 * One file, as users run it: reading TypeScript and a hundred modules takes 40 MB.
 * @param folder to put it in
 * @returns the program
 */
export async function bundleChild(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, target: 'node' },
    build: { ssr: join(import.meta.dirname, 'github-child.ts'), outDir: folder, minify: true, target: 'node24' },
  })
  return join(folder, 'github-child.js')
}

/** @returns the peak of its memory in bytes @throws when it fails or is killed */
export async function runChild(program: string, task: ChildTask): Promise<number> {
  const { stdout } = await run(process.execPath, [program, JSON.stringify(task)])
  return Number(stdout.trim()) * 1024
}
