/** The tests of claims that every implementation of Shared must pass: the rules as a table, and random sequences. */
import fc from 'fast-check'
import type { Test } from 'tap'
import { claimsSettleMs } from '../../limits.js'
import type { HandClock } from '../../testing/hand-clock.js'
import type { Claim, Claimed, Shared } from '../shared.js'

type Site = (t: Test) => Promise<{
  readonly clock: HandClock
  readonly one: Shared
  readonly other: Shared
}>

const never = new AbortController().signal

/** The id of a record, by one letter of a to f. */
const idOf = (letter: string): string => `0${letter}`.repeat(16)

/**
 * `late b -5`: what is claimed, by which record, and how long after the beginning its event was; then who owns, and the
 * earliest event. Each record is one of a sensor of its own; `c@a` is one of the sensor of `a`.
 */
type Step = readonly [claim: string, answer: string, passedMs?: number]

const rules: readonly (readonly [rule: string, steps: readonly Step[]])[] = [
  ['the live claim that comes first owns, even if another event was earlier', [['live a 0', 'owns 0'], ['live b -5', 'other -5'], ['live a 0', 'owns -5']]],
  ['a claim gets the same answer when it comes again, however late', [['live a 0', 'owns 0'], ['live b 5', 'other 0'], ['live a 0', 'owns 0', claimsSettleMs], ['live b 5', 'other 0']]],
  ['a live claim that was made and not answered owns when it comes again as a late one', [['live a 0', 'owns 0'], ['late a 0', 'owns 0'], ['late b -5', 'other -5']]],
  ['of late claims the earliest event owns', [['late a 0', 'owns 0'], ['late b -5', 'owns -5'], ['late c -3', 'other -5'], ['late a 0', 'other -5']]],
  ['of late claims of one time the lowest id owns', [['late b 0', 'owns 0'], ['late c 0', 'other 0'], ['late a 0', 'owns 0']]],
  ['a late claim takes over until the first one is settled', [['late a 0', 'owns 0'], ['late b -5', 'owns -5', claimsSettleMs - 1], ['late c -9', 'other -9', 1], ['late b -5', 'owns -9']]],
  ['taking over does not lengthen the time until then', [['late a 0', 'owns 0'], ['late b -1', 'owns -1', claimsSettleMs / 2], ['late c -2', 'other -2', claimsSettleMs / 2]]],
  ['a live claim beats late ones that come after it', [['live a 0', 'owns 0'], ['late b -5', 'other -5'], ['live a 0', 'owns -5']]],
  ['a live claim does not take over from a late one', [['late a 0', 'owns 0'], ['live b -5', 'other -5'], ['late a 0', 'owns -5']]],
  ['an earlier live event does not shield the owner from a late claim', [['late a 0', 'owns 0'], ['live b -9', 'other -9'], ['late c -5', 'owns -9']]],
  ['a kept claim restores what was forgotten', [['kept a 0', 'owns 0'], ['live b -5', 'other -5'], ['late c -9', 'other -9']]],
  ['a kept claim loses to one that owns by now', [['live b 0', 'owns 0'], ['kept a -5', 'other -5'], ['kept b 0', 'owns -5']]],
  ['a kept claim does not end the time of late ones', [['late a 0', 'owns 0'], ['kept c -9', 'other -9'], ['late b -5', 'owns -9']]],
  ['another record of the sensor that owns owns, too', [['live a 0', 'owns 0'], ['live c@a 5', 'owns 0'], ['late c@a -5', 'owns -5'], ['live c 5', 'other -5']]],
  ['it does not own where another sensor has taken over', [['late a 0', 'owns 0'], ['late b -5', 'owns -5'], ['live c@a 5', 'other -5'], ['live c@b 5', 'owns -5']]],
  ['fractions of a millisecond count', [['late a 0', 'owns 0'], ['late b -0.25', 'owns -0.25'], ['late c -0.125', 'other -0.25']]],
] // prettier-ignore

const claimIn = (text: string, domain: string, start: number): Claim => {
  const [kind, record = '', after] = text.split(' ')
  const [letter = '', ofLetter = letter] = record.split('@')
  if (kind !== 'live' && kind !== 'late' && kind !== 'kept') throw new Error(text)
  return { domain, id: idOf(letter), sensor: idOf(ofLetter).slice(0, 16), seen: start + Number(after), kind }
}

const answerText = (answer: Claimed | undefined, start: number): string =>
  answer ? `${answer.owns ? 'owns' : 'other'} ${answer.seen - start}` : 'none'

export const claims = async (t: Test, site: Site, start: number): Promise<void> => {
  await t.test('the rules of claims', async t => {
    const { clock, one, other } = await site(t)
    for (const [at, [rule, steps]] of rules.entries())
      for (const [step, [text, answer, passedMs = 0]] of steps.entries()) {
        clock.pass(passedMs)
        // Any sensor gets the same answer.
        const sensor = step % 2 === 0 ? one : other
        const [claimed] = await sensor.claim([claimIn(text, `rule-${at}.com`, start)], never)
        t.equal(answerText(claimed, start), answer, `${rule}: ${text}`)
      }
  })

  await t.test('an answer says how long it may still change', async t => {
    const { clock, one, other } = await site(t)
    const settlesIn = async (text: string, domain = 'a.com') =>
      (await one.claim([claimIn(text, domain, start)], never))[0]?.settlesInMs
    t.equal(await settlesIn('late a 0'), claimsSettleMs)
    clock.pass(1_000)
    t.equal(await settlesIn('late a 0'), claimsSettleMs - 1_000)
    t.equal(await settlesIn('live b 0'), claimsSettleMs - 1_000)
    clock.pass(claimsSettleMs)
    t.equal(await settlesIn('late a 0'), 0)
    t.equal(await settlesIn('live a 0', 'b.com'), 0)
    // What one replica did not know, the next one may not know either: a claim that restores is made once more.
    const keptIn = async () =>
      (await other.claim([claimIn('kept a 0', 'c.com', start)], never))[0]?.settlesInMs
    t.equal(await keptIn(), claimsSettleMs)
    t.equal(await keptIn(), 0)
  })

  await t.test('a batch is answered in its order, one domain twice in it as well', async t => {
    const { one } = await site(t)
    const batch = ['live a 0', 'live b -1', 'late a 0', 'live c 2'].map((text, at) =>
      claimIn(text, at < 3 ? 'a.com' : 'b.com', start),
    )
    const answers = await one.claim(batch, never)
    t.same(answers.map(answer => answerText(answer, start)), ['owns 0', 'other -1', 'owns -1', 'owns 2']) // prettier-ignore
    t.same(await one.claim([], never), [])
  })

  await t.test('whatever is claimed: one owns, as the rules say, and everybody is told the same', async t => {
    const { clock, one, other } = await site(t)
    await fc.assert(
      fc.asyncProperty(sequences, async sequence => {
        const domain = `random-${nextDomain()}.com`
        await checkSequence(sequence, { clock, sensors: [one, other], domain, start })
      }),
      { numRuns: 100 },
    )
  })
}

let domains = 0
const nextDomain = (): number => (domains += 1)

/** A claim of one of six records, each with an event of its own, by one of two sensors; time passes before it. */
const sequences = fc.array(
  fc.record({
    letter: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    kind: fc.constantFrom('live', 'late', 'late'),
    sensor: fc.constantFrom(0, 1),
    passedMs: fc.constantFrom(0, 1, claimsSettleMs / 3, claimsSettleMs),
  }),
  { minLength: 1, maxLength: 12 },
)

/** When the event of a record was, after the beginning: the order is not that of the ids, and two are at one time. */
const afterMs: Readonly<Record<string, number>> = { a: 3, b: -2, c: 0, d: -2, e: 7, f: -4 }

interface Field {
  readonly clock: HandClock
  readonly sensors: readonly [Shared, Shared]
  readonly domain: string
  readonly start: number
}

type Sequence = typeof sequences extends fc.Arbitrary<infer Value> ? Value : never

/** @throws Error if an answer is not what the rules say */
const checkSequence = async (sequence: Sequence, { clock, sensors, domain, start }: Field): Promise<void> => {
  const made: { readonly letter: string; readonly isLate: boolean; readonly at: number }[] = []
  const ask = async (letter: string, kind: string, sensor: number): Promise<string> => {
    const claim = claimIn(`${kind} ${letter} ${afterMs[letter]}`, domain, start)
    return answerText((await sensors[sensor === 0 ? 0 : 1].claim([claim], never))[0], start)
  }
  for (const { letter, kind, sensor, passedMs } of sequence) {
    clock.pass(passedMs)
    const answer = await ask(letter, kind, sensor)
    made.push({ letter, isLate: kind === 'late', at: clock.now() })
    const again = await ask(letter, kind, 1 - sensor)
    if (again !== answer) throw new Error(`${letter} was told ${answer}, then ${again}`)
  }
  clock.pass(claimsSettleMs)
  const [first] = made
  const late = made.filter(({ isLate, at }) => isLate && at < (first?.at ?? 0) + claimsSettleMs)
  const [earliest] = late.sort((a, b) => timeOf(a) - timeOf(b) || a.letter.localeCompare(b.letter))
  const owner = first?.isLate === true ? earliest?.letter : first?.letter
  const seen = Math.min(...made.map(timeOf))
  const asked = made.flatMap(({ letter }) => ['live', 'late', 'kept'].map(kind => ({ letter, kind })))
  const told = await sensors[0].claim(
    asked.map(({ letter, kind }) => claimIn(`${kind} ${letter} ${afterMs[letter]}`, domain, start)),
    never,
  )
  for (const [at, { letter }] of asked.entries()) {
    const expected = `${letter === owner ? 'owns' : 'other'} ${seen}`
    const answer = answerText(told[at], start)
    if (answer !== expected) throw new Error(`in the end ${letter} is told ${answer}, not ${expected}`)
  }
}

const timeOf = ({ letter }: { readonly letter: string }): number => afterMs[letter] ?? 0
