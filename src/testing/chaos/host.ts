/** The host of a script: sets its clock, fills its disk, and runs its registry. */
import { renameSync, writeFileSync } from 'node:fs'
import { clockIn } from './cut-off.js'
import type { ScriptRegistry } from './registry.js'
import type { HostAction } from './script.js'
import type { World } from './world.js'

export class Host {
  readonly #world: World
  readonly #registry: ScriptRegistry | undefined
  readonly done = { 'clock steps': 0, 'full disks': 0 }

  constructor(world: World, registry: ScriptRegistry | undefined) {
    this.#world = world
    this.#registry = registry
    this.#setClock(0)
  }

  /** By a rename: the processes read the file whenever they read the clock. */
  #setClock(seconds: number): void {
    const file = clockIn(this.#world.root)
    writeFileSync(`${file}.new`, String(seconds))
    renameSync(`${file}.new`, file)
  }

  do(action: HostAction): void {
    if (action.do === 'clock-step') {
      this.#setClock(action.seconds)
      this.done['clock steps'] += 1
    } else {
      this.#world.disk?.full(action.ms)
      this.done['full disks'] += 1
    }
  }

  async close(): Promise<void> {
    await this.#world.disk?.room()
    await this.#registry?.close()
  }
}
