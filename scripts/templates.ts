/** The workflow templates; as a program it prints their paths, one a line. */
import { readdirSync } from 'node:fs'
import { root } from './actions.ts'

/** What lies beside the templates to be copied, too, and is no workflow. */
const companions: readonly string[] = ['dependabot.yml']

/** File names, sorted. A new template needs no registration. */
export function templateNames(): readonly string[] {
  return readdirSync(`${root}workflows`)
    .filter((file) => /\.ya?ml$/.test(file) && !companions.includes(file))
    .sort()
}

if (import.meta.main) for (const name of templateNames()) console.log(`workflows/${name}`)
