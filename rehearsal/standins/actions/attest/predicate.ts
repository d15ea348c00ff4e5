/** What is said of the subjects: how they were built, what they are made of, or what the workflow says itself. */
import { readFileSync } from 'node:fs'
import { Failure, input, variable, workspace } from '../../action.ts'

export interface Predicate {
  readonly kind: 'Build Provenance' | 'SBOM' | 'Custom'
  readonly type: string
  readonly content: object
}

export function readPredicate(): Predicate {
  const [sbom = '', type = '', text = '', path = ''] = [
    'sbom-path',
    'predicate-type',
    'predicate',
    'predicate-path',
  ].map(input)
  const custom = [type, text, path].some((value) => value !== '')
  if (sbom !== '' && custom) {
    throw new Failure('Cannot specify sbom-path together with predicate-type, predicate, or predicate-path')
  }
  if (sbom !== '') return ofSbom(workspace(sbom))
  if (!custom) return provenance()
  if (type === '') throw new Failure('predicate-type is required when using predicate or predicate-path')
  if ((text === '') === (path === '')) throw new Failure('Exactly one of predicate-path or predicate must be provided')
  return { kind: 'Custom', type, content: JSON.parse(text === '' ? readFileSync(workspace(path), 'utf8') : text) }
}

function ofSbom(file: string): Predicate {
  const content: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(file, 'utf8'))
  const spdx = content['spdxVersion']
  if (spdx !== undefined) {
    return { kind: 'SBOM', type: `https://spdx.dev/Document/v${`${spdx}`.replace('SPDX-', '')}`, content }
  }
  if (content['bomFormat'] === 'CycloneDX') return { kind: 'SBOM', type: 'https://cyclonedx.org/bom', content }
  throw new Failure('Unsupported SBOM format')
}

/** https://slsa.dev/spec/v1.0/provenance, with the build type of GitHub's workflows */
function provenance(): Predicate {
  const [server, repository] = [variable('GITHUB_SERVER_URL'), variable('GITHUB_REPOSITORY')]
  const [workflow = '', ref = ''] = variable('GITHUB_WORKFLOW_REF').replace(`${repository}/`, '').split('@')
  const run = `${server}/${repository}/actions/runs/${variable('GITHUB_RUN_ID')}/attempts/${variable('GITHUB_RUN_ATTEMPT')}`
  const commit = { gitCommit: variable('GITHUB_SHA') }
  const content = {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: { workflow: { ref, repository: `${server}/${repository}`, path: workflow } },
      internalParameters: { github: { event_name: variable('GITHUB_EVENT_NAME') } },
      resolvedDependencies: [{ uri: `git+${server}/${repository}@${variable('GITHUB_REF')}`, digest: commit }],
    },
    runDetails: { builder: { id: `${server}/${repository}/${workflow}@${ref}` }, metadata: { invocationId: run } },
  }
  return { kind: 'Build Provenance', type: 'https://slsa.dev/provenance/v1', content }
}
