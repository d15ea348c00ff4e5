/** The pack's version, as package.json has it: manifests say what made them. */
export const VERSION = '0.1.0'
