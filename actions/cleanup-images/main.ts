import { type Runner, runAction } from '../../src/action.ts'
import { readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { pause } from '../../src/retry.ts'
import { cleanupImages } from './cleanup-images.ts'
import { parseInputs } from './inputs.ts'
import { nameOf, registryUrl } from './names.ts'
import { Packages } from './packages.ts'
import { Registry } from './registry.ts'

const main = async (runner: Runner) => {
  const inputs = parseInputs(runner.input)
  const context = readContext(runner.env)
  const name = nameOf(inputs, context)
  const { signal, log } = runner
  const github = createGitHub(inputs.githubToken, { log, signal, apiUrl: context.apiUrl })
  const address = registryUrl(context.serverUrl, runner.env['CONTAINER_REGISTRY_URL'])
  const registry = new Registry({
    address,
    name,
    token: inputs.githubToken,
    signal,
    mask: runner.mask,
    log,
    sleep: pause,
  })
  const packages = new Packages(github, name, { context, signal })
  return cleanupImages(inputs, { runner, context, name, packages, registry, sleep: pause, now: Date.now })
}

await runAction(main)
