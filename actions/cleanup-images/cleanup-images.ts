import type { Outputs } from '../../src/action.ts'
import { ActionError } from '../../src/errors.ts'
import { applyPlan } from './apply.ts'
import type { Inputs } from './inputs.ts'
import { pathOf } from './names.ts'
import { type Plan, planCleanup } from './plan.ts'
import type { Ports } from './ports.ts'
import { describe, summarize } from './summary.ts'
import { survey } from './survey.ts'
import type { Version } from './version.ts'

/** Looks at everything, decides purely, then deletes and proves that it is gone. */
export async function cleanupImages(inputs: Inputs, ports: Ports): Promise<Outputs> {
  const { runner, name } = ports
  const { log } = runner
  const { versions, manifests } = await survey(ports)
  const plan = planCleanup(versions, manifests, inputs.policy, ports.packages.answeredAt ?? ports.now())
  await log.group(`Plan for ${pathOf(name)}: ${plan.deletions.length} of ${versions.length} versions go`, async () =>
    log.info(describe(plan)),
  )
  for (const note of plan.notes) log.warning(note)
  sayAbsent(inputs, versions, ports)

  const refusal = inputs.allowMassDeletion ? undefined : tooMany(plan, ports)
  if (inputs.dryRun || refusal !== undefined) {
    runner.summarize(summarize(plan, { path: pathOf(name), note: refusal?.message, deleted: undefined }))
    if (refusal !== undefined && !inputs.dryRun) throw refusal
    if (refusal !== undefined) log.warning(`${refusal.message} ${refusal.hint}`)
    return outputsOf(plan, plan.deletions, [])
  }

  const applied = await applyPlan(plan, ports)
  for (const note of applied.notes) log.warning(note)
  runner.summarize(summarize(plan, { path: pathOf(name), deleted: applied.deleted, note: applied.error?.message }))
  const outputs = outputsOf(plan, applied.deleted, applied.remaining)
  if (applied.error === undefined) return outputs
  for (const [output, value] of Object.entries(outputs)) runner.setOutput(output, value)
  throw applied.error
}

/** A deployment may name what is gone already; a wrong package names nothing that is there. */
function sayAbsent({ policy }: Inputs, versions: readonly Version[], { runner }: Ports): void {
  const known = new Set(versions.map(({ digest }) => digest))
  const absent = [...policy.keepDigests].filter((digest) => !known.has(digest))
  if (absent.length > 0) runner.log.info(`Of keep-digests the package does not have: ${absent.join(', ')}.`)
}

function tooMany({ deletions, verdicts }: Plan, { name }: Ports): ActionError | undefined {
  if (deletions.length * 2 <= verdicts.length) return undefined
  return new ActionError(
    `${deletions.length} of the ${verdicts.length} versions of ${pathOf(name)} would be deleted, which is more than half of them.`,
    {
      hint:
        'Read the plan in the summary. If that is what you want, as in the first cleanup of an old package, run it once with ' +
        'allow-mass-deletion: true; otherwise check package, keep-tags, keep-last and older-than.',
    },
  )
}

function outputsOf(plan: Plan, deleted: readonly Version[], remaining: readonly Version[]): Record<string, string> {
  const gone = new Set(deleted)
  const kept = plan.verdicts.filter(({ keep }) => keep)
  const listed = (verdicts: Plan['verdicts']) =>
    JSON.stringify(verdicts.map(({ version: { id, digest, tags }, reasons }) => ({ id, digest, tags, reasons })))
  return {
    deleted: listed(plan.verdicts.filter(({ version }) => gone.has(version))),
    kept: listed(kept),
    'deleted-count': String(deleted.length),
    'kept-count': String(kept.length),
    'remaining-count': String(remaining.length),
  }
}
