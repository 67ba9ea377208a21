/** Runs code or the program as the unprivileged user, for tests of permissions: root may read and write everything. */
import { spawn } from 'node:child_process'
import { env, execPath, getegid, geteuid, setegid, seteuid } from 'node:process'
import { program, started, type Started } from './process.js'

/** The uid and gid of the user `nobody`, which every system has, and which owns nothing: https://wiki.ubuntu.com/nobody */
export const unprivilegedId = 65534

/** Whether the test runs as root, which may do everything, and may become another user. */
export const isRoot = (): boolean => geteuid?.() === 0

/** Runs `work` as the unprivileged user if the test runs as root; otherwise as the present user. */
export const asUnprivileged = async <T>(work: () => Promise<T>): Promise<T> => {
  if (!isRoot() || !seteuid || !setegid || !getegid) return work()
  const group = getegid()
  setegid(unprivilegedId)
  seteuid(unprivilegedId)
  try {
    return await work()
  } finally {
    seteuid(0)
    setegid(group)
  }
}

/** For the `skip` of a test that needs two users: false as root, otherwise the reason. */
export const needsRoot = isRoot() ? false : 'only root can run a program as another user'

/** Starts the program as the unprivileged user. @param variables added to its environment */
export const startAsUnprivileged = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Started => {
  // Without the preload of the test runner, which writes to folders that this user may not write to.
  const command = ['-u', 'NODE_OPTIONS', execPath, program, ...args]
  const who = { uid: unprivilegedId, gid: unprivilegedId, env: { ...env, ...variables } }
  return started(spawn('env', command, { ...who, stdio: ['ignore', 'pipe', 'pipe'] }))
}
