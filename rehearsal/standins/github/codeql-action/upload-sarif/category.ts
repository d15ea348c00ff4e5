/** Which analysis a run is: github/codeql-action src/upload-lib.ts and src/api-client.ts. */
import { exportVariable, Failure } from '../../../action.ts'
import type { Sarif } from './sarif.ts'

/** An id of the file's own stays. @param category the input; empty: workflow, job and matrix are the category */
export function withCategory(sarif: Sarif, category: string, analysisKey: string, matrix: string): Sarif {
  const id = category === '' ? automationId(analysisKey, matrix) : category.replace(/\/?$/, '/')
  const runs = sarif.runs.map((run) => ({ ...run, automationDetails: run.automationDetails ?? { id } }))
  return { ...sarif, runs }
}

function automationId(analysisKey: string, matrix: string): string {
  const values = Object.entries(Object(JSON.parse(matrix === '' ? 'null' : matrix))).sort()
  const parts = values.map(([name, value]) => `${name}:${typeof value === 'string' ? value : ''}/`)
  return `${analysisKey}/${parts.join('')}`
}

/** A second upload of one category in a job would close the alerts of the first. @throws Failure */
export function checkOnceInJob({ runs }: Sarif): void {
  const marks = new Map(
    runs.map(({ automationDetails, tool }) => {
      const { id } = automationDetails ?? {}
      const { name } = tool.driver
      return [`CODEQL_UPLOAD_SARIF_${upper(id)}_${upper(name)}`, { id, name }]
    }),
  )
  for (const [mark, { id = 'none', name }] of marks) {
    if (process.env[mark]) {
      throw new Failure(
        'Aborting upload: only one run of the codeql/analyze or codeql/upload-sarif actions is allowed per job per tool/category. ' +
          'The easiest fix is to specify a unique value for the `category` input. If .runs[].automationDetails.id is specified ' +
          `in the sarif file, that will take precedence over your configured \`category\`. Category: (${id}) Tool: (${name})`,
      )
    }
    exportVariable(mark, mark)
  }
}

function upper(text = '_'): string {
  return text.replace(/\W/g, '_').toUpperCase()
}
