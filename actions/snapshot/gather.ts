import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { commandEnvironment } from '../../src/program.ts'
import { combine } from './content/content.ts'
import type { Entry } from './content/entry.ts'
import { runCommands } from './content/run-commands.ts'
import { collectPaths } from './content/walk.ts'
import type { CreateInputs } from './inputs.ts'
import type { Ports } from './ports.ts'

/** Everything that goes into the snapshot: commands first, since one may write what a path then names. */
export async function gather(inputs: CreateInputs, ports: Ports): Promise<readonly Entry[]> {
  const { commands, commandTimeout } = inputs
  const { runner, run, workspace, temp } = ports
  const folder = join(temp, 'commands')
  await mkdir(folder, { mode: 0o700 })
  const env = commandEnvironment(runner.env)
  const options = { folder, cwd: workspace, env, timeout: commandTimeout, run, log: runner.log, signal: runner.signal }
  const printed = await runCommands(commands, options)
  const { entries, notes } = await collectPaths(withoutStore(inputs, workspace), workspace)
  for (const note of notes) runner.log.info(note)
  return combine(entries, printed)
}

/** A store that lies in the workspace is no part of what it keeps: each snapshot would hold all those before it. */
export function withoutStore({ paths, store }: CreateInputs, workspace: string): readonly string[] {
  if (store.kind !== 'directory' || paths.length === 0) return paths
  const inside = relative(workspace, resolve(workspace, store.path))
  const isInside = inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`)
  if (!isInside || !existsSync(join(workspace, inside))) return paths
  return [...paths, `!${inside.replaceAll(sep, '/').replaceAll(/[\\*?[\]{}()!+@]/g, '\\$&')}`]
}
