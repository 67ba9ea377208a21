/** Who asked and who answered, in an EVE record. */
import { countOf, textOf, type JsonObject } from './fields.js'

export interface Endpoints {
  readonly origHost: string | undefined
  readonly origPort: number | undefined
  readonly respHost: string | undefined
  readonly respPort: number | undefined
}

/**
 * `src_ip` is the client in most records, but in an alert it is the sender of the packet, and in a response since
 * Suricata 8 (ticket 6400) it is the server. Port 53 on one side only settles it: a flow that was picked up in its
 * middle may be logged the wrong way round.
 */
export const endpointsOf = (record: JsonObject, isFromServer: boolean): Endpoints => {
  const srcHost = textOf(record['src_ip'])
  const srcPort = countOf(record['src_port'])
  const destHost = textOf(record['dest_ip'])
  const destPort = countOf(record['dest_port'])
  const fromServer =
    (srcPort === 53) !== (destPort === 53)
      ? srcPort === 53
      : record['event_type'] === 'alert'
        ? record['direction'] === 'to_client'
        : isFromServer
  return fromServer
    ? { origHost: destHost, origPort: destPort, respHost: srcHost, respPort: srcPort }
    : { origHost: srcHost, origPort: srcPort, respHost: destHost, respPort: destPort }
}
