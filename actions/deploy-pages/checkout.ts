/** Keeps the checkout as it was: wrangler makes a `.wrangler` folder in it and leaves it there. */
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Notes what there is now. The function that it returns removes what has come to `.wrangler` since, also what a killed
 * wrangler could not clean up itself, and nothing that was there before.
 */
export async function rememberWranglerFolder(workingDirectory: string): Promise<() => Promise<void>> {
  const folder = join(pagesProjectRoot(workingDirectory), '.wrangler')
  const temporary = join(folder, 'tmp')
  const [before, temporaryBefore] = await Promise.all([list(folder), list(temporary)])
  return async () => {
    if (before === undefined) return remove(folder)
    if (temporaryBefore === undefined) return remove(temporary)
    const added = ((await list(temporary)) ?? []).filter((name) => !temporaryBefore.includes(name))
    for (const name of added) await remove(join(temporary, name))
  }
}

/** The nearest folder with a package.json, as wrangler looks for it (pages/utils.ts in cloudflare/workers-sdk). */
function pagesProjectRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return start
  }
}

async function list(folder: string): Promise<readonly string[] | undefined> {
  return readdir(folder).catch(() => undefined)
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 })
}
