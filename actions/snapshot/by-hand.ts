/** How a person restores a snapshot without this pack: with what fetches from the store, `age`, `zstd` and `tar`. */
import type { Manifest } from './manifest.ts'
import { isEncrypted } from './names.ts'

/**
 * Lines for a POSIX shell.
 *
 * @param fetchLines the store's own, which bring the archive into the working directory
 */
export function restoreByHand(
  { archive: { name, digest } }: Pick<Manifest, 'archive'>,
  fetchLines: readonly string[],
): readonly string[] {
  const open = isEncrypted(name)
    ? `age --decrypt --identity key.txt ${name} | zstd --decompress`
    : `zstd --decompress --stdout ${name}`
  return [
    ...fetchLines,
    `echo '${digest.replace('sha256:', '')}  ${name}' | sha256sum --check &&`, // what fails here is not to be extracted
    '  mkdir restored &&',
    `  ${open} | tar --extract --preserve-permissions --directory restored`,
  ]
}
