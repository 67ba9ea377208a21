/**
 * A receiver of `_bulk` as a process of its own, so that a test can kill it: `PORT FILE`. The file holds the ids of the
 * documents that it has, one a line, and outlives it, as an index on a disk does.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { argv, stdout } from 'node:process'
import { asElasticsearch, receiveHttp } from './http-receivers.js'

const [, , port = '0', file = ''] = argv
const kept = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
const api = asElasticsearch(() => undefined, new Set(kept))
const receiver = await receiveHttp(
  { teardown: () => undefined },
  post => {
    const taken = api(post)
    appendFileSync(file, taken.ids.map(id => `${id}\n`).join(''))
    return taken
  },
  { port: Number(port) },
)
stdout.write(`listens on ${receiver.port}\n`)
