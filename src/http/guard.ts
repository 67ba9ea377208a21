/** The guard at the gate: turns away what does not pass, says why, and counts. */
import type { RequestListener } from 'node:http'
import type { Telemetry } from '../telemetry.js'
import type { Gate, Refusal } from './gate.js'
import type { HttpCounts } from './metrics.js'
import { respondError } from './send.js'

const says: Readonly<Record<Refusal['reason'], string>> = {
  client: 'this address is not answered: see http_allow',
  'cross-site': 'pages of another origin are not answered',
  'foreign-host': 'the Host header names another host: see http_hosts',
  method: 'this path does not take that method',
  target: 'the request target means another host',
  token: 'a bearer token is needed',
  'too-many-headers': 'there are too many headers',
  'url-too-long': 'the URL is too long',
}

const limits: Partial<Readonly<Record<Refusal['reason'], string>>> = {
  'too-many-headers': 'httpHeadersMax',
  'url-too-long': 'httpUrlCharsMax',
}

/** A client whose base URL ends in a slash asks for `//name`; the original's framework led it to `/name`. */
const withOneSlash = (url: string): string => (url.startsWith('//') ? url.replace(/^\/+/, '/') : url)

/** Every request passes here first, whatever it asks for and however broken its path is. */
export const guarded =
  (gate: Gate, counts: HttpCounts, telemetry: Telemetry, next: RequestListener): RequestListener =>
  (request, response) => {
    counts.requests += 1
    const refusal = gate(request)
    if (refusal === undefined) {
      request.url = withOneSlash(request.url ?? '/')
      next(request, response)
      return
    }
    const { status, reason, headers } = refusal
    counts.refused.set(reason, (counts.refused.get(reason) ?? 0) + 1)
    const limit = limits[reason]
    if (limit !== undefined) telemetry({ kind: 'limit-reached', limit, count: 1 })
    respondError(response, status, says[reason], headers)
  }
