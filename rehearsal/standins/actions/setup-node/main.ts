import { existsSync, globSync, readFileSync } from 'node:fs'
import { act, addPath, Failure, info, input, lines, refuse, setOutput, variable, workspace } from '../../action.ts'

const locks: Readonly<Record<string, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
}

await act(() => {
  refuse({ architecture: [], 'check-latest': ['false'], 'registry-url': [], scope: [], mirror: [], 'mirror-token': [] })
  const wanted = wantedVersion()
  if (wanted !== undefined) {
    const [major = ''] = process.versions.node.split('.')
    if (!accepts(wanted, Number(major))) {
      throw new Failure(
        `The rehearsal has Node ${process.versions.node} only, and the workflow asks for '${wanted}'. Ask for ${major}, or rehearse with the Node that you ask for.`,
      )
    }
    addPath(variable('REHEARSAL_NODE'))
    info(`node: v${process.versions.node}`)
  }
  checkCache(input('cache'))
  setOutput('node-version', `v${process.versions.node}`)
  setOutput('cache-hit', 'false')
})

/** @returns undefined when none is given: then the real action leaves the runner's own Node */
function wantedVersion(): string | undefined {
  if (input('node-version') !== '') return input('node-version')
  const name = input('node-version-file')
  if (name === '') return undefined
  const file = workspace(name)
  if (!existsSync(file)) throw new Failure(`The specified node version file at: ${file} does not exist`)
  const content = readFileSync(file, 'utf8').trim()
  if (!file.endsWith('.json')) return content.replace(/^v/, '')
  const { volta, engines } = JSON.parse(content) as { volta?: { node?: string }; engines?: { node?: string } }
  return volta?.node ?? engines?.node
}

/** `24`, `v24.1.0`, `24.x`, `^24`, `>=20`, `20 || 24`, `lts/*`, `*`: as far as the major version goes. */
function accepts(range: string, major: number): boolean {
  if (/^(lts\/\*|latest|node|current|\*)$/.test(range)) return true
  return range.split('||').some((part) => {
    const [, operator = '', number = ''] = /^\s*([~^=v]*|>=?)\s*v?(\d+)/.exec(part) ?? []
    if (number === '') return false
    return operator.startsWith('>') ? major >= Number(number) : major === Number(number)
  })
}

/** The real action computes a key from the lock file and fails without one. */
function checkCache(manager: string): void {
  if (manager === '') return
  const names = locks[manager]
  if (names === undefined) throw new Failure(`Caching for '${manager}' is not supported`)
  const given = lines('cache-dependency-path')
  const found = globSync(given.length > 0 ? [...given] : [...names], { cwd: workspace() })
  if (found.length > 0) info(`${manager} cache is not found`)
  else if (given.length > 0) throw new Failure('Some specified paths were not resolved, unable to cache dependencies.')
  else
    throw new Failure(
      `Dependencies lock file is not found in ${workspace()}. Supported file patterns: ${names.join(',')}`,
    )
}
