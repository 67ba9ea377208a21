/** `isc-ip`: what the sensors of SANS ISC (DShield) know of an address. @see https://isc.sans.edu/api/ */
import * as z from 'zod'
import type { SettingsOf } from '../../config/schema-services.js'
import { isPublicAddress } from '../../lookup/net/addresses.js'
import { userAgent } from '../../telemetry/report.js'
import type { AnswerSource, CommandFacts } from '../answer.js'
import {
  askService,
  factOf,
  noSuchJson,
  shapedJson,
  type ServiceOptions,
  textFrom,
  type ServiceReading,
  wayTo,
} from './service.js'

/** Numbers come as numbers or as texts, and as null where they know nothing. */
const numberOf = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
    z.null(),
  ])
  .catch(null)

const iscAnswer = z.object({
  ip: z.object({
    count: numberOf,
    attacks: numberOf,
    maxrisk: numberOf,
    as: numberOf,
    ...{
      mindate: z.unknown().optional(),
      maxdate: z.unknown().optional(),
      updated: z.unknown().optional(),
      network: z.unknown().optional(),
    },
    ...{
      asname: z.unknown().optional(),
      ascountry: z.unknown().optional(),
      asabusecontact: z.unknown().optional(),
    },
    threatfeeds: z.record(z.string(), z.unknown()).catch({}),
  }),
})

/** Under the names that ISC gives them. */
const read = (text: string): ServiceReading => {
  const answer = shapedJson(iscAnswer, text)
  if (!answer) return noSuchJson
  const { count, attacks, maxrisk, as, threatfeeds, ...texts } = answer.ip
  const result: CommandFacts = {
    ...{ count, attacks, maxrisk, as },
    ...Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, factOf(value)])),
    threatfeeds: factOf(Object.keys(threatfeeds).map(textFrom)),
  }
  return { kind: 'result', result }
}

export const iscIpSource = (settings: SettingsOf<'isc-ip'>, options: ServiceOptions): AnswerSource => {
  const base = settings.base_url.replace(/\/+$/, '')
  const way = wayTo(settings.base_url, options.network)
  return {
    refusal: value => (isPublicAddress(value) ? undefined : 'it is no address of the public internet'),
    check: () => Promise.resolve(),
    ask: (value, signal) =>
      askService(
        {
          url: new URL(`${base}/api/ip/${value}?json`),
          headers: { 'user-agent': userAgent(settings.contact) },
          ...{ way, timeoutSeconds: settings.timeout_seconds, statuses: [200] },
          read: ({ text }) => read(text),
        },
        options,
        signal,
      ),
  }
}
