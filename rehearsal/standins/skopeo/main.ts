/**
 * The `skopeo` of a rehearsal, as GitHub's Ubuntu runners have the real one: it copies an image from an archive to the registry,
 * or from one name there to another, byte for byte. https://github.com/containers/skopeo/blob/main/docs/skopeo-copy.1.md
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Failure } from '../action.ts'
import { INDEX, RegistryError } from '../oci/client.ts'
import { fromArchive, fromRegistry, type Source } from './source.ts'
import { copyTo } from './target.ts'

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure) && !(error instanceof RegistryError)) throw error
  process.stderr.write(`time="${new Date().toISOString()}" level=fatal msg=${JSON.stringify(error.message)}\n`)
  process.exitCode = 1
}

async function run([command, ...args]: readonly string[]): Promise<void> {
  if (command === '--version' || command === '-v')
    return void console.log('skopeo version 1.13.3 (stand-in of the rehearsal)')
  if (command !== 'copy') throw unsupported(`'skopeo ${command}'. It knows 'skopeo copy' and 'skopeo --version'.`)
  const { values, positionals } = readArguments(args)
  const [from, to, ...others] = positionals
  if (from === undefined || to === undefined || others.length > 0) throw new Failure('Exactly two arguments expected')
  if (values['preserve-digests'] !== true)
    throw unsupported('a copy without --preserve-digests, which may change the digest.')
  const source = await sourceOf(from)
  if (source.mediaType === INDEX && values.all !== true) {
    throw unsupported('one image out of an index. Give --all, which copies the index.')
  }
  await copyTo(to, source)
  if (typeof values.digestfile === 'string') writeFileSync(values.digestfile, source.digest)
}

function readArguments(args: readonly string[]) {
  try {
    const options = {
      all: { type: 'boolean', short: 'a' },
      'preserve-digests': { type: 'boolean' },
      digestfile: { type: 'string' },
    } as const
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    throw unsupported(`these arguments (${error instanceof Error ? error.message : error}).`)
  }
}

async function sourceOf(name: string): Promise<Source> {
  const [, transport = '', rest = ''] = /^([a-z-]+):(.*)$/.exec(name) ?? []
  if (transport === 'oci-archive') return fromArchive(rest)
  if (transport === 'docker' && rest.startsWith('//')) return fromRegistry(rest.slice(2))
  throw unsupported(`the source '${name}'. It reads oci-archive:FILE and docker://NAME.`)
}

function unsupported(what: string): Failure {
  return new Failure(`the rehearsal's skopeo does not support ${what}`)
}
