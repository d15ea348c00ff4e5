/** The deployment that a step works on: the one of an earlier attempt, or a new one, made exactly once. */
import { autoMerged } from './explain.ts'
import { type Deployment, DeploymentBody, listDeployments } from './history.ts'
import { findOwn, type Reuse } from './plan.ts'
import { asking, type Ports } from './ports.ts'
import type { DeploymentRequest } from './request.ts'
import { forgetDeployment, type Saved } from './saved.ts'
import { type Written, write } from './write.ts'

export interface Obtained {
  readonly deployment: Deployment
  /** Begins the sentence that says which deployment it is. */
  readonly how: 'Created' | 'Found the newly created' | 'Took up again'
}

export interface Order {
  readonly request: DeploymentRequest & { readonly ref: string }
  readonly draft: Saved
}

export async function obtain(reuse: Reuse, order: Order, ports: Ports): Promise<Obtained> {
  if (reuse.kind === 'reuse') return { deployment: reuse.deployment, how: 'Took up again' }
  if (reuse.hint === undefined) ports.runner.log.debug(reuse.reason)
  else ports.runner.log.warning(`${reuse.reason}\n${reuse.hint}`)
  const { value, found } = await create(order, ports)
  return { deployment: value, how: found ? 'Found the newly created' : 'Created' }
}

function create({ request, draft }: Order, ports: Ports): Promise<Written<Deployment>> {
  const { runner, github } = ports
  const { ref } = request
  const doing = `create the deployment to ${draft.environment} at ${isSha(ref) ? ref.slice(0, 7) : ref}`
  return write<Deployment>(
    {
      asked: { ...asking(doing, ports), wanted: request },
      send: async () => {
        const answer = await github.rest.repos.createDeployment(request)
        if (answer.status === 202) throw autoMerged(ref, answer.data.message)
        return answer
      },
      schema: DeploymentBody,
      find: () => findCreated(draft, ports),
      // What was lost may have been the news of a merge: asked again, GitHub would deploy the merge commit.
      ...(request.auto_merge === true && { once: 'merged' }),
      refused: () => forgetDeployment(runner),
    },
    ports,
  )
}

function isSha(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref)
}

/** The deployment of this attempt, if GitHub has made it although its answer never came. */
export async function findCreated({ environment, maker }: Saved, ports: Ports): Promise<Deployment | undefined> {
  return findOwn(await listDeployments(environment, ports), maker)
}
