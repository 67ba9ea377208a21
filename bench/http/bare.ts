/** The yardstick: a bare node:http server that answers a constant, as long as one of our answers. Prints its address first. */
import { createServer } from 'node:http'
import process from 'node:process'

const body =
  '{"alerts":[],"category":"ESTABLISHED","freq_score":[6.2885,7.9696],"seen_by_isc":"RDAP",' +
  '"seen_by_web":"Fri, 04 Aug 1995 04:00:00 GMT","seen_by_you":"Sat, 07 Nov 2020 17:19:49 GMT"}\n'

const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
const server = createServer((_, response) => {
  response.writeHead(200, headers)
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.(`http://127.0.0.1:${address.port}`)
})
process.on('disconnect', () => process.exit())
