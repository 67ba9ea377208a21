/** Expressions of Python: what each finds was recorded from `re` of Python 3. */
import t from 'tap'
import { rewritePython } from './python-expression.js'
import { fromPython } from './schema-commands.js'

const letters = { multiline: 'm', ignorecase: 'i', dotall: 's' } as const

const found = (expression: string, text: string, multiline = false): string | null => {
  const { regex, flags } = rewritePython(expression, multiline)
  const given = [...flags, ...(multiline ? (['multiline'] as const) : [])].map(flag => letters[flag])
  return new RegExp(fromPython(regex), [...new Set(given)].join('')).exec(text)?.[0] ?? null
}

const recorded: readonly (readonly [
  expression: string,
  text: string,
  found: string | null,
  multiline?: true,
])[] = [
  // `re.search(r'b$', 'b\n')` finds b: $ is also before the last newline.
  ['b$', 'b\n', 'b'],
  ['b$', 'b\n\n', null],
  ['b$', 'b\nc', null],
  ['b$', 'b\nc', 'b', true],
  ['[$]', 'a$', '$'],
  ['\\$', 'a$', '$'],
  ['b\\Z', 'b\n', null],
  ['b\\Z', 'ab', 'b'],
  ['b\\Z', 'b\nb', 'b', true],
  ['\\Ab', 'a\nb', null, true],
  ['\\Aa', 'a\nb', 'a', true],
  ['\\Aa', 'ba', null],
  ['[]a]+', 'x]a', ']a'],
  ['[^]a]+', ']ax]', 'x'],
  ['[\\]a]+', 'x]a', ']a'],
  ['(?i)B', 'ab', 'b'],
  ['(?im)^B$', 'a\nb\nc', 'b'],
  ['(?s)a.b', 'a\nb', 'a\nb'],
  ['a(?#any)b', 'ab', 'ab'],
  ['a{,2}b', 'aaab', 'aab'],
  ['(?P<x>a)(?P=x)', 'baa', 'aa'],
  ['(?<=a)b', 'ab', 'b'],
  ['(?<!a)b', 'ab', null],
  ['\\a', 'a\x07', '\x07'],
  [
    '(?:Creation Date.|created.)\\s+(?P<d>[\\d:T -]+)',
    'Creation Date: 1996-01-29T05:00:00Z',
    'Creation Date: 1996-01-29T05:00:00',
  ],
]

void t.test('an expression finds what Python finds', t => {
  for (const [expression, text, wanted, multiline] of recorded)
    t.equal(found(expression, text, multiline), wanted, `${expression} in ${JSON.stringify(text)}`)
  t.end()
})

void t.test('groups are counted, and what cannot be rewritten is named', t => {
  t.match(rewritePython('(a)(?:b)(?P<c>c)(?=d)(?<=e)(?<!f)[(]\\((?P=c)', false), {
    groups: { named: 1, unnamed: 1 },
    unreadable: undefined,
  })
  for (const [expression, unreadable] of [
    ['(?x) a b', '(?x)'],
    ['\\N{BULLET}', '\\N'],
    ['\\U0001F600', '\\U'],
  ] as const)
    t.match(rewritePython(expression, false), { unreadable })
  t.end()
})
