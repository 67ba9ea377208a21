/** `otx`: the pulses of AlienVault OTX that name a domain or a host. @see https://otx.alienvault.com/api */
import { isIP } from 'node:net'
import * as z from 'zod'
import { resolveIn } from '../../config/load.js'
import type { SettingsOf } from '../../config/schema-services.js'
import { isPublicAddress } from '../../lookup/net/addresses.js'
import type { Reducer } from '../../names/psl.js'
import { userAgent } from '../../telemetry/report.js'
import type { AnswerSource } from '../answer.js'
import { whyUnasked } from '../value.js'
import {
  askService,
  noSuchJson,
  percentEncoded,
  shapedJson,
  readKey,
  type ServiceOptions,
  textFrom,
  type ServiceReading,
  wayTo,
  withKey,
} from './service.js'

type OtxSettings = SettingsOf<'otx'>

const pulse = z.object({
  name: z.string().catch(''),
  author: z.object({ username: z.string() }).optional().catch(undefined),
})

const otxAnswer = z.object({
  pulse_info: z.object({ count: z.int().min(0).catch(0), pulses: z.array(pulse) }),
})

/** Whether an author counts. OTX tells names apart whatever their case is. */
const countsAuthor = ({ authors }: OtxSettings): ((author: string | undefined) => boolean) => {
  if (authors === undefined) return () => true
  const [isOnly, names] = 'only' in authors ? [true, authors.only] : [false, authors.not]
  const named = new Set(names.map(name => name.toLowerCase()))
  return author => (author !== undefined && named.has(author.toLowerCase())) === isOnly
}

const none: ServiceReading = { kind: 'result', result: { pulses: [], pulse_count: 0 } }

/** OTX lists the latest pulses, and counts all: with `authors` the count is of those that it lists. */
const read = (text: string, settings: OtxSettings): ServiceReading => {
  const answer = shapedJson(otxAnswer, text)
  if (!answer) return noSuchJson
  const { count, pulses } = answer.pulse_info
  const counts = countsAuthor(settings)
  const found = pulses.filter(({ author }) => counts(author?.username))
  const names = [...new Set(found.map(({ name }) => textFrom(name)))].filter(name => name !== '')
  const pulse_count = settings.authors === undefined ? Math.max(count, found.length) : found.length
  return { kind: 'result', result: { pulses: names.slice(0, settings.pulses_max), pulse_count } }
}

/** What OTX calls the kinds of values. A name that is its own registered domain is a domain. */
const kindOf = (value: string, reduce: Reducer['reduce']): string => {
  const version = isIP(value)
  if (version !== 0) return version === 4 ? 'IPv4' : 'IPv6'
  const reduced = reduce(value)
  return typeof reduced !== 'string' && reduced.registrable === value ? 'domain' : 'hostname'
}

export const otxSource = (
  settings: OtxSettings,
  options: ServiceOptions & { readonly reduce: Reducer['reduce'] },
): AnswerSource => {
  const { dir, network, reduce } = options
  const base = settings.base_url.replace(/\/+$/, '')
  const way = wayTo(settings.base_url, network)
  const keyFile = resolveIn(dir, settings.key_file)
  return {
    refusal: value => {
      if (isIP(value) === 0) return whyUnasked(value, reduce)
      return isPublicAddress(value) ? undefined : 'it is no address of the public internet'
    },
    check: async () => {
      await readKey(keyFile)
    },
    ask: (value, signal) =>
      withKey(keyFile, (key = '') =>
        askService(
          {
            url: new URL(
              `${base}/api/v1/indicators/${kindOf(value, reduce)}/${percentEncoded(value)}/general`,
            ),
            headers: { 'user-agent': userAgent(undefined), 'x-otx-api-key': key },
            ...{ way, timeoutSeconds: settings.timeout_seconds },
            // 404: OTX has never heard of it.
            statuses: [200, 404],
            read: ({ status, text }) => (status === 404 ? none : read(text, settings)),
          },
          options,
          signal,
        ),
      ),
  }
}
