/** A server of the bench: says where it is, what it costs when it is asked, and ends with who started it. */
import process from 'node:process'

export const serve = (url: string): void => {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.(user + system)
  })
  process.on('disconnect', () => process.exit())
  process.send?.(url)
}
