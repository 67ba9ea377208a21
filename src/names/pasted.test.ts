/** Names as analysts paste them, from reports, chats, browsers and filter lists. */
import fc from 'fast-check'
import t from 'tap'
import { importLineBytesMax } from '../limits.js'
import { nameMeant, readPasted } from './pasted.js'

/** Each of them means this one name. */
const taken: readonly (readonly [name: string, ...texts: readonly string[]])[] = [
  [
    'www.bad-parcel.com',
    ...['www[.]bad-parcel[.]com', 'www(.)bad-parcel(.)com', 'www{.}bad-parcel{.}com', 'www<.>bad-parcel<.>com'],
    ...['www[dot]bad-parcel[DOT]com', 'www (dot) bad-parcel (dot) com', 'www [.] bad-parcel [.] com'],
    ...['www[.bad-parcel[.com', 'www.]bad-parcel.]com', String.raw`www\.bad-parcel\.com`],
    ...['www.bad-parcel[.]com.', 'www。bad-parcel．com', 'www[punkt]bad-parcel[punkt]com'],
    ...['hxxp://www.bad-parcel.com', 'hXXps://www[.]bad-parcel[.]com/login', 'h**p://www.bad-parcel.com/'],
    ...['hxxp[:]//www.bad-parcel[.]com', 'hxxps[://]www.bad-parcel.com', '[https]://www.bad-parcel.com/x'],
    ...[String.raw`hxxp:\\www.bad-parcel.com\x`, 'http:/www.bad-parcel.com/x', '//www.bad-parcel.com/x'],
    ...['https://www.bad-parcel.com:8443/a?next=www.bank.com#top', 'https://bank.com@www.bad-parcel.com/'],
    ...['https://WWW.%62ad-parcel.com/', 'ftp://bob:secret@www.bad-parcel.com', 'wss://www.bad-parcel.com'],
    ...['www.bad-parcel.com/', 'www.bad-parcel.com/login.php?id=1', 'www.bad-parcel.com?x', 'www.bad-parcel.com#x'],
    ...['www.bad-parcel.com:443', 'www.bad-parcel.com:443/x', 'www[.]bad-parcel[.]com[:]443[/]x'],
    ...['bob@www.bad-parcel.com', 'bob[@]www.bad-parcel[.]com', 'bob (at) www.bad-parcel (dot) com'],
    ...['mailto:bob@www.bad-parcel.com?subject=hi', 'sip:bob@www.bad-parcel.com', 'dns:www.bad-parcel.com'],
    ...['www.bad-parcel.com,', 'www.bad-parcel.com;', 'www.bad-parcel.com:', 'www.bad-parcel.com!', ',www.bad-parcel.com'],
    ...['"www.bad-parcel.com"', "'www.bad-parcel.com',", '`www.bad-parcel.com`', '“www.bad-parcel.com”', '«www.bad-parcel.com»'],
    ...['„www.bad-parcel.com“', '‘www.bad-parcel.com’.', '(www.bad-parcel.com)', '[www.bad-parcel.com]', '<www.bad-parcel.com>'],
    ...['<https://www.bad-parcel.com/x>', '(hxxps://www[.]bad-parcel[.]com)', '**www.bad-parcel.com**', 'www.bad-parcel.com…'],
    ...['*.www.bad-parcel.com', '.www.bad-parcel.com', '||www.bad-parcel.com^', '||www.bad-parcel.com^$third-party'],
    ...['  www.bad-parcel.com\t', '\ufeffwww.bad-parcel.com', 'www.bad-parcel.com\u200b', '\u00a0www.bad-parcel.com'],
  ], // prettier-ignore
  ['WWW.Bad-Parcel.com', 'WWW.Bad-Parcel.com'],
  ['www.bad-parcel.com.', 'www.bad-parcel.com.', 'https://www.bad-parcel.com./'],
  ['bücher-insel.de', 'bücher-insel.de', 'bücher-insel[.]de', 'bücher-insel.de,'],
  ['xn--bcher-insel-thb.de', 'https://bücher-insel.de/x'],
  ['_dmarc.bad-parcel.com', '_dmarc.bad-parcel.com', '_dmarc[.]bad-parcel[.]com'],
  ['192.0.2.7', '192.0.2.7', '192[.]0[.]2[.]7', 'hxxp://192.0.2.7/x', '192.0.2.7:80', 'http://3221225991/'],
  ['2001:db8::1', '2001:db8::1', '"2001:db8::1"'],
  ['[2001:db8::1]', '[2001:db8::1]', 'http://[2001:db8::1]:80/', 'http://[2001:db8::1]'],
  ['printer', 'http://printer/', 'printer,', 'printer:631'],
  ['printer.lan', 'printer.lan', 'printer[.]lan', 'http://printer.lan/'],
  ['bad.parcel', 'bad[.]parcel', 'bad.parcel'],
]

void t.test('a text that can mean only one name is read as that name', t => {
  for (const [name, ...texts] of taken)
    for (const text of texts) t.strictSame(readPasted(text), { kind: 'name', name }, text)
  t.end()
})

/** What is a name, too, as it stands. */
const asTheyAre = [
  'aGVs/bG8.tunnel-test.com',
  'aGVs+bG8=.tunnel-test.com',
  'front desk._ipp._tcp.tunnel-test.com',
]

void t.test('a name of other octets than those of a host name stays as it is', t => {
  for (const text of asTheyAre) t.strictSame(readPasted(text), { kind: 'name', name: text })
  const long = `${'a,'.repeat(importLineBytesMax)}.com`
  t.strictSame(readPasted(long), { kind: 'name', name: long }, 'so does what is too long to be one')
  t.end()
})

const unclear: readonly (readonly [text: string, why: RegExp])[] = [
  ['', /no name/],
  [' ,"" ', /no name/],
  ['bad-parcel.com,worse-parcel.com', /several names/],
  ['bad-parcel.com worse-parcel[.]com', /several names/],
  ['bad-parcel.com|192.0.2.7', /several names/],
  ['https://bad-parcel.com https://worse-parcel.com', /several names/],
  ['https://bad-parcel.com,worse-parcel.com/x', /no host name holds ,/],
  ['bob@bad-parcel.com;ann@worse-parcel.com', /several names/],
  ['0.0.0.0 bad-parcel.com', /several names/],
  ['bad-parcel.com/login.worse-parcel.com', /the host bad-parcel\.com with a path, or a name below worse-parcel\.com/],
  ['bad-parcel.com?to=www.worse-parcel.com', /or a name below worse-parcel\.com; .* http:\/\//],
  ['bad\u200bparcel.com', /no host name holds U\+200B/],
  ['bad parcel.com', /no host name holds U\+0020/],
  ['bad..parcel.com', /empty label/],
  ['hxxp://', /no name|without a host/],
  ['http:///', /no name|without a host/],
  ['http://bad-parcel.com:99999/', /without a host/],
  ['$bad-parcel.com', /no host name holds \$/],
] // prettier-ignore

void t.test('a text that does not mean one name gets a reason', t => {
  for (const [text, why] of unclear) {
    const pasted = readPasted(text)
    t.match(pasted.kind === 'unclear' ? pasted.why : pasted, why, text)
  }
  t.end()
})

void t.test('a program that asks for a name as it stands in a log gets the answer about that', t => {
  for (const text of [...asTheyAre, 'bad-parcel.com/login.worse-parcel.com', 'bob@www.bad-parcel.com', '*.bad-parcel.com'])
    t.equal(nameMeant(text), text)
  t.equal(nameMeant('bad-parcel[.]com'), 'bad-parcel.com')
  t.equal(nameMeant('https://bad-parcel.com/?to=www.worse-parcel.com'), 'bad-parcel.com')
  t.equal(nameMeant('a.com,b.com'), 'a.com,b.com')
  t.end()
}) // prettier-ignore

void t.test('whatever it is handed, it comes to an end, and a name that it takes is taken as it is', t => {
  const marks = fc.constantFrom('[', ']', '(', ')', '.', ',', ' ', '/', ':', '@', '\\', 'http://', 'dot', 'a', 'com', '.com', '"', 'é', '\u200b') // prettier-ignore
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.array(marks, { maxLength: 12 }).map(all => all.join('')))
  fc.assert(
    fc.property(texts, text => {
      const pasted = readPasted(text)
      if (pasted.kind === 'unclear') return pasted.why !== ''
      const again = readPasted(pasted.name)
      return again.kind === 'name' && again.name === pasted.name
    }),
    { numRuns: 3000 },
  )
  for (const piece of [' ', '[', ']', ']]', '.', '[.', 'a,', 'a.com,', '@', 'x:', '/', '\u200b'])
    t.ok(readPasted(`a${piece.repeat(importLineBytesMax / piece.length / 2)}b`), `many ${JSON.stringify(piece)}`)
  t.end()
}) // prettier-ignore
