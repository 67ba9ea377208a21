/** What the rules of a SIEM must find, and what they must not, as records; each SIEM makes documents of its own of them. */
import { youngRecord } from './elastic-samples.js'

export interface AlertCases<Document> {
  /** Documents in which the rule finds something. */
  readonly raises: readonly (readonly Document[])[]
  readonly silent: readonly (readonly Document[])[]
}

const nxdomain = { rcode_name: 'NXDOMAIN', alerts: ['YOUR-FIRST-CONTACT'] }
/** Of a domain that was asked for before. */
const known = { seen_by_you: '2026-11-01T00:00:00.000000Z' }

/**
 * The cases of the rules: a first contact with a young domain, a burst of one host, a name tagged as a threat, a look-alike, a
 * host that asks like malware.
 *
 * @param made makes a document of a record
 */
export const alertCasesOf = <Document>(made: (record: object) => Document) => {
  const one = (more: object): Document[] => [made({ ...youngRecord, ...more })]
  const twenty = (record: (nth: number) => object): Document[] =>
    Array.from({ length: 20 }, (_, nth) => made({ ...youngRecord, domain: `d${nth}.com`, ...record(nth) }))
  const young: AlertCases<Document> = {
    raises: [one({}), one({ followup_of: 'a', alerts: ['YOUNG:0d'] })],
    silent: [
      [],
      one({ alerts: ['YOUR-FIRST-CONTACT'] }),
      one(known),
      one({ ...known, alerts: ['YOUNG:3d'] }),
      one({ alerts: [], alerts_withdrawn: ['YOUNG:3d'] }),
    ],
  }
  const burst: AlertCases<Document> = {
    raises: [
      twenty(() => nxdomain),
      twenty(nth => ({ alerts: nth % 2 === 0 ? ['LOW-FREQ-SCORES'] : ['SUSPECT-FREQ-SCORE'] })),
      twenty(() => ({ alerts: ['YOUNG:1d'] })),
      twenty(() => ({ alerts: ['DGA-LIKE'] })),
    ],
    silent: [
      twenty(() => nxdomain).slice(1),
      twenty(nth => ({ ...nxdomain, domain: nth < 2 ? 'one.com' : `d${nth}.com` })),
      twenty(nth => ({ ...nxdomain, 'id.orig_h': `10.0.0.${nth}` })),
      twenty(() => ({ ...nxdomain, 'id.orig_h': undefined })),
      twenty(() => ({ ...nxdomain, ...known })),
      twenty(() => ({ alerts: ['YOUR-FIRST-CONTACT'] })),
    ],
  }
  const threat: AlertCases<Document> = {
    raises: [one({ ...known, alerts: ['TAGGED-THREAT'] })],
    silent: [one({ alerts: ['TAGGED-INTEREST'] }), one({ tags: ['threat'] })],
  }
  const lookalike: AlertCases<Document> = {
    raises: [
      one({ alerts: ['YOUR-FIRST-CONTACT', 'YOUNG:3d', 'LOOKALIKE:paypal.com'] }),
      one({ followup_of: 'a', alerts: ['LOOKALIKE:paypal.com'] }),
    ],
    silent: [one({}), one({ alerts: [], alerts_withdrawn: ['LOOKALIKE:paypal.com'] })],
  }
  const generated: AlertCases<Document> = {
    raises: [['DGA-BURST'], ['DGA-BURST:words'], ['DGA-BURST:ru']].map(alerts =>
      one({ alerts, burst_names: ['a.com', 'b.com'], burst_score: 100 }),
    ),
    silent: [one({ alerts: ['DGA-LIKE'] })],
  }
  const host: AlertCases<Document> = {
    raises: ['DNS-TUNNEL:1240', 'SERVICE-MIX:a.com+b.com+c.com', 'SPREAD'].map(alert =>
      one({ ...known, alerts: [alert] }),
    ),
    silent: [one({}), one({ alerts: ['DGA-LIKE', 'MANY-NAMES'] })],
  }
  return { young, burst, threat, lookalike, generated, host }
}
