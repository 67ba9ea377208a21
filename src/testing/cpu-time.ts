/** How much work something is. */
import { cpuUsage } from 'node:process'

/** CPU milliseconds that it took this process; other programs on the machine do not count, as they would by the clock. */
export const cpuMsOf = (work: () => unknown): number => {
  const before = cpuUsage()
  work()
  const { user, system } = cpuUsage(before)
  return (user + system) / 1000
}
