import t from 'tap'
import { nearest } from './problem.js'

const known = ['path', 'format', 'sensor', 'start', 'hold_seconds', 'freq_avg_alert', 'freq_word_alert']

const cases: [string, string | undefined][] = [
  ['pth', 'path'],
  ['paths', 'path'],
  ['PATH', 'path'],
  ['fromat', 'format'],
  ['hold-seconds', 'hold_seconds'],
  ['hold_second', 'hold_seconds'],
  ['freq_avg_alarm', 'freq_avg_alert'],
  ['freq_wrd_alert', 'freq_word_alert'],
  ['', undefined],
  ['x', undefined],
  ['database_file', undefined],
  ['constructor', undefined],
  ['h'.repeat(100_000), undefined],
]

for (const [word, expected] of cases)
  void t.test(word.slice(0, 20), t => {
    t.equal(nearest(word, known), expected)
    t.end()
  })
