/** The input `redeploy`: the workflow that makes what was written live. */
import { ActionError } from '../../src/errors.ts'

export interface Redeploy {
  /** The name of a file in `.github/workflows`. */
  readonly workflow: string
  /** What the workflow is given as its inputs. */
  readonly inputs: Readonly<Record<string, string>>
}

const EXAMPLE =
  'Write none, or the name of a workflow file, as deploy-pages.yml, and below it its inputs as name=value, one a line.'

/** @returns undefined for `none` @throws ActionError */
export function parseRedeploy(lines: readonly string[]): Redeploy | undefined {
  const [first, ...rest] = lines
  if (first === undefined || first === 'none') return undefined
  const workflow = first.replace(/^\.github\/workflows\//, '')
  if (first === 'retry') {
    throw new ActionError('Input redeploy is "retry", which is not offered.', {
      hint: `Whether Cloudflare's own retry takes new secrets up in a direct upload is not proven. ${EXAMPLE}`,
    })
  }
  if (!/^[^/\s]+\.ya?ml$/.test(workflow)) {
    throw new ActionError(`Input redeploy is "${first}", which is no workflow file.`, { hint: EXAMPLE })
  }
  return { workflow, inputs: Object.fromEntries(rest.map(pairOf)) }
}

function pairOf(line: string): readonly [string, string] {
  const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/su.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  throw new ActionError(`Input redeploy has the line "${line}", which is no name=value.`, { hint: EXAMPLE })
}
