import t from 'tap'
import { diagnosisText, ok, wrong } from './diagnosis.js'

void t.test('lines are broken to the width of a terminal, and not in a pipe', t => {
  const found = 'input /opt/zeek/logs/current (zeek): nothing there is called dns*.log*, and nothing ever was'
  const text = diagnosisText(wrong('input', found, 'start the sensor, or correct this entry of inputs'), 60)
  t.equal(
    text,
    `wrong    input     input /opt/zeek/logs/current (zeek):
                   nothing there is called dns*.log*, and
                   nothing ever was
                   -> start the sensor, or correct this
                   entry of inputs
`,
  )
  t.equal(diagnosisText(ok('input', found)), `ok       input     ${found}\n`)
  t.equal(diagnosisText(ok('input', 'one\ntwo')), 'ok       input     one\n                   two\n')
  t.end()
})
