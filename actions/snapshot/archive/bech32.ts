/** Bech32 (BIP 173), in which age writes its keys: only the check that nothing was mistyped. */

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const CHECKSUM = 6

/**
 * @param text in lower case or in upper case throughout; of any length, as age has it
 * @returns how many bytes it stands for; undefined when its checksum is wrong
 */
export function bech32Length(text: string, prefix: string): number | undefined {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return undefined
  const lower = text.toLowerCase()
  if (!lower.startsWith(`${prefix.toLowerCase()}1`)) return undefined
  const values = Array.from(lower.slice(prefix.length + 1), (character) => ALPHABET.indexOf(character))
  if (values.includes(-1) || values.length < CHECKSUM) return undefined
  if (checksum([...expanded(prefix.toLowerCase()), ...values]) !== 1) return undefined
  return Math.floor(((values.length - CHECKSUM) * 5) / 8)
}

function expanded(prefix: string): readonly number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0))
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)]
}

function checksum(values: readonly number[]): number {
  return values.reduce((sum, value) => {
    const next = ((sum & 0x1ffffff) << 5) ^ value
    return GENERATOR.reduce((mixed, factor, bit) => ((sum >>> 25) & (1 << bit) ? mixed ^ factor : mixed), next)
  }, 1)
}
