/** Another user than root: what may not be read or written is seen by him only. */
import { spawn } from 'node:child_process'
import { env, execPath, getegid, geteuid, setegid, seteuid } from 'node:process'
import { program, started, type Started } from './process.js'

/** The user that every system has, and that owns nothing: https://wiki.ubuntu.com/nobody */
export const nobody = 65534

/** Whether the test runs as root, who may do everything, and who may become somebody else. */
export const isRoot = (): boolean => geteuid?.() === 0

/** Works as nobody where the test runs as root. Elsewhere whoever runs it has no more rights than his own already. */
export const asNobody = async <T>(work: () => Promise<T>): Promise<T> => {
  if (!isRoot() || !seteuid || !setegid || !getegid) return work()
  const group = getegid()
  setegid(nobody)
  seteuid(nobody)
  try {
    return await work()
  } finally {
    seteuid(0)
    setegid(group)
  }
}

/** For tests about what belongs to somebody else: why they are skipped where nobody can become nobody. */
export const needsRoot = isRoot() ? false : 'only root can run a program as another user'

/** The program as nobody. @param variables added to its environment */
export const startAsNobody = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Started => {
  // Without what the test runner preloads: that writes where nobody may not.
  const command = ['-u', 'NODE_OPTIONS', execPath, program, ...args]
  const who = { uid: nobody, gid: nobody, env: { ...env, ...variables } }
  return started(spawn('env', command, { ...who, stdio: ['ignore', 'pipe', 'pipe'] }))
}
