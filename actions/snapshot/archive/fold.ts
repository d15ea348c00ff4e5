/** Which names are one and the same on some file system. */

const ASCII = /^[\0-\x7f]*$/
/** Such as joiners, soft hyphens and variation selectors: Apple's file systems have passed over them. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu

/**
 * One text for all names that such a file system takes for the same: where case or Unicode normalization is ignored (Apple's
 * also takes `ß` for `ss`), where code points that nobody sees are, and without the dots and blanks that Windows drops.
 *
 * @param name one part of a path
 */
export function fold(name: string): string {
  if (ASCII.test(name)) return withoutEnd(name).toLowerCase()
  return withoutCase(withoutEnd(name.normalize('NFD').replaceAll(IGNORABLE, '')))
}

/** One text for all names that differ in nothing but case and normalization. */
export function withoutCase(name: string): string {
  return name.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC')
}

function withoutEnd(name: string): string {
  let end = name.length
  while (name[end - 1] === '.' || name[end - 1] === ' ') end -= 1
  return name.slice(0, end)
}
