/** Reads a workflow file with GitHub's parser into what the runner needs, or says what is wrong with it and where. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Problem, WorkflowError } from '../errors.ts'
import {
  type ConvertedStep,
  convertWorkflowTemplate,
  type EventsConfig,
  isString,
  type MappingToken,
  NoOperationTraceWriter,
  parseWorkflow,
  type TemplateToken,
  type WorkflowTemplate,
} from './library.ts'
import { type Permissions, readPermissions } from './permissions.ts'
import { unsupported } from './unsupported.ts'

export interface Workflow {
  readonly file: string
  /** Its `name:`, else the path GitHub would show. */
  readonly name: string
  readonly on: EventsConfig
  readonly root: MappingToken
  readonly env: TemplateToken | undefined
  readonly concurrency: TemplateToken | undefined
  readonly permissions: Permissions | undefined
  readonly jobs: readonly Job[]
  /** Conditions, which are expressions without `${{ }}`. */
  readonly conditions: readonly string[]
}

export interface Job {
  readonly id: string
  readonly line: number | undefined
  readonly name: TemplateToken | undefined
  readonly needs: readonly string[]
  readonly if: string
  readonly runsOn: TemplateToken | undefined
  readonly permissions: Permissions | undefined
  readonly env: TemplateToken | undefined
  readonly environment: TemplateToken | undefined
  readonly concurrency: TemplateToken | undefined
  readonly outputs: TemplateToken | undefined
  readonly services: TemplateToken | undefined
  readonly timeoutMinutes: TemplateToken | undefined
  readonly continueOnError: TemplateToken | undefined
  /** `defaults.run`, the workflow's first: the last one that has a key wins. */
  readonly defaults: readonly TemplateToken[]
  readonly steps: readonly Step[]
}

export interface Step {
  /** The given id, or the one GitHub makes: `__run_2`, `__actions_checkout`. */
  readonly id: string
  readonly line: number | undefined
  readonly name: TemplateToken | undefined
  readonly if: string
  readonly env: TemplateToken | undefined
  readonly timeoutMinutes: TemplateToken | undefined
  readonly continueOnError: TemplateToken | undefined
  readonly does: RunStep | UsesStep
}

export interface RunStep {
  readonly kind: 'run'
  readonly script: TemplateToken
  readonly shell: TemplateToken | undefined
  readonly workingDirectory: TemplateToken | undefined
}

export interface UsesStep {
  readonly kind: 'uses'
  readonly uses: string
  readonly with: TemplateToken | undefined
}

/** @throws WorkflowError with every problem and its line: what GitHub refuses, or what the rehearsal cannot run. */
export async function readWorkflow(path: string): Promise<Workflow> {
  const file = { name: path, content: await readFile(path, 'utf8') }
  const { context, value } = parseWorkflow(file, new NoOperationTraceWriter())
  const template = value === undefined ? undefined : await convertWorkflowTemplate(context, value)
  const problems = context.errors.getErrors().map((error): Problem => {
    return { file: path, line: error.range?.start.line, message: firstLine(error.rawMessage) }
  })
  if (problems.length > 0 || value === undefined || template === undefined) {
    throw new WorkflowError(`${basename(path)} is not a valid workflow.`, problems)
  }
  const root = value.assertMapping('workflow')
  const refused = unsupported(root, path)
  if (refused.length > 0) throw new WorkflowError(`${basename(path)} needs what the rehearsal cannot run.`, refused)
  return build(path, root, template)
}

/** The YAML parser adds the place again, and an excerpt. */
function firstLine(message: string): string {
  return message.replace(/( at line \d+, column \d+:)?\n[\s\S]*$/, '')
}

/** Whether a step has an id of its own, and so a place in the `steps` context. */
export function isNamed(step: Step): boolean {
  return !step.id.startsWith('__')
}

function build(file: string, root: MappingToken, template: WorkflowTemplate): Workflow {
  const name = root.find('name')
  const jobs = template.jobs.map((job) => {
    const token = find(find(root, 'jobs'), job.id.value)
    return buildJob(root, token?.assertMapping('job'), job)
  })
  return {
    file,
    name: name !== undefined && isString(name) ? name.value : `.github/workflows/${basename(file)}`,
    on: template.events,
    root,
    env: root.find('env'),
    concurrency: root.find('concurrency'),
    permissions: readPermissions(root.find('permissions')),
    jobs,
    conditions: jobs.flatMap((job) => [job.if, ...job.steps.map((step) => step.if)]),
  }
}

function buildJob(root: MappingToken, token: MappingToken | undefined, job: WorkflowTemplate['jobs'][number]): Job {
  const converted = 'steps' in job ? job.steps : []
  const steps = find(token, 'steps')?.assertSequence('steps')
  const defaults = [find(find(root, 'defaults'), 'run'), find(find(token, 'defaults'), 'run')]
  return {
    id: job.id.value,
    line: job.id.line,
    name: find(token, 'name'),
    needs: (job.needs ?? []).map((need) => need.value),
    if: job.if.expression,
    runsOn: find(token, 'runs-on'),
    permissions: readPermissions(find(token, 'permissions')),
    env: find(token, 'env'),
    environment: find(token, 'environment'),
    concurrency: find(token, 'concurrency'),
    outputs: find(token, 'outputs'),
    services: find(token, 'services'),
    timeoutMinutes: find(token, 'timeout-minutes'),
    continueOnError: find(token, 'continue-on-error'),
    defaults: defaults.filter((item) => item !== undefined),
    steps: converted.map((step, index) => buildStep(steps?.get(index).assertMapping('step'), step)),
  }
}

function buildStep(token: MappingToken | undefined, step: ConvertedStep): Step {
  const uses = find(token, 'uses')
  const script = find(token, 'run')
  return {
    id: step.id,
    line: token?.line,
    name: find(token, 'name'),
    if: step.if?.expression ?? 'success()',
    env: find(token, 'env'),
    timeoutMinutes: find(token, 'timeout-minutes'),
    continueOnError: find(token, 'continue-on-error'),
    does:
      uses === undefined && script !== undefined
        ? { kind: 'run', script, shell: find(token, 'shell'), workingDirectory: find(token, 'working-directory') }
        : { kind: 'uses', uses: `${uses ?? ''}`, with: find(token, 'with') },
  }
}

/** The value of a key, where the token is a mapping that has it. */
export function find(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return token === undefined ? undefined : token.assertMapping(key).find(key)
}
