/** The `docker` of a rehearsal: what a workflow does with images that are in the registry already. */
import { Failure } from '../action.ts'
import { RegistryError } from './client.ts'
import { create, inspect } from './imagetools.ts'

try {
  await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure) && !(error instanceof RegistryError)) throw error
  process.stderr.write(`ERROR: ${error.message}\n`)
  process.exitCode = 1
}

async function run(args: readonly string[]): Promise<void> {
  const command = args.slice(0, 3).join(' ')
  if (args[0] === 'version' || args[0] === '--version')
    return print('Docker version 28.0.4 (stand-in of the rehearsal)')
  if (command.startsWith('buildx version')) return print('github.com/docker/buildx v0.29.1 (stand-in of the rehearsal)')
  if (command === 'buildx imagetools create') return create(args.slice(3))
  if (command === 'buildx imagetools inspect') return print(await inspect(args.slice(3)))
  throw new Failure(
    `the rehearsal's docker does not support 'docker ${args.join(' ')}'. It knows 'docker version' and 'docker buildx imagetools create' and 'inspect'.`,
  )
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}
