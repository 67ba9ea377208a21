import fc from 'fast-check'
import t from 'tap'
import { round4 } from './score.js'

// Right column: what CPython 3.11 prints for round(x, 4).
const asPython: [number, number][] = [
  [0, 0],
  [0.03125, 0.0312], // exact ties go to the even digit
  [0.09375, 0.0938],
  [0.15625, 0.1562],
  [3.03125, 3.0312],
  [6.96875, 6.9688],
  [99.96875, 99.9688],
  [-0.03125, -0.0312],
  [-0.09375, -0.0938],
  [0.00005, 0.0001], // not a tie: the binary value lies above
  [0.00015, 0.0001], // and here below
  [1.00005, 1.0001],
  [2.00015, 2.0002],
  [2.67495, 2.6749],
  [14.38115, 14.3811],
  [100, 100],
]

void t.test('a score is rounded as Python rounds it', t => {
  for (const [x, rounded] of asPython) t.equal(round4(x), rounded, `${x}`)
  t.end()
})

void t.test('a rounded score stays as it is', t => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000 }), n => round4(n / 10_000) === n / 10_000))
  t.end()
})

void t.test('every exact tie goes to the even digit', t => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1600 }), n => {
      const digits = Math.round(round4((2 * n + 1) / 32) * 10_000)
      return digits % 2 === 0 && Math.abs(digits - (2 * n + 1) * 312.5) === 0.5
    }),
  )
  t.end()
})
