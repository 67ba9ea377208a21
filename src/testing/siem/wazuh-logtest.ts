/**
 * Stands in for wazuh-logtest: says which rule is raised for each line of its standard input.
 *
 * Usage: node wazuh-logtest.js RULES.xml < LINES
 */
import { readFileSync } from 'node:fs'
import { argv, stdin, stdout } from 'node:process'
import { text } from 'node:stream/consumers'
import { WazuhRules } from './wazuh.js'

const rules = new WazuhRules(readFileSync(argv[2] ?? '', 'utf8'))
for (const line of (await text(stdin)).split('\n')) {
  const raised = rules.raise(line)
  if (!raised) continue
  const { rule, description } = raised
  stdout.write(`\tid: '${rule.id}'\n\tlevel: '${rule.level}'\n\tdescription: '${description}'\n`)
}
