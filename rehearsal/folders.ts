/** Where the rehearsal finds what is its own. */
import { join, resolve } from 'node:path'

/** This pack's files. */
export const checkout = resolve(import.meta.dirname, '..')

/** Stand-ins for actions of others, as OWNER/REPO/action.yml. */
export const ownStandIns = join(import.meta.dirname, 'standins')
