import t from 'tap'
import { BatchSize } from './batch-size.js'

void t.test('without an HTTP port transactions grow to a whole batch, however long they take', t => {
  const size = new BatchSize(Infinity)
  t.equal(size.of(500), 125, 'it begins small')
  size.took(5_000, false)
  t.equal(size.of(500), 125, 'it was not full')
  for (let i = 0; i < 20; i += 1) size.took(5_000, true)
  t.equal(size.of(500), 500)
  t.end()
})

void t.test('with an HTTP port transactions grow as large as the time allows', t => {
  const size = new BatchSize(50)
  t.equal(size.of(500), 125, 'it begins small')
  // 200 µs a question.
  for (let i = 0; i < 20; i += 1) size.took(size.of(500) / 5, true)
  t.equal(size.of(500), 250)
  // 10 µs, and 400 µs.
  for (let i = 0; i < 20; i += 1) size.took(size.of(500) / 100, true)
  t.equal(size.of(500), 500, 'never more than a batch')
  for (let i = 0; i < 20; i += 1) size.took(size.of(500) * 0.4, true)
  t.equal(size.of(500), 125)
  t.end()
})

void t.test(
  'one slow transaction does not make the next ones tiny, and many leave them at the minimum',
  t => {
    const size = new BatchSize(50)
    for (let i = 0; i < 20; i += 1) size.took(0, true)
    size.took(60_000, true)
    t.equal(size.of(500), 125)
    for (let i = 0; i < 20; i += 1) size.took(60_000, true)
    t.equal(size.of(500), 32)
    t.equal(size.of(10), 1)
    t.end()
  },
)

void t.test('a transaction that was not full can only shrink the next one', t => {
  const size = new BatchSize(50)
  size.took(1, false)
  t.equal(size.of(500), 125)
  size.took(100, false)
  t.equal(size.of(500), 63)
  size.took(0, true)
  t.equal(size.of(500), 79)
  t.end()
})
