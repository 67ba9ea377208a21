/** Opens the port of the ISC server on a free port of loopback with fixed answers, and a client that sends commands. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { unknownDomain } from '../../model/domain.js'
import type { Asking, NameAnswer } from '../../model/record.js'
import { createReducer } from '../../names/psl.js'
import { openStore, type Store } from '../../store/store.js'
import type { Report } from '../../telemetry/report.js'
import { handClock, type HandClock } from '../../testing/hand-clock.js'
import { tokenDigest } from '../gate.js'
import type { IscTerms } from '../isc-commands.js'
import { openIscPort, type IscPort, type IscPortOptions } from '../isc-port.js'
import { answer, now } from './port.js'

export const terms: IscTerms = {
  min_software_version: '0.1',
  min_database_version: '1.2',
  prohibited_tlds: ['.corp.net', 'zip'],
  interval_minutes: 30,
  per_minute: 1000,
  first_contact_clients: 1,
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** The JSON of the answer. */
  readonly body: unknown
}

export interface OpenIscPort extends IscPort {
  readonly store: Store
  readonly clock: HandClock
  readonly reports: Report[]
  /** The questions that reached the pipeline. */
  readonly asked: { readonly name: string; readonly asking: Asking }[]
  /** Adds a client. Returns a function that sends its commands. */
  readonly client: (name: string, perMinute?: number) => (command: unknown) => Promise<Answered>
  /** Sends bytes as they are, and resolves with all that comes back until the port closes the connection. */
  readonly raw: (...pieces: readonly string[]) => Promise<string>
  /** How often each command had each result, as `query NEW`. */
  readonly results: () => Readonly<Record<string, number>>
}

/** @param answers by name; any other domain is registered since 1995 */
export const openIsc = async (
  t: Pick<Test, 'teardown'>,
  answers: Readonly<Record<string, NameAnswer>> = {},
  options: Partial<IscPortOptions> = {},
): Promise<OpenIscPort> => {
  const asked: OpenIscPort['asked'] = []
  const reports: Report[] = []
  const clock = handClock(now)
  const store = openStore(':memory:')
  const life = new AbortController()
  const port = await openIscPort({
    ...{ host: '127.0.0.1', port: 0, tls: undefined, lists: undefined, terms, store, clock },
    reduce: createReducer([]).reduce,
    askName: (name, asking) => {
      asked.push({ name, asking })
      const seen = { ...unknownDomain(name), firstSeen: now, lastSeen: now, queries: 1 }
      store.commit({}, () => ({ domains: [seen] }), now)
      const facts = { query: name, domain: name, registrable: name, seenByYou: now }
      return Promise.resolve(answers[name] ?? answer({}, facts))
    },
    waitMs: 4000,
    telemetry: report => void reports.push(report),
    signal: life.signal,
    ...options,
  })
  t.teardown(async () => {
    life.abort()
    await port.close()
    store.close()
  })
  return {
    ...port,
    ...{ store, clock, reports, asked },
    client: (name, perMinute) => {
      store.iscChanges.addClient(name, tokenDigest(`token-of-${name}`), perMinute, clock.now())
      const authorization = `Basic ${Buffer.from(`isc:token-of-${name}`).toString('base64')}`
      return async command => {
        const body = typeof command === 'string' ? command : JSON.stringify(command)
        const response = await fetch(`${port.address}/isc`, {
          method: 'POST',
          headers: { authorization },
          body,
        })
        const text = await response.text()
        return { status: response.status, headers: response.headers, body: JSON.parse(text) as unknown }
      }
    },
    raw: async (...pieces) => {
      const socket = connect(Number(new URL(port.address).port), '127.0.0.1')
      await once(socket, 'connect')
      const received = text(socket).catch(String)
      for (const piece of pieces) await new Promise(resolve => socket.write(piece, 'latin1', resolve))
      return received
    },
    results: () => {
      const sums: Record<string, number> = {}
      for (const report of reports) {
        if (report.kind !== 'isc-asked') continue
        const key = `${report.command} ${report.result}`
        sums[key] = (sums[key] ?? 0) + 1
      }
      return sums
    },
  }
}
