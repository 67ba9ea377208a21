/**
 * An RDAP server in a process of its own, so that it does not share the event loop of the bench. It sends its port first;
 * then it answers each message with the queries since the last one.
 */
import { createServer } from 'node:http'
import process from 'node:process'

const latencyMs = 20

let asked: { name: string; at: number }[] = []

const registered = (name: string) => ({
  objectClassName: 'domain',
  ldhName: name,
  events: [{ eventAction: 'registration', eventDate: '2020-02-02T00:00:00Z' }],
})

const server = createServer((request, response) => {
  const name = request.url?.split('/').pop() ?? ''
  asked.push({ name, at: Date.now() })
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/rdap+json' }).end(JSON.stringify(registered(name)))
  }, latencyMs)
})

server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('message', () => {
  process.send?.(asked)
  asked = []
})
process.on('disconnect', () => process.exit())
