/**
 * Names what the rehearsal does not run, before anything runs: it is a harness for this pack's templates, and a key
 * that it would silently ignore would make a rehearsal that proves nothing.
 */
import type { Problem } from '../errors.ts'
import { isBasicExpression, isMapping, isSequence, isString, type MappingToken, type TemplateToken } from './library.ts'
import { refuseServices } from './services.ts'

const workflowKeys = keys('name run-name description on env defaults permissions concurrency jobs')
const jobKeys = keys(
  'name needs if runs-on timeout-minutes continue-on-error env environment permissions concurrency outputs defaults steps services',
)
const stepKeys = keys('name id if timeout-minutes continue-on-error env run shell working-directory uses with')
const shells = keys('bash sh')

export function unsupported(root: MappingToken, file: string): readonly Problem[] {
  const problems: Problem[] = []
  const refuse = (token: TemplateToken, message: string) => problems.push({ file, line: token.line, message })
  refuseKeys(root, workflowKeys, 'workflow', refuse)
  refuseShell(child(root, 'defaults', 'run', 'shell'), refuse)
  for (const { key, value } of child(root, 'jobs')?.assertMapping('jobs') ?? []) {
    refuseInJob(`${key}`, value.assertMapping('job'), refuse)
  }
  return problems
}

type Refuse = (token: TemplateToken, message: string) => void

function refuseInJob(id: string, job: MappingToken, refuse: Refuse): void {
  refuseKeys(job, jobKeys, `job '${id}'`, refuse)
  refuseShell(child(job, 'defaults', 'run', 'shell'), refuse)
  refuseExpression(job.find('env'), 'env', refuse)
  refuseServices(job.find('services'), refuse)
  const runsOn = job.find('runs-on')
  if (runsOn !== undefined) refuseRunner(runsOn, refuse)
  for (const item of job.find('steps')?.assertSequence('steps') ?? []) {
    const step = item.assertMapping('step')
    refuseKeys(step, stepKeys, `a step of job '${id}'`, refuse)
    refuseShell(step.find('shell'), refuse)
    refuseExpression(step.find('env'), 'env', refuse)
    refuseExpression(step.find('with'), 'with', refuse)
    const uses = step.find('uses')
    if (uses?.toString().startsWith('docker://')) refuse(uses, `Docker actions ('${uses}') are not rehearsed.`)
  }
}

function refuseKeys(mapping: MappingToken, known: ReadonlySet<string>, where: string, refuse: Refuse): void {
  for (const { key } of mapping) {
    if (!known.has(`${key}`)) refuse(key, `'${key}' in ${where} is not rehearsed.`)
  }
}

function refuseShell(shell: TemplateToken | undefined, refuse: Refuse): void {
  if (shell === undefined || (isString(shell) && shells.has(shell.value))) return
  refuse(shell, `shell '${shell}' is not rehearsed; bash and sh are.`)
}

function refuseExpression(token: TemplateToken | undefined, name: string, refuse: Refuse): void {
  if (token !== undefined && isBasicExpression(token)) refuse(token, `'${name}' as one expression is not rehearsed.`)
}

/** The rehearsal runs on this machine, so it can only stand for Linux runners and the repository's own. */
function refuseRunner(token: TemplateToken, refuse: Refuse): void {
  const labels = isMapping(token) ? token.find('labels') : token
  for (const label of labels === undefined ? [] : isSequence(labels) ? labels : [labels]) {
    if (isString(label) && /^(windows|macos)/i.test(label.value)) refuse(label, `Runner '${label}' is not rehearsed.`)
  }
}

function child(token: TemplateToken | undefined, ...path: readonly string[]): TemplateToken | undefined {
  return path.reduce((at, key) => at?.assertMapping(key).find(key), token)
}

function keys(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}
