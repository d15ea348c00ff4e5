import { act, info, state } from '../../action.ts'
import { forgetCredentials } from '../../oci/docker-folder.ts'

await act(() => {
  const registry = state('registry')
  if (registry === '') return
  forgetCredentials(registry)
  info(`Removing login credentials for ${registry}`)
})
