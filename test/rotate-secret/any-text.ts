import fc from 'fast-check'

/** Half of a pair of surrogates is no character: UTF-8 cannot have it. */
const SURROGATES = { first: 0xd800, count: 0x800 }

/** Any text of whole characters, those included that are not assigned. The library's own takes seconds to set up. */
export function anyText(longest = 100): fc.Arbitrary<string> {
  const character = fc
    .oneof(fc.nat(0x7f), fc.nat(0xffff - SURROGATES.count), fc.nat(0x10ffff - SURROGATES.count))
    .map((code) => String.fromCodePoint(code < SURROGATES.first ? code : code + SURROGATES.count))
  return fc.array(character, { maxLength: longest }).map((characters) => characters.join(''))
}
