/** The part of the WebAssembly API that we call: Node 20 has no types for it (https://webassembly.github.io/spec/js-api/). */
declare namespace WebAssembly {
  class Module {
    private readonly module: never
    constructor(bytes: Uint8Array)
  }
  class Memory {
    private constructor()
    readonly buffer: ArrayBuffer
  }
  type Exports = Readonly<Record<string, unknown>>
  class Instance {
    constructor(module: Module)
    readonly exports: Exports
  }
  function validate(bytes: Uint8Array): boolean
}
