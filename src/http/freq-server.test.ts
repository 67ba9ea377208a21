import t from 'tap'
import { readTableFile } from '../freq/load.js'
import { compile, score } from '../freq/score.js'
import { queryCharsMax } from '../limits.js'
import { sharedData } from '../testing/shared-data.js'
import { freqAnswer } from './freq-server.js'

/** Scores that show which name was scored. */
const scores: Readonly<Record<string, readonly [number, number]>> = {
  'google.com': [6.6009, 5.0887],
  'whole.com': [7, 100],
  'low.com': [0.0001, 0.5],
  'a b': [1.5, 2.5],
  'a+b': [3.5, 4.5],
  'a/b': [5.5, 6.5],
  'a=b&c': [7.5, 8.5],
  münchen: [9.5, 1.25],
  'a\n\0b': [2.25, 3.25],
}
const answer = (url: string) =>
  freqAnswer(url, name => {
    const [average, word] = scores[name] ?? [0, 0]
    return { average, word }
  })

const answered: readonly (readonly [url: string, text: string])[] = [
  ['/measure/google.com', '(6.6009, 5.0887)'],
  ['/measure1/google.com', '6.6009'],
  ['/measure2/google.com', '5.0887'],
  ['/measure/google.com?any=thing', '(6.6009, 5.0887)'],
  ['/?cmd=measure&tgt=google.com', '(6.6009, 5.0887)'],
  ['/?cmd=measure1&tgt=google.com', '6.6009'],
  ['/?tgt=google.com&cmd=measure2', '5.0887'],
  ['/?tgt=x&cmd=measure&tgt=google.com&weight=3', '(6.6009, 5.0887)'],
  ['/measure/whole.com', '(7.0, 100.0)'],
  ['/measure/low.com', '(0.0001, 0.5)'],
  ['/measure/', '(0.0, 0.0)'],
  ['/?cmd=measure&tgt=', '(0.0, 0.0)'],
  ['/measure2/unknown', '0.0'],
  ['/measure/a%20b', '(1.5, 2.5)'],
  ['/measure/a+b', '(3.5, 4.5)'],
  ['/?cmd=measure&tgt=a+b', '(3.5, 4.5)'],
  ['/measure/a/b', '(5.5, 6.5)'],
  ['/measure/a%2Fb', '(5.5, 6.5)'],
  ['/?cmd=measure&tgt=a%3Db%26c', '(7.5, 8.5)'],
  ['/measure/m%C3%BCnchen', '(9.5, 1.25)'],
  ['/measure/a%0a%00b', '(2.25, 3.25)'],
  [`/measure1/${'x'.repeat(queryCharsMax)}`, '0.0'],
]

void t.test('a name is measured, as freq_server would answer', t => {
  for (const [url, text] of answered) t.same(answer(url), { status: 200, text }, url.slice(0, 60))
  t.end()
})

const refused: readonly (readonly [url: string, status: number, text: RegExp])[] = [
  ['/measure/%', 400, /not percent-encoded UTF-8/],
  ['/measure/%zz', 400, /not percent-encoded UTF-8/],
  ['/measure1/%ff', 400, /not percent-encoded UTF-8/],
  ['/?cmd=measure&tgt=%C3', 400, /not percent-encoded UTF-8/],
  [`/measure/${'x'.repeat(queryCharsMax + 1)}`, 400, /longer than 1024 characters/],
  [`/?cmd=measure&tgt=${'%41'.repeat(queryCharsMax + 1)}`, 400, /longer than 1024 characters/],
  ['/?cmd=measure', 400, /^Ask \/measure\/NAME/],
  ['/?cmd=frobnicate&tgt=x', 400, /^Ask \/measure\/NAME/],
  ['/?cmd=measure3&tgt=x', 400, /^Ask \/measure\/NAME/],
  ['/?cmd=constructor&tgt=x', 400, /^Ask \/measure\/NAME/],
  ['/?cmd=measure&tgt', 400, /^Unable to parse the url\.$/],
  ['/?cmd=measure&tgt=a=b', 400, /^Unable to parse the url\.$/],
  ['/?cmd=measure&&tgt=a', 400, /^Unable to parse the url\.$/],
  ['/normal/evil.com', 403, /not trained over HTTP/],
  ['/?cmd=normal&tgt=evil.com&weight=1000', 403, /not trained over HTTP/],
]

void t.test('a request that cannot be answered gets a status and the reason', t => {
  for (const [url, status, text] of refused) {
    const found = answer(url)
    t.equal(found?.status, status, url.slice(0, 60))
    t.match(found?.text, text)
    t.match(found?.text, /^[ -~]+$/)
  }
  t.end()
})

void t.test('other paths are not answered by freq', t => {
  const others = [
    '',
    '/',
    '/?',
    '/google.com',
    '/measure',
    '/measure3/x',
    '/normal',
    '/MEASURE/x',
    '/x/measure/y',
  ]
  for (const url of [
    ...others,
    '/?tgt=x',
    '/?xcmd=measure&tgt=y',
    '/google.com?cmd=measure&tgt=x',
    'measure/x',
  ])
    t.equal(answer(url), undefined, url)
  t.end()
})

void t.test('freqtable2018 gives the text that freq_server gives', async t => {
  const path = sharedData(t, 'freq/freqtable2018.freq')
  if (!path) return
  const table = compile(await readTableFile(path))
  const vectors = {
    'google.com': '(6.6009, 5.0887)',
    'sans.org': '(6.2885, 7.9696)',
    'GOOGLE.com': '(6.6009, 5.0887)',
    'qzxwvkjhgfdp.com': '(1.707, 2.7701)',
    't.me': '(9.0241, 6.13)',
    'microsoft.com.au': '(5.2609, 5.1892)',
    '': '(0.0, 0.0)',
  }
  for (const [name, text] of Object.entries(vectors))
    t.same(
      freqAnswer(`/measure/${name}`, name => score(table, name)),
      { status: 200, text },
      name,
    )
})
