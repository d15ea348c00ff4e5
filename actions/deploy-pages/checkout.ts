/** Keeps the checkout as it was: wrangler makes a `.wrangler` folder in it and leaves it there. */
import { lstat, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { exists, remove } from './files.ts'

/**
 * Notes what there is now. The function that it returns removes what has come to `.wrangler` since, also what a killed
 * wrangler could not clean up itself, and nothing that was there before. Where a link stands, nothing is removed: what
 * it leads to is not the checkout's.
 */
export async function rememberWranglerFolder(workingDirectory: string): Promise<() => Promise<void>> {
  const folder = join(await pagesProjectRoot(workingDirectory), '.wrangler')
  const temporary = join(folder, 'tmp')
  const [before, temporaryBefore] = await Promise.all([list(folder), list(temporary)])
  return async () => {
    if (await isLink(folder)) return
    if (before === undefined) return remove(folder)
    if (await isLink(temporary)) return
    if (temporaryBefore === undefined) return remove(temporary)
    const added = ((await list(temporary)) ?? []).filter((name) => !temporaryBefore.includes(name))
    for (const name of added) await remove(join(temporary, name))
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )
}

/** The nearest folder with a package.json, as wrangler looks for it (pages/utils.ts in cloudflare/workers-sdk). */
async function pagesProjectRoot(start: string): Promise<string> {
  for (let folder = start; ; folder = dirname(folder)) {
    if (await exists(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return start
  }
}

async function list(folder: string): Promise<readonly string[] | undefined> {
  return readdir(folder).catch(() => undefined)
}
