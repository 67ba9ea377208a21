/** What is used of WebAssembly: the types of Node 20 leave it to those of browsers (https://webassembly.github.io/spec/js-api/). */
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
