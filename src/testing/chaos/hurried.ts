/**
 * Starts the program with other limits, which HURRIED names: `{"claimsSettleMs":8000}`. What takes a minute between sensors
 * then takes seconds, so that a test may wait for it.
 */
import { register } from 'node:module'
import process from 'node:process'
import type * as Program from '../../commands/program.js'

/** Runs in the thread that loads modules. It changes the lines of limits.js, and stops where one is missing. */
const hooks = `
const limits = JSON.parse(process.env.HURRIED)
const withOthers = text =>
  Object.entries(limits).reduce((text, [name, value]) => {
    const line = new RegExp('^(export const ' + name + ' = )[^;\\\\n]+', 'm')
    if (!line.test(text)) throw new Error('no limit ' + name)
    return text.replace(line, '$1' + value)
  }, text)
export const load = async (url, context, next) => {
  const module = await next(url, context)
  return url.endsWith('/limits.js') ? { ...module, source: withOthers(String(module.source)) } : module
}
`

register(`data:text/javascript,${encodeURIComponent(hooks)}`)
// Loaded after the hooks are there.
const { runCommandLine }: typeof Program = await import('../../commands/program.js')
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort())
const { stdin, stdout, stderr, env: variables } = process
const io = { stdin, stdout, stderr, signal: stop.signal, variables, onHangup: () => undefined }
process.exit(await runCommandLine(process.argv.slice(2), io))
