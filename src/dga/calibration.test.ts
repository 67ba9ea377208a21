/** From logits to scores, and how the places between are made. */
import t from 'tap'
import { scoreOfLogit } from './calibration.js'
import { calibrate } from './testing/calibrate.js'

// At 0, 5 … 40 the logits 0, 1 … 8.
const even = [0, 1, 2, 3, 4, 5, 6, 7, 8]

void t.test('a score rises evenly between the places, and beyond the last as before it', t => {
  const table: [logit: number, score: number][] = [
    ...([
      [-Infinity, 0],
      [-3, 0],
      [0, 0],
      [1, 5],
      [1.5, 7.5],
      [8, 40],
    ] as [number, number][]),
    ...([
      [8.02, 40.1],
      [12, 60],
      [20, 100],
      [21, 100],
      [Infinity, 100],
    ] as [number, number][]),
  ]
  for (const [logit, score] of table) t.equal(scoreOfLogit(even, logit), score, String(logit))
  // The last 20 points take 4 here, so 4 more are 20 points.
  t.equal(scoreOfLogit([-9, -8, -7, -6, -5, 0, 1, 2, 4], 13), 60)
  t.equal(scoreOfLogit([-9, -8, -7, -6, 0, 1, 2, 3, 4], 8), 60)
  t.end()
})

void t.test('1 in 100 ordinary names scores 40 or more, 1 in 1,000 60', t => {
  // 10,000 distinct logits in an order that is not theirs.
  const logits = Array.from({ length: 10_000 }, (_, at) => ((at * 7919) % 10_000) / 1000)
  const calibration = calibrate(logits)
  t.equal(calibration.length, 60 / 5 + 1, 'to the score that ten names reach')
  // Scores are rounded: at 20, where two logits lie within a tenth of a point, one more is counted.
  const parts = [20, 40, 60].map(score => logits.filter(logit => scoreOfLogit(calibration, logit) >= score))
  t.same(
    parts.map(({ length }) => Math.floor(length / 10) * 10),
    [1000, 100, 10],
  )
  t.end()
})

void t.test('too few names, and names that are all equal, calibrate nothing', t => {
  t.throws(() => calibrate([1, 2, 3]), { message: /^3 ordinary names are too few/ })
  t.throws(() => calibrate(Array.from({ length: 5_000 }, () => 1)), { message: /too equal/ })
  t.end()
})
