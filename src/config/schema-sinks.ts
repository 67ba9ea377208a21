/**
 * The settings of the sinks, which get the records in addition to the log. Each type has keys of its own, in a shape in the
 * folder sinks/.
 */
import * as z from 'zod'
import { backlogBytesDefault, sinkBacklogBytesMin, sinksMax } from '../limits.js'
import { choice, required, setting, whole } from './kinds.js'
import { checkHttp, elasticsearchShape, httpSinkShape, lokiShape, splunkShape } from './sinks/http.js'
import { checkRedisSink, redisSinkShape } from './sinks/redis.js'
import { checkSyslog, syslogShape } from './sinks/syslog.js'
import { wazuhShape } from './sinks/wazuh.js'
import { zeekIntelShape } from './sinks/zeek-intel.js'

const sinkName = {
  schema: z
    .string()
    .max(32)
    .regex(/^[a-z0-9_-]+$/i, 'is not a name'),
  values: 'a name of at most 32 letters, digits, _ and -',
}

const name = required(
  sinkName,
  'What the sink is called in messages and metrics; under it the store keeps how far it is.',
)

const backlog_bytes = setting(
  whole(sinkBacklogBytesMin, 2 ** 40, 'bytes'),
  backlogBytesDefault,
  'How much may wait for a sink that does not keep up; beyond it, the oldest records are dropped.',
)

/** A type of sink: its own keys, and those that all have. */
const typed = <const T extends string, S extends z.core.$ZodLooseShape>(type: T, shape: S) =>
  z.strictObject({ name, type: z.literal(type), ...shape, backlog_bytes })

/** Of all types. To add one, add it here, and what opens it to daemon/sinks.ts. */
const byType = z.discriminatedUnion('type', [
  typed('syslog', syslogShape).superRefine(checkSyslog),
  typed('http', httpSinkShape).superRefine(checkHttp),
  typed('elasticsearch', elasticsearchShape).superRefine(checkHttp),
  typed('splunk-hec', splunkShape).superRefine(checkHttp),
  typed('loki', lokiShape).superRefine(checkHttp),
  typed('redis', redisSinkShape).superRefine(checkRedisSink),
  typed('zeek-intel', zeekIntelShape),
  typed('wazuh', wazuhShape),
])

/** The type of a sink that names none. */
export const sinkTypeDefault = 'syslog'

const [first, ...others] = byType.options.map(({ shape }) => shape.type.value)
const types = choice(first ?? sinkTypeDefault, ...others)

/** The keys that each sink has. */
export const sinkShape = {
  name,
  type: setting(types, sinkTypeDefault, 'What the sink is; each type has more keys.'),
  backlog_bytes,
}

/** The keys that a sink has because of its type. */
export const sinkShapes: ReadonlyMap<string, Readonly<Record<string, z.ZodType>>> = new Map(
  byType.options.map(({ shape }) => {
    const own = Object.entries<z.ZodType>(shape).filter(([key]) => !Object.hasOwn(sinkShape, key))
    return [shape.type.value, Object.fromEntries(own)]
  }),
)

/** First the type, so that a wrong one is the only problem, and that one that is left out has its default. */
const sink = z.looseObject({ type: sinkShape.type }).pipe(byType).readonly()

export const sinkList = {
  schema: z
    .array(sink)
    .max(sinksMax)
    .superRefine((list, context) => {
      list.forEach(({ name }, at) => {
        if (list.findIndex(other => other.name === name) < at)
          context.addIssue({
            code: 'custom',
            path: [at, 'name'],
            input: name,
            message: 'is the name of another sink, too',
          })
      })
    }),
  values: 'a list of sinks, each like - {name: siem, to: "tcp://10.0.0.1:601"}',
}

export type SinkSettings = z.output<typeof sink>
