/** `reputation`: any service that answers a GET with JSON, of which the settings name the fields. */
import { resolveIn } from '../../config/load.js'
import { valuePlace } from '../../config/schema-command-keys.js'
import type { SettingsOf } from '../../config/schema-services.js'
import { valueAt } from '../../config/settings.js'
import { parseJson } from '../../lookup/rdap/response.js'
import { userAgent } from '../../telemetry/report.js'
import type { AnswerSource, CommandFacts } from '../answer.js'
import {
  askService,
  factOf,
  noSuchJson,
  percentEncoded,
  readKey,
  type ServiceOptions,
  type ServiceReading,
  withKey,
} from './service.js'

type ReputationSettings = SettingsOf<'reputation'>

const read = (text: string, { fields }: ReputationSettings): ServiceReading => {
  const root = parseJson(text)
  if (typeof root !== 'object' || root === null) return noSuchJson
  const facts = Object.entries(fields).map(
    ([name, path]) => [name, factOf(valueAt(root, path.split('.')))] as const,
  )
  const result: CommandFacts = Object.fromEntries(facts)
  return { kind: 'result', result }
}

/** What stands in for a value: it occurs nowhere else in the address. */
const markIn = (template: string): string => {
  let mark = 'x'
  while (template.includes(mark)) mark += 'x'
  return mark
}

const addressWith = (template: string, text: string): URL => new URL(template.split(valuePlace).join(text))

/** Whether a value stands in the address just where the template has it: as a part of a path, `..` is the folder above. */
const keepsAddress = (template: string, value: string): boolean => {
  const [mark, encoded] = [markIn(template), percentEncoded(value)]
  const [marked, asked] = [mark, encoded].map(text => addressWith(template, text))
  return (
    `${marked?.pathname}${marked?.search}`.split(mark).join(encoded) === `${asked?.pathname}${asked?.search}`
  )
}

export const reputationSource = (settings: ReputationSettings, options: ServiceOptions): AnswerSource => {
  const { url, header, timeout_seconds } = settings
  const keyFile = settings.key_file === undefined ? undefined : resolveIn(options.dir, settings.key_file)
  return {
    refusal: value =>
      keepsAddress(url, value) ? undefined : 'it would change the path of the address that is asked',
    check: async () => {
      if (keyFile !== undefined) await readKey(keyFile)
    },
    ask: (value, signal) =>
      withKey(keyFile, key =>
        askService(
          {
            url: addressWith(url, percentEncoded(value)),
            headers: { 'user-agent': userAgent(undefined), ...(key !== undefined && { [header]: key }) },
            // The settings say where it is.
            ...{ way: options.network.own, timeoutSeconds: timeout_seconds, statuses: [200] },
            read: ({ text }) => read(text, settings),
          },
          options,
          signal,
        ),
      ),
  }
}
