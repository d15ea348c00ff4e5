/**
 * The pack's own address stands in address.json. `npm run address` writes it wherever the pack mentions itself, `-- --check` only
 * compares, and `-- --to my-org/slipway@REF` gives the pack another one, as a fork needs it.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { actionNames, root } from './actions.ts'
import { mentionsIn, type PackAddress, parseAddress, readdress } from './pack-address.ts'

const Address = v.strictObject({ repository: v.string(), ref: v.string() })
const IGNORED = new Set(['node_modules', 'dist', 'build', '.git'])
const TEXT = /\.(ts|js|md|json|ya?ml|html|toml|sh)$|\/run$/

/** @param folder the pack's files, with a final separator */
export function readAddress(folder = root): PackAddress {
  const { repository, ref } = v.parse(Address, JSON.parse(readFileSync(`${folder}address.json`, 'utf8')))
  return parseAddress(`${repository}@${ref}`)
}

/** `README.md:16: my-org/slipway@v2` for each that is not at the address of address.json. */
export function strangers(folder: string, actions: readonly string[]): readonly string[] {
  return elsewhere(folder, actions, readAddress(folder)).map(({ file, repository, ref, line }) => {
    return `${file}:${line}: ${repository}${ref === undefined ? '' : `@${ref}`}`
  })
}

/** Mentions at another address. */
function elsewhere(folder: string, actions: readonly string[], address: PackAddress) {
  return files(folder).flatMap((file) =>
    mentionsIn(readFileSync(`${folder}${file}`, 'utf8'), actions)
      .filter(({ repository, ref = address.ref }) => repository !== address.repository || ref !== address.ref)
      .map((mention) => ({ file, ...mention })),
  )
}

/** @returns the files that were changed */
export function rewrite(folder: string, actions: readonly string[], to = readAddress(folder)): readonly string[] {
  const from = presentAddress(folder, actions, to)
  writeFileSync(`${folder}address.json`, `${JSON.stringify(to, undefined, 2)}\n`)
  return files(folder).filter((file) => {
    const before = readFileSync(`${folder}${file}`, 'utf8')
    const after = readdress(before, actions, from, to)
    if (after !== before) writeFileSync(`${folder}${file}`, after)
    return after !== before
  })
}

/** As the files have it where they agree: address.json may have been edited by hand, and then no longer says it. */
function presentAddress(folder: string, actions: readonly string[], to: PackAddress): PackAddress {
  const found = elsewhere(folder, actions, to)
  const [repository, ...others] = new Set(found.map((mention) => mention.repository))
  if (repository === undefined || others.length > 0) return readAddress(folder)
  const [ref = to.ref, ...more] = new Set(found.flatMap((mention) => mention.ref ?? []))
  return more.length > 0 ? readAddress(folder) : { repository, ref }
}

function files(folder: string): readonly string[] {
  const all = globSync('{*,.*}/**/*.*', { cwd: folder, exclude: (name) => IGNORED.has(name) })
  const top = globSync(['*.*', '.ci/run'], { cwd: folder })
  return [...new Set([...all, ...top])].filter((file) => TEXT.test(file) && file !== 'address.json').sort()
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, to: { type: 'string' } } })
  const to = values.to === undefined ? readAddress() : parseAddress(values.to)
  if (values.check !== true) {
    const changed = rewrite(root, actionNames(), to)
    console.log(
      `${to.repository}@${to.ref}: ${changed.length} files changed. ${changed.length > 0 ? 'Run `npm run build`.' : ''}`,
    )
    return
  }
  const found = strangers(root, actionNames())
  if (found.length === 0) {
    console.log(`Every mention of the pack is at ${to.repository}@${to.ref}.`)
    return
  }
  console.error(`These are not at the address of address.json; run \`npm run address\`:\n${found.join('\n')}`)
  process.exitCode = 1
}

if (import.meta.main) main()
