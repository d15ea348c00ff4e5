/** Passes connections on to a port. A process of its own, so that it can be stopped while its own port stays open. */
import { type AddressInfo, connect, createServer } from 'node:net'

const [target = 0, port = 0, backlog = 1] = process.argv.slice(2).map(Number)

const server = createServer((client) => {
  const upstream = connect(target, '127.0.0.1')
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
  client.pipe(upstream).pipe(client)
})
server.listen({ port, host: '127.0.0.1', backlog }, () => {
  process.send?.((server.address() as AddressInfo).port)
})
process.once('disconnect', () => process.exit())
