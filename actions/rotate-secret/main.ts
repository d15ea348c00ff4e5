import { type Runner, runAction } from '../../src/action.ts'
import { apiBaseUrlOf, createCloudflare } from '../../src/cloudflare.ts'
import { readContext } from '../../src/context.ts'
import { createGitHub } from '../../src/github.ts'
import { run } from '../../src/process.ts'
import { pause } from '../../src/retry.ts'
import { Api } from './api.ts'
import { parseInputs } from './inputs.ts'
import { Redactor } from './redact.ts'
import { rotateSecret } from './rotate-secret.ts'

const main = async (runner: Runner) => {
  const inputs = parseInputs(runner.input)
  const context = readContext(runner.env)
  const { signal, log, env } = runner
  const redactor = new Redactor()
  const { redact } = redactor
  const options = { signal, info: (message: string) => log.info(redact(message)), redact }
  const connect = (token: string, within = signal) =>
    new Api(createGitHub(token, { ...runner, signal: within, apiUrl: context.apiUrl }), { ...options, signal: within })
  const { apiToken, accountId: id, jobToken = inputs.githubToken } = inputs
  const account =
    apiToken === undefined || id === undefined
      ? undefined
      : {
          ask: createCloudflare({ apiToken, apiBaseUrl: apiBaseUrlOf(env) }, { fetch, signal, clean: redact }),
          id,
          ...options,
        }
  return rotateSecret(inputs, {
    runner,
    context,
    api: connect(inputs.githubToken),
    jobApi: connect(jobToken),
    // A run that is cancelled still says in the trail what it has done: the process ends soon enough.
    trailApi: connect(jobToken, new AbortController().signal),
    account,
    repositoryId: Number(env['GITHUB_REPOSITORY_ID'] ?? Number.NaN),
    actor: env['GITHUB_TRIGGERING_ACTOR'] || (env['GITHUB_ACTOR'] ?? ''),
    workspace: env['GITHUB_WORKSPACE'] ?? process.cwd(),
    run,
    sleep: pause,
    redactor,
  })
}

await runAction(main)
