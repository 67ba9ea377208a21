/**
 * Generates RDAP domain objects, valid and invalid: with dates in many forms, dates that do not exist, events of other
 * objects, missing members and members of other types. Each comes with the dates that a parser may read from it.
 */
import fc from 'fast-check'

/** The name that is asked for. */
export const askedName = 'firstlight-coffee.com'

/** A date as text, and its instant in epoch ms; undefined if it is not a valid date. */
interface Written {
  readonly text: string
  readonly ms: number | undefined
}

export interface OddObject {
  readonly body: unknown
  /** The dates of the object's own events, by action. */
  readonly own: ReadonlyMap<string, readonly number[]>
  /** It is the domain that was asked for, and its events stand where they should. */
  readonly isPlain: boolean
  /** It says of itself that it is something else, or another domain. */
  readonly isOther: boolean
}

const two = (number: number): string => String(number).padStart(2, '0')
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const clock = fc.record({
  ...{ hour: fc.nat(23), minute: fc.nat(59), second: fc.nat(59), fraction: fc.constantFrom('', '.5', '.123456789') },
}) // prettier-ignore
const offset = fc.oneof(
  fc.constantFrom('Z', 'z', '', ' UTC', 'UTC', ' GMT', 'Z[UTC]').map(text => ({ text, minutes: 0 })),
  fc
    .tuple(fc.constantFrom('+', '-'), fc.nat(14), fc.constantFrom(0, 30, 45), fc.constantFrom(':', ''), fc.constantFrom('', ' '))
    .map(([sign, hours, minutes, colon, blank]) => ({
      text: `${blank}${sign}${two(hours)}${colon}${two(minutes)}`,
      minutes: (sign === '-' ? -1 : 1) * (hours * 60 + minutes),
    })), // prettier-ignore
)

/** A date that exists. */
const plainDate: fc.Arbitrary<Written> = fc
  .record({
    ...{ year: fc.integer({ min: 1970, max: 2040 }), month: fc.integer({ min: 1, max: 12 }) },
    ...{ day: fc.integer({ min: 1, max: 28 }), clock: fc.option(clock), offset, between: fc.constantFrom('T', 't', ' ') }, // prettier-ignore
    form: fc.constantFrom('-', '-', '-', '-', '/', '.', 'basic', 'named'),
  })
  .map(({ year, month, day, clock, offset, between, form }) => {
    const date =
      form === 'basic'
        ? `${year}${two(month)}${two(day)}`
        : form === 'named'
          ? `${day} ${months[month - 1] ?? ''} ${year}`
          : [year, two(month), two(day)].join(form)
    const midnight = Date.UTC(year, month - 1, day)
    if (!clock) return { text: date, ms: midnight }
    const colon = form === 'basic' ? '' : ':'
    const letter = form === 'basic' ? 'T' : form === 'named' ? ' ' : between
    const time = [clock.hour, clock.minute, clock.second].map(two).join(colon) + clock.fraction
    const seconds = (clock.hour * 60 + clock.minute - offset.minutes) * 60 + clock.second
    const ms = midnight + seconds * 1000 + Math.floor(Number(`0${clock.fraction}`) * 1000)
    return { text: `${date}${letter}${time}${offset.text}`, ms }
  })

/** An impossible date, or a text that is not a date. */
const noDate: fc.Arbitrary<Written> = fc
  .oneof(
    fc.constantFrom('2001-02-30', '2001-02-29', '2023-13-01', '2023-00-10', '2023-04-31', '2023-01-00', '20230230'),
    fc
      .tuple(
        fc.constantFrom('2021-02-31', '2023-04-31', '2023-01-05'),
        fc.constantFrom('25:00:00', '24:00:00', '12:60:00', '12:00:61', '11:59:60'),
        fc.constantFrom('Z', ' UTC', '+0000'),
      )
      .map(([day, time, zone]) => `${day}T${time}${zone}`),
    fc.constantFrom('294247-01-10T04:00:54.775Z', '03/04/2020', '1395320357', 'yesterday', '', '2023-01-05T10:00:00Z x'),
    fc.string({ unit: 'binary', maxLength: 12 }).filter(text => !/\d{4}/.test(text)),
  )
  .map(text => ({ text, ms: undefined })) // prettier-ignore

const written = fc.oneof({ weight: 3, arbitrary: plainDate }, { weight: 1, arbitrary: noDate })

const actions = [
  'registration',
  'expiration',
  'reregistration',
  'last changed',
  'transfer',
  'reinstantiation',
]
const event = fc.record({
  action: fc.constantFrom('registration', 'registration', ...actions),
  spelt: fc.constantFrom('plain', 'upper', 'blanks'),
  written,
})
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

const objectOf = ({ action, spelt, written }: Event): object => ({
  eventAction: spelt === 'upper' ? action.toUpperCase() : spelt === 'blanks' ? ` ${action} ` : action,
  eventDate: written.text,
})

/** Values in a list of events that are not events. */
const noEvent: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  plainDate.map(({ text }) => ({ eventAction: ['registration'], eventDate: text })),
  plainDate.map(({ text }) => ({ eventAction: 'registration', eventDate: { text } })),
  plainDate.map(({ text }) => ({ events: [{ eventAction: 'registration', eventDate: text }] })),
)

/** Objects around the domain, with events of their own. */
const others: fc.Arbitrary<object> = fc.array(event, { minLength: 1, maxLength: 3 }).chain(events => {
  const entity = { objectClassName: 'entity', roles: ['registrar'], events: events.map(objectOf) }
  const nested = { ...entity, entities: [entity], asEventActor: events.map(objectOf) }
  return fc.record(
    {
      entities: fc.constant([entity, nested]),
      nameservers: fc.constant([{ ...entity, objectClassName: 'nameserver', ldhName: askedName }]),
      network: fc.constant({ ...entity, objectClassName: 'ip network' }),
      secureDNS: fc.constant({ dsData: [entity], keyData: [nested] }),
      variants: fc.constant([entity]),
      domain: fc.constant({ ...entity, objectClassName: 'domain', ldhName: askedName }),
    },
    { requiredKeys: [] },
  )
})

type Members = Readonly<Record<string, unknown>>

const ourNames: fc.Arbitrary<Members> = fc.constantFrom(
  { ldhName: askedName },
  { ldhName: `${askedName.toUpperCase()}.` },
  { unicodeName: askedName },
  { ldhName: askedName, unicodeName: null },
)
const classes = (...values: readonly unknown[]): fc.Arbitrary<Members> =>
  fc.constantFrom(...values).map(value => (value === undefined ? {} : { objectClassName: value }))

/** Events that are all events, beside some that are none. */
const eventsOf = fc.tuple(
  fc.array(event, { maxLength: 5 }),
  fc.array(noEvent, { maxLength: 2 }),
  fc.boolean(),
)

const ownOf = (events: readonly Event[]): ReadonlyMap<string, readonly number[]> =>
  new Map(
    actions.map(action => [
      action,
      events.flatMap(({ action: its, written: { ms } }) => (its === action && ms !== undefined ? [ms] : [])),
    ]),
  )

/** @param of class and names @param more members that come last, and win */
const object = (
  of: fc.Arbitrary<Members>,
  more: fc.Arbitrary<Members>,
  says: Pick<OddObject, 'isPlain' | 'isOther'>,
): fc.Arbitrary<OddObject> =>
  fc.tuple(of, others, eventsOf, more).map(([head, around, [events, odd, oddFirst], last]) => {
    const objects = events.map(objectOf)
    const all = oddFirst ? [...odd, ...objects] : [...objects, ...odd]
    return { body: { ...head, events: all, ...around, ...last }, own: ownOf(events), ...says }
  })

const both = (one: fc.Arbitrary<Members>, other: fc.Arbitrary<Members>): fc.Arbitrary<Members> =>
  fc.tuple(one, other).map(([a, b]) => ({ ...a, ...b }))
const none: fc.Arbitrary<Members> = fc.constant({})

/** Any value of a member. */
const junk = fc
  .tuple(
    fc.constantFrom('objectClassName', 'ldhName', 'unicodeName', 'events', 'errorCode', 'notices', '__proto__'),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('domain', askedName, [], {}, 404)),
  )
  // As JSON.parse does it: a member of its own, whatever its name is.
  .map(([key, value]) => Object.fromEntries([[key, value]])) // prettier-ignore

export const oddObjects: fc.Arbitrary<OddObject> = fc.oneof(
  {
    weight: 5,
    arbitrary: object(both(classes('domain', 'Domain', undefined, null), ourNames), none, { isPlain: true, isOther: false }),
  },
  {
    weight: 1,
    arbitrary: object(classes('domain'), none, { isPlain: true, isOther: false }),
  },
  {
    weight: 2,
    arbitrary: object(both(classes('entity', 'nameserver', 'ip network', 'domains'), ourNames), none, { isPlain: false, isOther: true }),
  },
  {
    weight: 2,
    arbitrary: object(
      both(classes('domain', undefined), fc.constantFrom({ ldhName: 'other.com' }, { ldhName: `www.${askedName}` }, { unicodeName: 'com' })),
      none,
      { isPlain: false, isOther: true },
    ),
  },
  {
    weight: 2,
    arbitrary: object(both(classes('domain', undefined), ourNames), junk, { isPlain: false, isOther: false }),
  },
) // prettier-ignore
