/** Registries' answers as JSON, for the shared store. What is read may be anybody's: it is checked. */
import * as z from 'zod'
import { sharedAnswerBytesMax, sourceCharsMax } from '../limits.js'
import { failedReasons, unsupportedReasons, type Registration } from '../model/domain.js'

/** JSON has no Infinity: it stands there as text. */
const infinity = 'Infinity'
const ms = z.union([z.number().nonnegative(), z.literal(infinity).transform(() => Infinity)])

/** Epoch ms, within what a Date holds (ECMA-262 21.4.1.1). */
const time = z.number().min(-8.64e15).max(8.64e15)

const printable = z
  .string()
  .max(1024)
  .regex(/^\P{Cc}*$/u)

/** JSON leaves out what is undefined; our types do not. */
const isc = z
  .strictObject({ seen: time.optional(), firstContact: z.boolean(), alerts: z.array(printable).max(100) })
  .transform(({ seen, firstContact, alerts }) => ({ seen, firstContact, alerts }))

const source = z
  .string()
  .max(sourceCharsMax)
  .regex(/^[^\p{Cc},]+$/u)

const registration = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('registered'),
      registered: time,
      expires: time.optional(),
      firstRegistered: time.optional(),
      source: source.optional(),
      isc: isc.optional(),
    })
    .transform(({ expires, ...rest }) => ({ ...rest, expires })),
  z.strictObject({ kind: z.literal('absent'), isc: isc.optional() }),
  z.strictObject({
    kind: z.literal('unsupported'),
    reason: z.enum(unsupportedReasons),
    until: time.optional(),
    isc: isc.optional(),
  }),
  z.strictObject({
    kind: z.literal('failed'),
    reason: z.enum(failedReasons),
    isc: isc.optional(),
    keptMs: ms.optional(),
  }),
])

/** Undefined if it is longer than sharedAnswerBytesMax. */
export const answerToJson = (answer: Registration): string | undefined => {
  const text = JSON.stringify(answer, (_, value: unknown) => (value === Infinity ? infinity : value))
  return Buffer.byteLength(text) <= sharedAnswerBytesMax ? text : undefined
}

/** Undefined if it is no answer. */
export const answerFromJson = (text: string): Registration | undefined => {
  try {
    return registration.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
