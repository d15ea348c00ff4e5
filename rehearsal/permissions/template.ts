/** A workflow file as text: the permissions of its jobs with their comments, and copies that lack one of them. */
import { isMap, isScalar, parseDocument } from 'yaml'

export interface Grant {
  readonly permission: string
  readonly level: 'read' | 'write'
  /** The comment beside it, which begins with "to". */
  readonly why: string
}

export interface TemplateJob {
  readonly id: string
  readonly name: string
  readonly needs: readonly string[]
  readonly grants: readonly Grant[]
  /** Where its lines are. */
  readonly start: number
  readonly end: number
}

/** @throws Error for a permission without a level of its own or a comment, as `write-all` */
export function readJobs(text: string, file: string): readonly TemplateJob[] {
  const jobs = parseDocument(text).get('jobs', true)
  if (!isMap(jobs)) throw new Error(`${file} has no jobs.`)
  const starts = jobs.items.map(({ key }) => {
    if (!isScalar(key) || !key.range) throw new Error(`${file} has a job whose name is no plain word.`)
    return { id: String(key.value), start: text.lastIndexOf('\n', key.range[0]) + 1 }
  })
  return starts.map(({ id, start }, index) => {
    const end = starts[index + 1]?.start ?? text.length
    const name = nameOf(jobs.getIn([id, 'name']), id)
    const permissions = jobs.getIn([id, 'permissions'])
    const expected = isMap(permissions) ? permissions.items.length : 0
    const grants = grantsIn(text.slice(start, end))
    if (permissions === undefined || typeof permissions === 'string' || grants.length !== expected) {
      throw new Error(
        `${file}, job ${id}: write each permission as a line "name: read # to …" or "name: write # to …".`,
      )
    }
    return { id, name, needs: needsOf(jobs.getIn([id, 'needs'])), grants, start, end }
  })
}

/** One that is worked out from the event is no heading. */
function nameOf(name: unknown, id: string): string {
  return typeof name === 'string' && !name.includes('${{') ? name : id
}

function grantsIn(block: string): readonly Grant[] {
  return [...block.matchAll(/^ {6}([a-z-]+): (read|write) # (to .+)$/gm)].map(
    ([, permission = '', level, why = '']) => ({
      permission,
      level: level === 'write' ? 'write' : 'read',
      why,
    }),
  )
}

function needsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return value === undefined || !(value instanceof Object) || !('items' in value)
    ? []
    : JSON.parse(JSON.stringify(value))
}

/** @param left `none` takes the line out. @throws Error when the job has no such line */
export function withoutGrant(
  text: string,
  job: TemplateJob,
  { permission, level }: Grant,
  left: 'none' | 'read',
): string {
  const line = new RegExp(`^ {6}${permission}: ${level} # .+\\n`, 'm')
  const block = text.slice(job.start, job.end)
  if (!line.test(block)) throw new Error(`The job ${job.id} has no line "${permission}: ${level}".`)
  const edited = block
    .replace(line, (whole) => (left === 'none' ? '' : whole.replace(level, left)))
    .replace(/^ {4}permissions:\n(?! {6})/m, '    permissions: {}\n')
  return text.slice(0, job.start) + edited + text.slice(job.end)
}

/** The same with these jobs and what they need only: others cost time and prove nothing. */
export function onlyJobs(text: string, jobs: readonly TemplateJob[], wanted: readonly string[]): string {
  const kept = new Set<string>()
  const keep = (id: string) => {
    if (kept.has(id)) return
    kept.add(id)
    for (const need of jobs.find((job) => job.id === id)?.needs ?? []) keep(need)
  }
  wanted.forEach(keep)
  const [first] = jobs
  const blocks = jobs.filter(({ id }) => kept.has(id)).map(({ start, end }) => text.slice(start, end))
  return text.slice(0, first?.start ?? text.length) + blocks.join('')
}
