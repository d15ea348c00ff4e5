/** docs/permissions.md is what the rehearsals show: each template without each of its permissions, minutes long. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { limitTo } from '../../../rehearsal/permissions/limit.ts'
import { renderTemplate, sectionsOf } from '../../../rehearsal/permissions/page.ts'
import { proveTemplate } from '../../../rehearsal/permissions/prove.ts'
import { root } from '../../../scripts/actions.ts'
import { templateNames } from '../../../scripts/templates.ts'

const sections = sectionsOf(readFileSync(`${root}docs/permissions.md`, 'utf8'))

it.each(templateNames())(
  '%s needs each permission that it grants, and the page says what happens without it',
  async (name) => {
    const proof = await proveTemplate(name, limitTo(2))
    expect(proof.problems).toEqual([])
    expect(sections.get(name)).toBe(renderTemplate(name, proof))
  },
  1_800_000, // dozens of rehearsals, each of a whole run
)
