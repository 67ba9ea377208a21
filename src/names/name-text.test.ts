import fc from 'fast-check'
import t from 'tap'
import { nameOfBytes, nameOfText, nameOfTsv } from './canonical.js'

const bytesOf = (bytes: readonly number[]): Buffer => Buffer.from(bytes)

void t.test('names from JSON text', t => {
  const table: [string, string][] = [
    ['www.example.com', 'www.example.com'],
    ['catenacyber.Fr', 'catenacyber.fr'],
    ['example.com.', 'example.com'],
    ['example.com..', 'example.com'],
    ['.', ''],
    ['', ''],
    ['BÜCHER.de', 'bücher.de'],
    ['食狮.公司.cn', '食狮.公司.cn'],
    ['b\\xc3\\xbccher.de', 'bücher.de'], // two escaped bytes that are one letter
    ['a\\xFFb.com', 'a\\xffb.com'], // a byte that is no letter
    ['a\\x07b.com', 'a\\x07b.com'],
    ['a\u0007b.com', 'a\\x07b.com'], // Zeek 8.1 writes \u0007
    ['\\x41bc.com', 'abc.com'],
    ['a\\b.com', 'a\\x5cb.com'], // a backslash of the name itself
    ['a\\x5cx41.com', 'a\\x5cx41.com'],
    ['a\nb.com', 'a\\x0ab.com'],
    ['a\u001b[31mb.com', 'a\\x1b[31mb.com'],
    ['a\u007fb.com', 'a\\x7fb.com'],
    ['a\u0085b.com', 'a\\xc2\\x85b.com'], // C1
    ['evil\u202egro.com', 'evil\\xe2\\x80\\xaegro.com'], // bidi override
    ['a\u2028b.com', 'a\\xe2\\x80\\xa8b.com'],
    ['a\ud800b.com', 'a\\xed\\xa0\\x80b.com'], // half a surrogate pair
    ['💩.la', '💩.la'],
    ["John's iMac._device-info._tcp.local", "john's imac._device-info._tcp.local"],
  ]
  for (const [text, expected] of table) t.equal(nameOfText(text), expected, expected)
  t.end()
})

void t.test('names from TSV fields', t => {
  const table: [string, string][] = [
    ['www.Example.com', 'www.example.com'],
    ['\\x2d', '-'],
    ['a\\\\b.com', 'a\\x5cb.com'],
    ['a\\\\x41.com', 'a\\x5cx41.com'], // an escaped backslash, then x41
    ['\\x23hash.com', '#hash.com'],
    ['a\\x09b.com', 'a\\x09b.com'],
    ['b\u00c3\u00bccher.de', 'bücher.de'], // UTF-8 passes through Zeek as it is
    ['b\u00fccher.de', 'b\\xfccher.de'], // latin1 is no UTF-8
    ['nougat [28:d2:44:0f:4c:e9]._tcp.local', 'nougat [28:d2:44:0f:4c:e9]._tcp.local'],
  ]
  for (const [text, expected] of table) t.equal(nameOfTsv(text), expected, expected)
  t.end()
})

void t.test('bytes that are UTF-8 in part only', t => {
  t.equal(nameOfBytes(bytesOf([0x61, 0xff, 0xc3, 0xbc, 0xc3])), 'a\\xffü\\xc3')
  t.equal(nameOfBytes(bytesOf([0xed, 0xa0, 0x80])), '\\xed\\xa0\\x80', 'a surrogate is no UTF-8')
  t.equal(nameOfBytes(bytesOf([0xc0, 0xaf])), '\\xc0\\xaf', 'nor is an overlong slash')
  t.equal(
    nameOfBytes(bytesOf([0xf4, 0x90, 0x80, 0x80])),
    '\\xf4\\x90\\x80\\x80',
    'nor what lies above U+10FFFF',
  )
  t.end()
})

void t.test('any bytes give a name that is printable, and that is its own canonical form', t => {
  const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u
  const holds = (name: string): boolean =>
    !unprintable.test(name) && !/[A-Z]/.test(name) && !name.endsWith('.') && nameOfText(name) === name
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), bytes => holds(nameOfBytes(Buffer.from(bytes)))))
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), text => holds(nameOfText(text))))
  const escapeLike = fc.string({
    unit: fc.constantFrom('\\', 'x', 'X', '4', '1', 'c', '3', 'ü', '.', 'É', '\ud800'),
  })
  fc.assert(fc.property(escapeLike, text => holds(nameOfText(text))))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), b => holds(nameOfTsv(Buffer.from(b).toString('latin1')))),
  )
  t.end()
})

void t.test('Zeek TSV and the bytes on the wire give the same name', t => {
  // As Ascii.cc escapes: a backslash doubled, what is not printable as \xHH.
  const tsv = (bytes: Uint8Array): string =>
    Array.from(bytes, byte =>
      byte === 0x5c
        ? '\\\\'
        : byte < 0x20 || byte > 0x7e
          ? `\\x${byte.toString(16).padStart(2, '0')}`
          : String.fromCharCode(byte),
    ).join('')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), b => nameOfTsv(tsv(b)) === nameOfBytes(Buffer.from(b))),
  )
  t.end()
})
