import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The repository's root, with a final separator. */
export const root = fileURLToPath(new URL('../', import.meta.url))

/** The names of all actions: every folder below actions/ that has an action.yml. A new one needs no registration. */
export function actionNames(): readonly string[] {
  return readdirSync(`${root}actions`)
    .filter((name) => existsSync(`${root}actions/${name}/action.yml`))
    .sort()
}
