import fc from 'fast-check'
import t from 'tap'
import { parseConfig } from './parse.js'
import { problemLine } from './problem.js'

const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f.yaml')
  return 'problems' in result ? result.problems.map(problemLine) : []
}

const bomb = ['a: &a [x, x]', 'b: &b [*a, *a]', 'ignore: [*b, *b]'].join('\n')

const cases: Record<string, [string, string[]]> = {
  'unclosed list': [
    'hold_seconds: 1\nignore: [a, b\nemit: every\n',
    [
      'f.yaml:3: Flow sequence in block collection must be sufficiently indented and end with a ]. Correct the YAML there.',
    ],
  ],
  'tab as indent': ['inputs:\n\t- path: x\n', ['f.yaml:2: a tab as indentation. Indent with spaces.']],
  'two documents': [
    'emit: every\n---\nemit: alerts\n',
    ['f.yaml:2: more than one document. Keep one document: remove the line --- and what follows it.'],
  ],
  'a key that is a list': [
    'emit: every\n? [a]\n: b\n',
    ['f.yaml:2: a key that is not plain text. Write each key as one word.'],
  ],
  'aliases, a bomb or not': [
    bomb,
    [
      'f.yaml:1: a: unknown key. Remove it. docs/settings.md lists the keys.',
      'f.yaml:2: b[0]: aliases are not supported. Write the value out.',
      'f.yaml:2: b[1]: aliases are not supported. Write the value out.',
      'f.yaml:2: b: unknown key. Remove it. docs/settings.md lists the keys.',
      'f.yaml:3: ignore[0]: aliases are not supported. Write the value out.',
      'f.yaml:3: ignore[1]: aliases are not supported. Write the value out.',
    ],
  ],
  'a list that holds itself': [
    'ignore: &a [*a]',
    ['f.yaml:1: ignore[0]: aliases are not supported. Write the value out.'],
  ],
  'a Python object': [
    'mode: !!python/object/apply:os.system [ls]',
    ['f.yaml:1: mode: tags are not supported. Remove the tag.'],
  ],
  'keys of the prototype': [
    '__proto__: x\nconstructor: y\ntoString: z\n',
    [
      'f.yaml:1: __proto__: unknown key. Remove it.',
      'f.yaml:2: constructor: unknown key. Remove it. docs/settings.md lists the keys.',
      'f.yaml:3: toString: unknown key. Remove it. docs/settings.md lists the keys.',
    ],
  ],
  'a key of the prototype as TLD': [
    'rdap: {servers: {__proto__: "https://x/"}}',
    ['f.yaml:1: rdap.servers.__proto__: unknown key. Remove it.'],
  ],
  'a terminal sequence as text': [
    'a: 1\nb: \u001b[2J\n',
    ['f.yaml:2: a control character. Remove it; a configuration is plain text.'],
  ],
  'a terminal sequence written as an escape': [
    '"\\e[2J\\u202e": 1\nemit: "\\e[2J"\n',
    [
      'f.yaml:1: \\u{1b}[2J\\u{202e}: unknown key. Remove it. docs/settings.md lists the keys.',
      "f.yaml:2: emit: '\\u{1b}[2J' is not possible here. Give domains, distinct, every or alerts.",
    ],
  ],
  'a sensor that would turn the text around': [
    'inputs: [{path: x, sensor: "a\\u202eb"}]',
    [
      "f.yaml:1: inputs[0].sensor: 'a\\u{202e}b' holds an unprintable character. Give a label of at most 64 printable characters.",
    ],
  ],
}

for (const [name, [text, expected]] of Object.entries(cases))
  void t.test(name, t => {
    t.same(problemsOf(text), expected)
    t.end()
  })

void t.test('any text gives a configuration or problems, each printable', t => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        ...[
          'inputs',
          'path',
          ':',
          ': ',
          '- ',
          '\n',
          ' ',
          '  ',
          '[',
          ']',
          '{',
          '}',
          ',',
          '*a',
          '&a ',
          '!!map ',
          '|',
          '>',
        ],
        ...[
          '"',
          "'",
          '#',
          '---\n',
          '...',
          '? ',
          '<<',
          '%YAML 1.1\n',
          '\t',
          '0',
          '.nan',
          '~',
          '\u202e',
          '\0',
          '__proto__',
        ],
      ),
    )
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' }), fc.string()), text => {
      for (const line of problemsOf(text)) if (/[\p{C}\p{Zl}\p{Zp}]/u.test(line)) throw new Error(line)
    }),
    { numRuns: 3_000 },
  )
  t.pass('3,000 texts')
  t.end()
})
