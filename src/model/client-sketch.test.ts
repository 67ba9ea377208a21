import t from 'tap'
import { clientHashIn } from '../store/name-windows.js'
import { clientsIn, isSketch, withClients } from './client-sketch.js'

const hash = clientHashIn('0123456789abcdef')
const clients = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) =>
    hash(`10.${(from + i) >> 16}.${((from + i) >> 8) & 255}.${i & 255}`),
  )

void t.test('up to 16 clients are counted exactly, in any order, however often each comes', t => {
  for (let count = 0; count <= 16; count += 1) {
    const twice = [...clients(count), ...clients(count).reverse()]
    t.same(clientsIn(withClients(null, twice)), { count, isExact: true })
  }
  const one = withClients(null, clients(9))
  t.equal(withClients(one, clients(9)), one, 'nothing new: the same object')
  t.same(withClients(null, clients(9).reverse()), one, 'the order does not matter')
  t.end()
})

void t.test('more clients are estimated, within three standard errors of 13 %', t => {
  for (const count of [17, 40, 100, 160, 1_000, 10_000, 100_000]) {
    const { count: estimate, isExact } = clientsIn(withClients(null, clients(count)))
    t.equal(isExact, false)
    t.ok(Math.abs(estimate - count) <= 0.39 * count, `${count}: ${estimate}`)
  }
  t.end()
})

void t.test('the error of many sketches is what the docs say', t => {
  let squares = 0
  for (let salt = 0; salt < 200; salt += 1) {
    const salted = clientHashIn(`${(salt * 2654435761).toString(16).padStart(12, '7')}abcd`)
    const hashes = Array.from({ length: 2_000 }, (_, i) => salted(`192.0.2.${i}`))
    squares += (clientsIn(withClients(null, hashes)).count / 2_000 - 1) ** 2
  }
  const error = Math.sqrt(squares / 200)
  t.ok(error < 0.16, `${(100 * error).toFixed(1)} %`)
  t.end()
})

void t.test('a sketch is small, and its size depends on its clients alone', t => {
  t.equal(withClients(null, clients(1))?.length, 4)
  t.equal(withClients(null, clients(16))?.length, 64)
  t.equal(withClients(null, clients(100_000))?.length, 65)
  t.end()
})

void t.test('bytes from elsewhere are a sketch, or are not', t => {
  for (const count of [0, 1, 16, 17, 1_000]) {
    const sketch = withClients(null, clients(count))
    if (sketch) t.equal(isSketch(sketch), true, String(count))
  }
  const wrong = [Buffer.alloc(3), Buffer.alloc(5), Buffer.alloc(68), Buffer.alloc(65, 1), Buffer.alloc(69)]
  const tooLong = Buffer.alloc(65)
  tooLong[9] = 28
  for (const bytes of [...wrong, tooLong]) t.equal(isSketch(bytes), false, bytes.toString('hex'))
  t.end()
})
