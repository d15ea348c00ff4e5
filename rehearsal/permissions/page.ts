/** docs/permissions.md: a section for each template, a table for each of its jobs. */
import type { JobProof, Proof, TemplateProof } from './prove.ts'

const HEAD = `# Permissions of the templates

What each job's token may do, why, and what happens without it. \`npm run permissions\` writes this page, \`npm run permissions:check\`
compares it, and \`npm run permissions -- TEMPLATE\` renews the part of one template. For each line the template is rehearsed with exactly
this line taken out, and where it says \`write\`, once more with \`read\` in its place. Both times a step has to fail that was refused for want of
it: by the embedded GitHub, by git, or by the runner that gives identities. Unedited, with the same jobs, it has to succeed, with no
permission that is unused or only read. Otherwise there is no page.

*Used by* names the step that fails first, and the request that the embedded GitHub refuses it. Errors are as they stand in the log, without
ids and times.

What the rehearsal cannot show:

- Its repository is private. In a public one everybody may read what is public, and a missing \`read\` may stay unnoticed there.
- The stand-ins of actions that are not the pack's own ask for the permissions that the real ones are documented to need
  ([rehearsal/standins](../rehearsal/standins/README.md)).
- What a \`# EDIT\` line adds may need more. Grant it to that one job.
`

/** @param sections by template, each as {@link renderTemplate} makes it */
export function renderPage(sections: ReadonlyMap<string, string>): string {
  const names = [...sections.keys()].sort()
  return [HEAD, ...names.map((name) => sections.get(name) ?? '')].join('\n')
}

export function renderTemplate(file: string, { jobs }: Pick<TemplateProof, 'jobs'>): string {
  return [`## ${file}\n`, ...jobs.map(renderJob)].join('\n')
}

function renderJob({ id, name, proofs }: JobProof): string {
  if (proofs.length === 0) return `### ${id}: ${name}\n\nIt is granted nothing.\n`
  return [
    `### ${id}: ${name}\n`,
    `Rehearsed with ${occasions(proofs)}.\n`,
    '| Permission | Why | Used by | Without it |',
    '| --- | --- | --- | --- |',
    ...proofs.map(renderRow),
    '',
  ].join('\n')
}

/** `a push`, or `a push (contents) and a tag (actions)` */
function occasions(proofs: readonly Proof[]): string {
  const [first = '', ...others] = [...new Set(proofs.map(({ when }) => when))]
  if (others.length === 0) return first
  const named = [first, ...others].map((when) => {
    const permissions = proofs.filter((proof) => proof.when === when).map(({ permission }) => permission)
    return `${when} (${permissions.join(', ')})`
  })
  return `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
}

function renderRow({ permission, level, why, without, reading }: Proof): string {
  const used = [without, ...(reading === undefined ? [] : [reading])].map(({ step, request }) =>
    [step, ...(request === '' ? [] : [`\`${request}\``])].join(': '),
  )
  const errors = [
    short(without.error),
    ...(reading === undefined || reading.error === without.error ? [] : [`With \`read\`: ${short(reading.error)}`]),
  ]
  return `| ${[`\`${permission}: ${level}\``, why, cell([...new Set(used)]), cell(errors)].join(' | ')} |`
}

function cell(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join('<br>')
}

const LONGEST = 320

function short(error: string): string {
  return error.length <= LONGEST ? error : `${error.slice(0, LONGEST - 1).trimEnd()}…`
}

/** The sections of a page as they stand there. */
export function sectionsOf(page: string): ReadonlyMap<string, string> {
  const parts = page.split(/^(?=## )/m).slice(1)
  return new Map(parts.map((part) => [/^## (.+)/.exec(part)?.[1] ?? '', `${part.trimEnd()}\n`]))
}

/** What a table says of a permission: the cells that come from the template itself. */
export interface Row {
  readonly job: string
  readonly grant: string
  readonly why: string
}

/** Of one section; a job that is granted nothing has none. */
export function rowsOf(section: string): readonly Row[] {
  return section.split(/^### /m).flatMap((part) => {
    const [job = ''] = part.split(':')
    return [...part.matchAll(/^\| `([a-z-]+: (?:read|write))` \| (.+?) \| /gm)].map(([, grant = '', why = '']) => ({
      job,
      grant,
      why,
    }))
  })
}
