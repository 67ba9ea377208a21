/** The texts of APIify against what Python 3 writes (recorded by json.dumps, repr and the format strings of APIify). */
import t from 'tap'
import type { CommandAnswer, CommandResult } from '../programs/answer.js'
import type { ListedCommandAnswer } from '../store/command-answers.js'
import { apiifyBody, apiifyCache, apiifyHelp, apiifyStats } from './apiify-answers.js'
import { apiifyCacheBytesMax } from '../limits.js'

const answer = (result: CommandResult, more: Partial<CommandAnswer> = {}): CommandAnswer => ({
  ...{ result, exit: 0, ms: 1 },
  ...more,
})
const body = (result: CommandResult, findsAll = false, more: Partial<CommandAnswer> = {}): string =>
  apiifyBody(answer(result, more), 'whois', findsAll).toString('latin1')

void t.test('results are JSON as json.dumps writes it', t => {
  t.equal(
    body({ creationdate: '1996-01-29T05:00:00', x: null }),
    '{"creationdate": "1996-01-29T05:00:00", "x": null}',
  )
  t.equal(
    body({ b: 'ü\x7f😀\u2028"\\/\n\0', c: 1, d: 1.5 }),
    String.raw`{"b": "\u00fc\u007f\ud83d\ude00\u2028\"\\/\n\u0000", "c": 1, "d": 1.5}`,
  )
  t.equal(body({}), '{}')
  t.end()
})

void t.test('all matches are lists as re.findall gives them', t => {
  t.equal(
    body(
      [
        ['5', '12.242.113.19'],
        ['6', null],
      ],
      true,
    ),
    '[["5", "12.242.113.19"], ["6", ""]]',
  )
  t.equal(body([{ hop: '5', ip: '192.0.2.1' }], true), '[["5", "192.0.2.1"]]', 'names do not count')
  t.equal(body([['5'], ['6']], true), '["5", "6"]', 'one group')
  t.equal(body([{ hop: 5 }], true), '[5]')
  t.equal(body(['5', '6'], true), '["5", "6"]', 'no group')
  t.equal(body([], true), '[]')
  t.end()
})

void t.test('text is written as it came, and errors as text', t => {
  t.equal(body('a: ü\n'), Buffer.from('a: ü\n').toString('latin1'))
  t.equal(body('/wBh', false, { encoding: 'base64' }), '\xff\0a')
  t.equal(body('no match\n', false, { exit: 1, error: 'it ended with exit code 1' }), 'no match\n')
  t.equal(body(null), 'ERROR: No result from regex match.-ERRORNOTCACHED')
  t.equal(
    body(null, false, { error: 'its expression found nothing in the output' }),
    'ERROR: No result from regex match.-ERRORNOTCACHED',
  )
  for (const error of ['it ran longer than timeout_seconds: 1', 'it was ended by SIGKILL'])
    t.equal(body('half', false, { exit: null, error }), `ERROR: whois: ${error}-ERRORNOTCACHED`)
  t.end()
})

const row = (value: string, hits: number, expires: number | undefined, result: string, permanent = false) =>
  ({
    ...{ value, hits, expires, permanent, at: 0, used: 0, bytes: 1 },
    answer: JSON.stringify(answer(result)),
  }) satisfies ListedCommandAnswer

const bodyOf = (one: CommandAnswer) => apiifyBody(one, 'whois', false)

void t.test('the report of the cache', t => {
  const rows = [
    row('google.com', 12, Date.UTC(2026, 10, 28, 3, 5, 5, 939), 'a\n\t"x\'\\ \0ä'),
    row("it's", 0, undefined, "it's"),
    row('bü\u00a0c', 3, undefined, '', true),
    row('x'.repeat(90), 1_234_567_890, Date.UTC(2026, 10, 28, 3, 5, 5), 'ok'),
  ]
  t.same(apiifyCache(rows, bodyOf).split('\n'), [
    'Cache Report',
    '--------------------------------------KEY---------------------------------------  --COUNT--  ---------EXPIRES----------  RECORD---->',
    String.raw`                                ('google.com',)                                   000000012  2026-11-28 03:05:05.939000  b'a\n\t"x\'\\ \x00\xc3\xa4'`,
    `                                   ("it's",)                                      000000000           -1           b"it's"`,
    String.raw`                                  ('bü\xa0c',)                                    000000003           -2           b''`,
    `('${'x'.repeat(90)}',)  1234567890  2026-11-28 03:05:05   b'ok'`,
    '',
  ])
  t.end()
})

void t.test('a report that would be too large ends earlier', t => {
  const text = 'x'.repeat(apiifyCacheBytesMax / 4)
  const rows = Array.from({ length: 9 }, (_, i) => row(`h${i}`, 9 - i, undefined, text))
  const report = apiifyCache(rows, bodyOf)
  t.ok(report.length <= apiifyCacheBytesMax + 200)
  t.equal(report.split('\n').length, 2 + 3 + 1)
  t.end()
})

void t.test('the statistics', t => {
  const sums = { runs: 3, cached: 7, shared: 2, cache: { answers: 3, bytes: 99 } }
  t.equal(
    apiifyStats(sums, 51_200),
    "cache_stats(hit=7, miss=5, expire=0), ('Max Size': 100000, 'Current size': 3, 'Cache Bytes':99, 'Application Kilobytes':51200)",
  )
  t.equal(apiifyHelp('http://127.0.0.1:8000'), 'API Documentation\nhttp://127.0.0.1:8000/arguments to pass.')
  t.end()
})
