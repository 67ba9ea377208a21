import t from 'tap'
import { linesOf } from './files.js'

const bytesMax = 8

/** Pieces of so many bytes each. */
async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

const read = async (chunks: AsyncIterable<Buffer>): Promise<(string | undefined)[]> => {
  const found: (string | undefined)[] = []
  for await (const { number, text } of linesOf(chunks, bytesMax)) {
    found.push(text)
    if (number !== found.length) throw new Error(`line ${found.length} is numbered ${number}`)
  }
  return found
}

const texts: readonly (readonly [text: string | Buffer, lines: readonly (string | undefined)[]])[] = [
  ['', []],
  ['a', ['a']],
  ['a\n', ['a']],
  ['\n\na', ['', '', 'a']],
  ['a\r\nb\r', ['a', 'b']],
  ['a\rb\r\r\n', ['a\rb\r']],
  ['\r\n\r', ['', '']],
  // Exactly as long as it may be, and longer by one.
  ['12345678\n12345678\r\n12345678', ['12345678', '12345678', '12345678']],
  ['123456789\n12345678\r\r\nc', [undefined, undefined, 'c']],
  ['a\n123456789', ['a', undefined]],
  ['a\n1234567890123456789012345678901234567890\nc\n', ['a', undefined, 'c']],
  // Bytes count, not characters.
  ['äöüß\näöüßa', ['äöüß', undefined]],
  ['\u{1f600}\u{1f600}', ['\u{1f600}\u{1f600}']],
  // A byte order mark stands at the beginning only.
  ['\ufeffa\n\ufeffb', ['a', '\ufeffb']],
  ['\ufeff\n', ['']],
  // No UTF-8: a byte that begins nothing, a character that breaks off at the end of its line.
  [Buffer.of(0x61, 0xff, 0x62), ['a\ufffdb']],
  [Buffer.of(0xc3, 0x0a, 0xa4), ['\ufffd', '\ufffd']],
  ['\0\0\n', ['\0\0']],
]

void t.test('a text is split into the same lines, wherever its bytes are cut into chunks', async t => {
  for (const [text, lines] of texts)
    for (const size of [1, 2, 3, 7, 65_536])
      t.strictSame(await read(cut(Buffer.from(text), size)), lines, `${JSON.stringify(text)} by ${size}`)
})

void t.test('a line of 100 MB takes no memory', async t => {
  const chunk = Buffer.alloc(65_536, 'x')
  const most = { now: 0 }
  const used = () => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  const long = async function* () {
    for (let i = 0; i < 1600; i += 1) {
      yield await Promise.resolve(chunk)
      most.now = Math.max(most.now, used() - before)
    }
    yield Buffer.from('\nend')
  }
  t.strictSame(await read(long()), [undefined, 'end'])
  t.ok(most.now < 16 * 1024 * 1024, `${most.now} bytes`)
})

void t.test('an error of the source is thrown, and a reader that stops early closes the source', async t => {
  const breaks = async function* () {
    yield await Promise.resolve(Buffer.from('a\nb'))
    throw new Error('EIO: i/o error, read')
  }
  const found: unknown[] = []
  await t.rejects(async () => {
    for await (const { text } of linesOf(breaks(), bytesMax)) found.push(text)
  }, /EIO/)
  t.strictSame(found, ['a'], 'half a line is none')
  let ended = false
  const endless = async function* () {
    try {
      for (;;) yield await Promise.resolve(Buffer.from('a\n'))
    } finally {
      ended = true
    }
  }
  for await (const { number } of linesOf(endless(), bytesMax)) if (number === 3) break
  t.ok(ended)
})
