/**
 * Compiles the schema of checks files to code, which Ajv would otherwise do in every run of smoke-check for a tenth of a
 * second. `npm run build` renews it, and a test holds it against the schema.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import standalone from 'ajv/dist/standalone/index.js'
import { root } from './actions.ts'

const folder = `${root}actions/smoke-check/`
export const validatorFile = `${folder}file/is-checks-file.js`

const HEAD = `// Made from checks.schema.json by \`npm run build\`. It is Ajv's code, and never written by hand.
`

/** It says yes or no; what is wrong with a file is for Ajv itself to tell. */
export function compileValidator(): string {
  const ajv = new Ajv({ allowUnionTypes: true, messages: false, code: { source: true, esm: true } })
  ajv.addVocabulary(['enumDescriptions'])
  const schema = withoutTexts(JSON.parse(readFileSync(`${folder}checks.schema.json`, 'utf8')))
  ajv.addSchema(schema, 'checks')
  const imports: string[] = []
  const code = standalone
    .default(ajv, { isChecksFile: 'checks' })
    .replace('"use strict";', '')
    .replaceAll(/const (\w+) = require\("([^"]+)"\)\.default;/g, (_, name: string, module: string) => {
      imports.push(`import ${name}Module from '${module}.js'\n`)
      return `const ${name} = ${name}Module.default ?? ${name}Module;` // bundlers and Node differ on CommonJS
    })
  if (/\brequire\(/.test(code)) throw new Error('The code of Ajv loads something in a way that is not known here.')
  return `${HEAD}${imports.join('')}${code}\n`
}

/** What editors show, and no validator needs; names of properties are left alone. */
function withoutTexts(schema: unknown, isMap = false): object {
  const entries = Object.entries(Object(schema)).flatMap(([key, value]): [string, unknown][] => {
    if (!isMap && TEXTS.includes(key)) return []
    if (typeof value !== 'object' || value === null) return [[key, value]]
    if (Array.isArray(value)) return [[key, value.map((item) => (isObject(item) ? withoutTexts(item) : item))]]
    return [[key, isMap || !LITERAL.includes(key) ? withoutTexts(value, !isMap && MAPS.includes(key)) : value]]
  })
  return Object.fromEntries(entries)
}

const TEXTS = ['title', 'description', 'examples', 'default', 'enumDescriptions', '$comment']
const MAPS = ['properties', 'patternProperties', 'definitions']
const LITERAL = ['const', 'enum']

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function writeValidator(): void {
  writeFileSync(validatorFile, compileValidator())
}
