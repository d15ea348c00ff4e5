/** Where the rehearsal finds what is its own. */
import { join, resolve } from 'node:path'
import address from '../address.json' with { type: 'json' }

/** This pack's files. */
export const checkout = resolve(import.meta.dirname, '..')

/** Stand-ins for actions of others, as OWNER/REPO/action.yml. */
export const ownStandIns = join(import.meta.dirname, 'standins')

/** Stand-ins for programs, first on every step's PATH. */
export const ownPrograms = join(ownStandIns, 'programs')

/** Whose actions are this pack's own: `OWNER/NAME`. */
export const packRepository = address.repository
