/** A fake ISC on loopback: it answers by its script and keeps the commands that it received. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import * as z from 'zod'
import type { Network } from '../net/addresses.js'
import { networkBy, realServer } from './network.js'

const request = z.looseObject({ command: z.enum(['config', 'status', 'query']) })

export type Received = z.infer<typeof request>

/** The answer to a command: a value, sent as JSON, or a function that writes the response. */
export type Play = object | string | ((response: ServerResponse) => void)

export interface IscServer {
  readonly url: URL
  readonly network: Network
  /** May be changed at any time. */
  readonly script: Record<Received['command'], Play>
  readonly received: Received[]
  readonly headers: IncomingHttpHeaders[]
}

/** Starts an ISC that accepts every client. It runs until the end of the test. */
export const iscServer = async (t: Test): Promise<IscServer> => {
  const script: IscServer['script'] = {
    config: { min_software_version: '0.1', min_database_version: '1.0', prohibited_tlds: [] },
    status: { interval: 60, deny_client: '' },
    query: {
      seen_by_web: '1995-08-14 04:00:00',
      expires: '2030-08-13 04:00:00',
      seen_by_isc: '2020-05-06 07:08:09',
      alerts: [],
    },
  }
  const received: Received[] = []
  const headers: IncomingHttpHeaders[] = []
  const { base, agent } = await realServer(t, (incoming, response) => {
    void text(incoming).then(body => {
      const asked = request.parse(JSON.parse(body))
      received.push(asked)
      headers.push(incoming.headers)
      t.equal(`${String(incoming.method)} ${String(incoming.url)}`, 'POST /isc/api', asked.command)
      const play = script[asked.command]
      if (typeof play === 'function') play(response)
      else response.end(typeof play === 'string' ? play : JSON.stringify(play))
    })
  })
  return { url: new URL('isc/api', base), network: networkBy(agent), script, received, headers }
}
