/** Special texts and numbers that attackers use in place of a name, a number or a line. */
/** Control characters, terminal sequences, bidi marks, invalid text, and the syntax of parsers. */
export const specialTexts: readonly string[] = [
  ...['\n', '\r', '\r\n', '\t', '\0', '\x1b[2J', '\x1b]0;x\x07', '\x7f', '\x9b', '\b'],
  ...['\u202e', '\u2066', '\u200f', '\u2028', '\u0085', '\ufeff', '\u00ad', '\ud800', '\udc00', '\ue000'],
  ...['"', "'", '\\', '\\x', '\\x0a', '\\x5c', '\\\\', '\\u0000', '\\ud800', '\\n', '/', '`', '$(id)'],
  ...[
    '-',
    '(empty)',
    '',
    ' ',
    ',',
    ';',
    ':',
    '#',
    '#fields',
    '#close',
    '#separator \\x09',
    '%',
    '%00',
    '%zz',
  ],
  ...['{', '}', '[', ']', '{"', '[[', '<!--', '@', '*', '..', '.', 'xn--', 'xn--0', '_', '=', '&', '?'],
  ...['__proto__', 'constructor', 'toString', 'null', 'true', 'undefined', 'NaN'],
]

/** Numbers at and beyond the limits of a double, a port and a date. */
export const specialNumbers: readonly string[] = [
  ...['0', '-0', '-1', '1e999', '-1e999', '1e-999', '1e15', '1e300', '0.1', '00', '0x10', '+1', '1.', '.5'],
  ...['65535', '65536', '2147483648', '4294967296', '9007199254740993', '18446744073709551616'],
  ...['99999999999', '100000000000', '8640000000000000', '8640000000000001', '-8640000000000000'],
  ...['253402300800', '99999999999999999999999999', '9'.repeat(400), '1969-12-31T23:59:60Z'],
]

/** Invalid UTF-8 as latin1 text: a lone continuation byte, overlong forms, a surrogate, a truncated character. */
export const brokenUtf8: readonly string[] = [
  '\x80',
  '\xff',
  '\xc0\xaf',
  '\xed\xa0\x80',
  '\xf4\x90\x80\x80',
  '\xe2\x80',
]

/** Text as the bytes of its UTF-8, each as one character of latin1. */
export const asBytes = (text: string): string => Buffer.from(text).toString('latin1')

/** All of them, as bytes. */
export const specials: readonly string[] = [
  ...[...specialTexts, ...specialNumbers].map(asBytes),
  ...brokenUtf8,
]
