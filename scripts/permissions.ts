/** Writes docs/permissions.md; `--check` only compares. Names of templates renew their parts alone. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { messageOf } from '../rehearsal/errors.ts'
import { limitTo } from '../rehearsal/permissions/limit.ts'
import { renderPage, renderTemplate, sectionsOf } from '../rehearsal/permissions/page.ts'
import { proveTemplate } from '../rehearsal/permissions/prove.ts'
import { root } from './actions.ts'
import { templateNames } from './templates.ts'

const file = `${root}docs/permissions.md`
const [check, names] = [
  process.argv.includes('--check'),
  process.argv.slice(2).filter((word) => !word.startsWith('--')),
]
const all = templateNames()
const unknown = names.filter((name) => !all.includes(name))
if (unknown.length > 0) throw new Error(`There is no template ${unknown.join(', ')}. There are ${all.join(', ')}.`)

const proven = new Map<string, string>()
const problems: string[] = []
const limit = limitTo(2) // as many as there are cores on a small machine
for (const name of names.length > 0 ? names : all) {
  try {
    const proof = await proveTemplate(name, limit)
    problems.push(...proof.problems)
    proven.set(name, renderTemplate(name, proof))
    console.log(`${name}: ${proof.jobs.flatMap(({ proofs }) => proofs).length} permissions rehearsed.`)
  } catch (error) {
    problems.push(messageOf(error))
  }
}
// Read after all that time, since the part of another template may have been renewed meanwhile.
const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
const page = renderPage(new Map([...sectionsOf(current), ...proven].filter(([name]) => all.includes(name))))
if (problems.length > 0) fail(`What the templates grant is not what they need:\n${problems.join('\n')}`)
else if (check && page !== current)
  fail('docs/permissions.md is not what the rehearsals show; run `npm run permissions`.')
else if (!check) writeFileSync(file, page)

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}
