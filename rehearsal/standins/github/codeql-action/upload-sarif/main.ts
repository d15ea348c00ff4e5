import { act, Failure, flag, info, input, setOutput } from '../../../action.ts'
import { apiWith } from '../../../api.ts'
import { checkOnceInJob, withCategory } from './category.ts'
import { withFingerprints } from './fingerprints.ts'
import { combine, findSarif, readSarif } from './sarif.ts'
import { subjectOf } from './subject.ts'
import { analysisKeyOf, upload, waitFor } from './upload.ts'

await act(async () => {
  const wait = flag('wait-for-processing')
  const api = apiWith(input('token'))
  const checkout = input('checkout_path')
  if (checkout === '') throw new Failure('Input required and not supplied: checkout_path')
  const files = findSarif(input('sarif_file'))
  info(`Processing sarif files: ${JSON.stringify(files)}`)
  const combined = withFingerprints(combine(files.map(readSarif)), checkout)
  const key = await analysisKeyOf(api)
  const sarif = withCategory(combined, input('category'), key, input('matrix'))
  checkOnceInJob(sarif)
  const id = await upload(api, sarif, subjectOf(checkout), key)
  setOutput('sarif-id', id)
  setOutput('sarif-ids', JSON.stringify({ 'code-scanning': id }))
  if (wait) await waitFor(api, id)
})
