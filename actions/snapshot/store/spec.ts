/** The input `store`: which kind of place, and where in it. */
import { ActionError } from '../../../src/errors.ts'

export type StoreSpec =
  | { readonly kind: 'artifact' }
  | { readonly kind: 'release' }
  /** Absolute, or relative to the workspace. */
  | { readonly kind: 'directory'; readonly path: string }
  /** Prefixes have no `/` at either end, and may be empty. */
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'azure'; readonly container: string; readonly prefix: string }

const FORMS = 'artifact, release, directory:PATH, s3://BUCKET/PREFIX, azure://CONTAINER/PREFIX'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/
const SEGMENT = /^[A-Za-z0-9!_.*'()=@:+,-]+$/

/**
 * @throws ActionError when it is none of them. Where credentials may stand in the text, the error does not quote it.
 */
export function parseStore(text: string): StoreSpec {
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) {
    throw refused('has a line break or another control character in it', `Write one of: ${FORMS}, in one line.`)
  }
  if (text === 'artifact' || text === 'release') return { kind: text }
  const [, scheme = '', rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? []
  switch (scheme) {
    case 'directory':
      return parseDirectory(rest)
    case 's3': {
      const { name, prefix } = parseAddress(scheme, rest, 'bucket')
      if (!BUCKET.test(name)) throw misnamed(scheme, 'bucket', name, 'lower-case letters, digits, "-" and "."')
      return { kind: 's3', bucket: name, prefix }
    }
    case 'azure': {
      const { name, prefix } = parseAddress(scheme, rest, 'container')
      if (!CONTAINER.test(name)) throw misnamed(scheme, 'container', name, 'lower-case letters, digits and single "-"')
      return { kind: 'azure', container: name, prefix }
    }
    default:
      throw unknown(text, scheme)
  }
}

function parseDirectory(path: string): StoreSpec {
  if (path.trim() === '') throw refused('names no folder', 'Write directory: and a path, as in directory:/mnt/backup.')
  if (path.startsWith('~')) {
    throw refused(
      'begins with "~", which only a shell expands',
      'Write the path in full, or relative to the workspace.',
    )
  }
  if (path.startsWith('//')) {
    throw refused('is a URL', 'Write directory: and a path, as in directory:/mnt/backup.')
  }
  return { kind: 'directory', path }
}

function parseAddress(scheme: string, rest: string, noun: string): { readonly name: string; readonly prefix: string } {
  const form = `Write ${scheme}://, the ${noun}'s name and a prefix, as in ${scheme}://backups/site.`
  if (!rest.startsWith('//')) throw refused(`is no address of a ${noun}`, form)
  const address = rest.slice(2)
  if (/[@?#]/.test(address)) {
    throw refused(`has "@", "?" or "#" in it, which credentials or parameters would`, CREDENTIALS)
  }
  const [name = '', ...segments] = address.replace(/\/+$/, '').split('/')
  if (name === '') throw refused(`names no ${noun}`, form)
  for (const segment of segments) {
    if (segment === '.' || segment === '..')
      throw refused(`has "${segment}" in its prefix`, 'Write the prefix in full.')
    if (segment === '') throw refused('has an empty part in its prefix', 'Write single slashes.')
    if (!SEGMENT.test(segment)) {
      throw refused(
        `has the part ${JSON.stringify(segment)} in its prefix, with characters that not every store takes`,
        `Use letters, digits and !_.*'()=:+,- for it.`,
      )
    }
  }
  return { name, prefix: segments.join('/') }
}

const CREDENTIALS =
  'Keep credentials out of the address: they are read from environment variables, which the README names.'

function misnamed(scheme: string, noun: string, name: string, letters: string): ActionError {
  return refused(
    `names the ${noun} ${JSON.stringify(name)}, which cannot be one`,
    `A ${noun}'s name has 3 to 63 ${letters}. What comes after it is the prefix, as in ${scheme}://backups/site.`,
  )
}

function unknown(text: string, scheme: string): ActionError {
  const hint = `Write one of: ${FORMS}.`
  if (scheme !== '') return refused(`begins with "${scheme}:", which is no kind of store`, hint)
  const quoted = /^[\w./-]{1,100}$/.test(text) ? `is "${text}", which` : 'has a value that'
  return refused(`${quoted} is no store`, hint)
}

function refused(what: string, hint: string): ActionError {
  return new ActionError(`Input store ${what}.`, { hint })
}
