import { act, Failure, flag, info, input, mask, refuse, saveState } from '../../action.ts'
import { fetchToken, RegistryError, registryUrl } from '../../oci/client.ts'
import { keepCredentials } from '../../oci/docker-folder.ts'
import { REGISTRY } from '../../oci/reference.ts'

await act(async () => {
  refuse({ scope: [], ecr: ['auto', 'false'], 'registry-auth': [] })
  const [registry, username, password] = ['registry', 'username', 'password'].map(input)
  if (registry !== REGISTRY) {
    throw new Failure(
      `The rehearsal has one registry, ${REGISTRY}, and this step logs in to '${registry || 'docker.io'}'.`,
    )
  }
  if (!username && !password) throw new Failure('Username and password required')
  if (!username) throw new Failure('Username required')
  if (!password) throw new Failure('Password required')
  mask(password)
  info(`Logging into ${registry}...`)
  await logIn({ username, password })
  keepCredentials(registry, { username, password })
  if (flag('logout')) saveState('registry', registry)
  info('Login Succeeded!')
})

/** The registry says who may log in; what they may do there it says when they do it. */
async function logIn(credentials: { readonly username: string; readonly password: string }): Promise<void> {
  try {
    const answer = await fetch(`${registryUrl()}/v2/`)
    const challenge = (answer.headers.get('www-authenticate') ?? '').replace(/,scope="[^"]*"/, '')
    const token = await fetchToken(challenge, credentials)
    const again = await fetch(`${registryUrl()}/v2/`, { headers: { authorization: `Bearer ${token}` } })
    if (!again.ok) throw new RegistryError(again.status, `unexpected status: ${again.status}`)
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    throw new Failure(`Error response from daemon: Get "https://${REGISTRY}/v2/": ${error.message}`)
  }
}
