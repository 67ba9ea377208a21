import fc from 'fast-check'
import t from 'tap'
import { ignoreEntry, readIgnoreLine, IgnoreList } from './ignore-list.js'

/** Lines in every form in which people keep such lists, and the names that each means. */
const taken: readonly (readonly [line: string, names: readonly string[]])[] = [
  ['updates.example', ['updates.example']],
  ['  *.Vendor.ORG.  # all of it', ['vendor.org']],
  ['.cdn.net\r', ['cdn.net']],
  ['*.trailing.org.', ['trailing.org']],
  ['bücher.de', ['xn--bcher-kva.de']],
  ['xn--bcher-kva.at', ['xn--bcher-kva.at']],
  ['_dmarc.a.com', ['_dmarc.a.com']],
  ['corp', ['corp']],
  ['a.com#without a blank', ['a.com']],
  ['a.com ; as in an ini file', ['a.com']],
  ['a.com\t// as in C', ['a.com']],
  ['a.com ! as in a filter list', ['a.com']],
  ['a.com -- as in SQL', ['a.com']],
  ['"quoted.com"', ['quoted.com']],
  ["'quoted.com',", ['quoted.com']],
  ['quoted.com,', ['quoted.com']],
  // hosts(5)
  ['0.0.0.0 a.com', ['a.com']],
  ['127.0.0.1\tA.com\twww.a.com b.com. # three', ['a.com', 'www.a.com', 'b.com']],
  [':: a.com', ['a.com']],
  ['::1 localhost ip6-localhost ip6-loopback', []],
  ['fe80::1%lo0 localhost', []],
  ['127.0.0.1 localhost localhost.localdomain local', ['localhost.localdomain']],
  ['255.255.255.255 broadcasthost', []],
  ['0.0.0.0 0.0.0.0', []],
  ['192.168.7.9 nas.office.test dev', ['nas.office.test']],
  // Rules of ad blockers
  ['||a.com^', ['a.com']],
  ['||*.a.com^|', ['a.com']],
  ['||A.com', ['a.com']],
  ['||a.com^$important', ['a.com']],
  ['||a.com^$all,important', ['a.com']],
  ['||bücher.de^ ! books', ['xn--bcher-kva.de']],
  // dnsmasq(8)
  ['server=/a.com/', ['a.com']],
  ['server=/a.com/b.com/192.0.2.1#5353', ['a.com', 'b.com']],
  ['local=/a.com/', ['a.com']],
  ['address=/a.com/0.0.0.0 # blocked', ['a.com']],
  ['--address=/a.com/#', ['a.com']],
  // What says nothing
  ...[
    ['', '   ', '# a.com', '#a.com', '! Title: a.com', '; a.com', '// a.com', '-- a.com', '-----', '% a.com'],
    [
      'rem a.com',
      'REM a.com',
      '/* a.com */',
      '<!-- a.com -->',
      '[Adblock Plus 2.0]',
      '[domains]',
      '###ad',
      '!',
    ],
  ].flatMap(lines => lines.map((line): [string, []] => [line, []])),
]

void t.test('a line is taken in the form in which its author wrote it', t => {
  for (const [line, names] of taken) t.strictSame(readIgnoreLine(line), names, line)
  t.end()
})

/** Lines that mean less than a whole name, the opposite, or nothing. */
const refused: readonly (readonly [why: RegExp, lines: readonly string[]])[] = [
  [/^an exception/, ['@@||a.com^', '@@a.com', '@@||a.com^$important', 'server=/www.a.com/#']],
  [/^a rule with options/, ['||a.com^$third-party', '||a.com$image', '||a.com^$important,third-party', '||a.com^$badfilter', '||a.com^|$dnstype=AAAA']], // prettier-ignore
  [/^a path/, ['||a.com/ads/', '||a.com/ads/*$image', 'a.com/ads', 'a.com/']],
  [/^a URL/, ['https://a.com/', 'HTTP://a.com', 'hxxps://a.com/x', '|https://a.com^']],
  [/^a name with a port/, ['a.com:443', '||a.com:8080^']],
  [/^a rule for the content/, ['a.com##.banner', 'a.com#@#.banner', 'a.com#?#div', 'a.com#$#body', 'a.com##^script', 'a.com$$script']], // prettier-ignore
  [/^a pattern/, ['/ads[0-9]+/', '*', '*.*.com', 'a.*', '||ad*.a.com^', 'a*.com', '||a.com^*']],
  [/^an address/, ['192.0.2.1', '::1', '[::1]', '||192.0.2.1^', '0.0.0.0', '10.0.0.0/8']],
  [/^several words/, ['two names', 'a.com b.com', 'a.com 0.0.0.0', 'a.com,CDN,2026', 'a.com;b.com', 'local-zone: "a.com" static']], // prettier-ignore
  [/^not a domain name/, ['a..b', 'x'.repeat(300), 'a@b.com', 'evil[.]com', '||^', 'a.com^', '|a.com^', 'address=/#/', '0.0.0.0 a..b', '||a.com^b', '\0', '\ufffd']], // prettier-ignore
]

void t.test('a line that means less than a whole name, or the opposite, is refused and says why', t => {
  for (const [why, lines] of refused) for (const line of lines) t.match(readIgnoreLine(line), why, line)
  t.end()
})

void t.test('a name is ignored with all below it, by label', t => {
  const ignored = IgnoreList.of(['bing.com', '*.bücher.de', 'corp'])
  const table: [string, boolean][] = [
    ['bing.com', true],
    ['www.bing.com', true],
    ['notbing.com', false],
    ['bing.com.evil.org', false],
    ['xn--bcher-kva.de', true],
    ['a.xn--bcher-kva.de', true],
    ['printer.corp', true],
    ['corp.com', false],
    ['com', false],
  ]
  for (const [name, expected] of table) t.equal(ignored.covers(name), expected, name)
  t.equal(new IgnoreList().covers('bing.com'), false)
  t.end()
})

void t.test('a line that is refused adds nothing', t => {
  const list = new IgnoreList()
  t.match(list.addLine('0.0.0.0 a.com b..com'), /not a domain name/)
  t.equal(list.size, 0)
  t.equal(list.addLine('0.0.0.0 a.com b.com'), undefined)
  t.equal(list.size, 2)
  t.end()
})

void t.test('a setting that is no name is refused, not dropped', t => {
  t.throws(() => IgnoreList.of(['bing.com', 'two names']), /ignore list: not a domain name: "two names"/)
  t.end()
})

void t.test('an entry is its own normal form', t => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain()), written => {
      const entry = ignoreEntry(written)
      return (
        entry === undefined || (ignoreEntry(entry) === entry && IgnoreList.of([written]).covers(`a.${entry}`))
      )
    }),
  )
  t.end()
})
