/** Fails when dist/ is not exactly what the sources build: users run dist/, reviewers read the sources. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { actionNames, root } from './actions.ts'

const before = fingerprint()
execFileSync(process.execPath, [`${root}scripts/build.ts`], { stdio: 'inherit' })
const built = fingerprint()
if (actionNames().length === 0 || built.size === 0) throw new Error('No action was found: the check has no subject.')

const differences = [...compare(before, built), ...uncommitted()]
if (differences.length > 0) {
  console.error(`dist/ was not what the sources build; it has been rebuilt, stage it:\n${differences.join('\n')}`)
  process.exitCode = 1
} else {
  console.log(`dist/ is what the sources build: ${built.size} files.`)
}

function compare(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((file) => {
    if (before.get(file) === after.get(file)) return []
    return [`${!before.has(file) ? 'missing' : !after.has(file) ? 'extra' : 'changed'}: ${file}`]
  })
}

/** After a build the working tree says nothing about what will be committed; git does, where it is one. */
function uncommitted(): readonly string[] {
  if (!existsSync(`${root}.git`)) return []
  const lines = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean)
  const changed = lines('diff', '--name-only', '--', 'dist').map((file) => `not staged: ${file}`)
  return [...changed, ...lines('ls-files', '--others', '--', 'dist').map((file) => `not staged: ${file}`)]
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
