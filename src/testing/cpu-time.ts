/** Measures CPU time, for tests of complexity. */
import { cpuUsage } from 'node:process'

/** CPU milliseconds of this process for `work`. Unlike elapsed time, it does not depend on other programs. */
export const cpuMsOf = (work: () => unknown): number => {
  const before = cpuUsage()
  work()
  const { user, system } = cpuUsage(before)
  return (user + system) / 1000
}
