import fc from 'fast-check'
import t from 'tap'
import { iscAlertCharsMax, iscAlertsMax } from '../../limits.js'
import { alerts as listed } from '../../detect/alerts.js'
import { asciiOnly, readAlerts } from './responses.js'

void t.test('ISC-FIRST-CONTACT is separated from the other alerts', t => {
  t.strictSame(readAlerts(['ISC-FIRST-CONTACT', 'ISC-LISTED']), {
    firstContact: true,
    alerts: ['ISC-LISTED'],
  })
  t.strictSame(readAlerts(['isc-first-contact']), { firstContact: false, alerts: [] })
  t.strictSame(readAlerts([]), { firstContact: false, alerts: [] })
  t.end()
})

void t.test('an alert of the ISC cannot forge a line or one of our alerts', t => {
  const table: [said: unknown, alerts: string[]][] = [
    ['seen in phishing', ['seen in phishing']],
    ['a\r\n{"_path":"domainstats"}', ['a { _path : domainstats }']],
    ['a,b "c" \'d\' `e` \\f', ['a b c d e f']],
    ['a\tb\u0000c\u001b[31md\u2028e', ['a b c [31md e']],
    ['Ünïcode \u202egnirts', ['n code gnirts']],
    ['YOUR-FIRST-CONTACT', []],
    ['Your-First-Contact', []],
    [' YOUR-FIRST-CONTACT\n', []],
    ['"YOUR-FIRST-CONTACT",', []],
    ['MANY-NAMES'.padEnd(iscAlertCharsMax) + 'x', []],
    ['x'.repeat(1000), ['x'.repeat(iscAlertCharsMax)]],
    ['\n', []],
    ['', []],
    [7, []],
    [null, []],
    [['nested'], []],
    [{ toString: 'x' }, []],
  ]
  for (const [i, [said, alerts]] of table.entries())
    t.strictSame(readAlerts([said]).alerts, alerts, `row ${i}`)
  for (const alert of listed.map(({ name }) => name)) t.strictSame(readAlerts([alert]).alerts, [], alert)
  t.end()
})

void t.test('whatever the ISC says, its alerts are few, short, printable and not ours', t => {
  const said = fc.array(
    fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...listed.map(({ name }) => name)),
      fc.anything(),
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(said, said => {
      const { alerts } = readAlerts(said)
      return (
        alerts.length <= iscAlertsMax &&
        alerts.every(alert => /^[ -~]{1,64}$/.test(alert) && !/[",'`\\]/.test(alert)) &&
        !alerts.some(alert => listed.some(({ name }) => name === alert))
      )
    }),
  )
  t.end()
})

void t.test('of many alerts the first ones count, each once', t => {
  const many = Array.from({ length: 100_000 }, (_, i) => `alert ${i >> 1}`)
  t.strictSame(readAlerts([...many, 'ISC-FIRST-CONTACT']), {
    firstContact: true,
    alerts: Array.from({ length: iscAlertsMax }, (_, i) => `alert ${i}`),
  })
  t.end()
})

void t.test('a message is made printable and cut', t => {
  t.equal(asciiOnly('update "now"\nor\u001b[0m else', 256), 'update "now" or [0m else')
  t.equal(asciiOnly('x'.repeat(1000), 256), 'x'.repeat(256))
  t.end()
})
