import t from 'tap'
import { absentKeptMs } from '../limits.js'
import { unknownDomain, type Registration } from '../model/domain.js'
import { day, hour, now } from '../testing/pipeline-kit.js'
import { applyAnswer } from './update.js'

const dated: Registration = { kind: 'registered', registered: now - 900 * day, expires: undefined }
const absent: Registration = { kind: 'absent' }
const failed: Registration = { kind: 'failed', reason: 'timeout' }
const refused: Registration = { kind: 'failed', reason: 'refused' }
const shutOut: Registration = { kind: 'unsupported', reason: 'refused' }

/** What a row of answers leaves behind: kind or reason, failures, absences, hours until it is asked again. */
const after = (...answers: Registration[]) => {
  const domain = answers.reduce(
    (before, answer) => applyAnswer(before, answer, now, { keptMsMax: 7 * day, random: 1 }),
    unknownDomain('a.com'),
  )
  const { registration, failures, absences, freshUntil = 0 } = domain.known ?? {}
  const is = registration && 'reason' in registration ? registration.reason : registration?.kind
  return [is, failures, absences, (freshUntil - now) / hour]
}

const seconds = (n: number): number => n / 3600
const afterAbsences = (n: number): number => (absentKeptMs * 2 ** (n - 1)) / hour

void t.test('failures and absences are counted separately, and a date resets both', t => {
  const cases: [Registration[], unknown[]][] = [
    [[failed], ['timeout', 1, 0, seconds(10)]],
    [
      [failed, refused, failed],
      ['timeout', 3, 0, seconds(40)],
    ],
    [[absent], ['absent', 0, 1, afterAbsences(1)]],
    [
      [absent, absent, absent],
      ['absent', 0, 3, afterAbsences(3)],
    ],
    // A failure keeps the known answer, and the back-off grows all the same.
    [
      [absent, failed],
      ['absent', 1, 1, seconds(10)],
    ],
    [
      [absent, failed, failed, failed],
      ['absent', 3, 1, seconds(40)],
    ],
    [
      [absent, failed, absent],
      ['absent', 0, 2, afterAbsences(2)],
    ],
    [
      [dated, failed, failed],
      ['registered', 2, 0, seconds(20)],
    ],
    [
      [absent, dated],
      ['registered', 0, 0, 30 * 24],
    ],
    [
      [absent, dated, absent],
      ['absent', 0, 1, afterAbsences(1)],
    ],
    // A server that refuses us: a known date is kept, and not looked up again every few seconds.
    [
      [dated, shutOut],
      ['registered', 0, 0, 7 * 24],
    ],
    [
      [absent, shutOut],
      ['refused', 0, 0, 7 * 24],
    ],
    [
      [failed, dated, failed],
      ['registered', 1, 0, seconds(10)],
    ],
  ]
  for (const [answers, expected] of cases)
    t.same(after(...answers), expected, answers.map(({ kind }) => kind).join(', '))
  t.end()
})
