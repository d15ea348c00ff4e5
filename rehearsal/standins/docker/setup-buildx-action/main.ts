import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { act, addPath, info, input, refuse, setOutput } from '../../action.ts'
import { dockerFolder } from '../../oci/docker-folder.ts'

const PLATFORM = 'linux/amd64'

await act(() => {
  refuse({
    version: ['latest'],
    driver: ['docker-container'],
    'driver-opts': [],
    'buildkitd-flags': [],
    'buildkitd-config': [],
    'buildkitd-config-inline': [],
    use: ['true'],
    endpoint: [],
    platforms: [PLATFORM],
    append: [],
    'keep-state': ['false'],
  })
  const name = input('name') === '' ? 'builder-rehearsal' : input('name')
  addPath(installDocker())
  const node = { name: `${name}0`, endpoint: 'unix:///var/run/docker.sock', status: 'running', platforms: PLATFORM }
  setOutput('name', name)
  setOutput('driver', 'docker-container')
  setOutput('platforms', PLATFORM)
  setOutput('nodes', JSON.stringify([node]))
  info(`Builder ${name}: ${PLATFORM}`)
})

/** @returns the folder of the program */
function installDocker(): string {
  const folder = dockerFolder('bin')
  const program = join(import.meta.dirname, '..', '..', 'oci', 'docker.ts')
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'docker'), `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(program)} "$@"\n`)
  chmodSync(join(folder, 'docker'), 0o755)
  return folder
}
