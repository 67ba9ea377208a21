/** Words against what `shlex.split` of Python 3 gives (recorded), and what needs a shell. */
import t from 'tap'
import { splitWords } from './shell-words.js'

const recorded: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['whois *WEBINFO*', ['whois', '*WEBINFO*']],
  ["a 'b c' d", ['a', 'b c', 'd']],
  ['a "b c" d', ['a', 'b c', 'd']],
  ['a\\ b', ['a b']],
  ['a "b\\"c" d', ['a', 'b"c', 'd']],
  ['a "b\\c" d', ['a', 'b\\c', 'd']],
  ["a 'b\\c'", ['a', 'b\\c']],
  ["a ''", ['a', '']],
  ['a ""x', ['a', 'x']],
  ['  a\tb\n c ', ['a', 'b', 'c']],
  [`a 'it'"'"'s' b`, ['a', "it's", 'b']],
  ["grep -E '(a|b)' x", ['grep', '-E', '(a|b)', 'x']],
  ["awk '{print $1}'", ['awk', '{print $1}']],
  ['a#b # c', ['a#b', '#', 'c']],
  [`x"a b"y'c d'z`, ['xa byc dz']],
  ["é 'ü ö'", ['é', 'ü ö']],
  ['a\u00a0b c', ['a\u00a0b', 'c']],
  ['a\u000bb\fc', ['a\u000bb\fc']],
  ['"a\\\\b"', ['a\\b']],
  ['"a\\$b"', ['a\\$b']],
  ['', []],
  ["''", ['']],
  ['a\\\nb', ['a\nb']],
]

void t.test('words are those of shlex', t => {
  for (const [line, words] of recorded) t.match(splitWords(line), { words, needs: undefined }, line)
  for (const line of ["a 'b", 'a "b', 'a b\\'])
    t.match(splitWords(line), { unreadable: /quote|backslash/ }, line)
  t.end()
})

const shell: readonly (readonly [line: string, needs: string | undefined])[] = [
  ['a | b', '|'],
  ['a|b', '|'],
  ['a || b', '||'],
  ['a && b', '&&'],
  ['a &', '&'],
  ['a ; b', ';'],
  ['a; b', ';'],
  ['a >b', '>'],
  ['a 2>/dev/null', '>'],
  ['a <b', '<'],
  ['a $(b)', '$('],
  ['a "$(b)"', '$('],
  ['a `b`', '`'],
  ['a "`b`"', '`'],
  ['a $HOME', '$'],
  ['a "${HOME}"', '${'],
  ['~/a b', '~'],
  // Plain characters, in quotes or by their place.
  ["a '|' '$(b)' ';'", undefined],
  ['a "|;>"', undefined],
  ['a \\| \\$HOME', undefined],
  ['curl https://a.example/?x=1&y=2', undefined],
  ['a 10$ b~c', undefined],
]

void t.test('what needs a shell is found', t => {
  for (const [line, needs] of shell) {
    const split = splitWords(line)
    t.equal('words' in split ? split.needs : 'unreadable', needs, line)
  }
  t.end()
})

void t.test('a place becomes a parameter in each kind of quotes', t => {
  const split = splitWords(`a X "b X" 'c X' | d-X`)
  t.equal('quoted' in split && split.quoted('X'), `a "$1" "b $1" 'c '"$1"'' | d-"$1"`)
  t.end()
})
