/** Fails when dist/ is not exactly what the sources build: users run dist/, reviewers read the sources. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { actionNames, root } from './actions.ts'

const committed = fingerprint()
execFileSync(process.execPath, [`${root}scripts/build.ts`], { stdio: 'inherit' })
const built = fingerprint()
if (actionNames().length === 0 || built.size === 0) throw new Error('No action was found: the check has no subject.')

const differences = [...new Set([...committed.keys(), ...built.keys()])].sort().flatMap((file) => {
  if (committed.get(file) === built.get(file)) return []
  return [`${!committed.has(file) ? 'missing' : !built.has(file) ? 'extra' : 'changed'}: ${file}`]
})
if (differences.length > 0) {
  console.error(`dist/ was not what the sources build; it has been rebuilt, commit it:\n${differences.join('\n')}`)
  process.exitCode = 1
} else {
  console.log(`dist/ is what the sources build: ${built.size} files.`)
}

/** Every file below dist/ with the digest of its bytes and its executable bit. */
function fingerprint(): ReadonlyMap<string, string> {
  if (!existsSync(`${root}dist`)) return new Map()
  const files = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' })
    .map((file) => `dist/${file.replaceAll('\\', '/')}`)
    .filter((file) => statSync(`${root}${file}`).isFile())
  return new Map(
    files.map((file) => {
      const path = `${root}${file}`
      const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
      return [file, `${digest} ${(statSync(path).mode & 0o111) !== 0}`]
    }),
  )
}
