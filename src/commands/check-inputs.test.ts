import t from 'tap'
import { loadConfig } from '../config/load.js'
import { checkedInput, examineInput } from './check-inputs.js'

void t.test('an input without a log is a problem, and a warning beside one that has some', async t => {
  const dir = t.testdir({ 'dns.log': '{"_path":"dns","ts":1764100000,"uid":"C1","query":"www.a.com"}\n' })
  const { config } = await loadConfig(undefined)
  const examine = (path: string) =>
    examineInput({ path: `${dir}/${path}`, format: 'auto', sensor: undefined, start: 'beginning' }, config)
  const none = await examine('eve.json')
  t.match(checkedInput(none, true), { problems: [/eve\.json .*not there|nothing/], warnings: 0 })
  t.match(checkedInput(none, false), {
    lines: [/eve\.json.*warning: is its path right\?/],
    problems: [],
    warnings: 1,
  })
  t.match(checkedInput(await examine('dns.log'), false), {
    lines: [/^input/, /readable$/],
    problems: [],
    warnings: 0,
  })
})
