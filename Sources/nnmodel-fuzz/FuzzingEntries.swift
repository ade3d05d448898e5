#if FUZZING
  import CFuzzing
  import Foundation
  import Fuzzing

  /// The functions that libFuzzer calls; `NNMODEL_FUZZ_TARGET` says which target is meant.
  private let name = ProcessInfo.processInfo.environment["NNMODEL_FUZZ_TARGET"]
  private let isModel = name == "model"

  /// libFuzzer calls from one thread.
  nonisolated(unsafe) private let target = ModelTarget(folder: WorkFolder.make())

  @_cdecl("LLVMFuzzerTestOneInput")
  public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    do {
      switch name {
      case "model": _ = try target.run(bytes)
      case "arrays": _ = try ArrayTarget.run(bytes)
      default: _ = try ParserTarget.run(bytes)
      }
    } catch {
      fatalError("\(error)")
    }
    return 0
  }

  @_cdecl("LLVMFuzzerCustomMutator")
  public func customMutator(
    _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
  ) -> Int {
    // Arrays have no structure of their own to be kept.
    guard name != "arrays" else { return LLVMFuzzerMutate(data, size, limit) }
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    var mutation = FileMutation(seed: seed) { bytes, limit in
      var room = bytes + [UInt8](repeating: 0, count: max(limit - bytes.count, 1))
      let count = LLVMFuzzerMutate(&room, bytes.count, limit)
      return Array(room.prefix(count))
    }
    // A file that has become longer than there is room for is cut short.
    let changed = mutation.mutated(bytes, limit: limit, changesTexts: isModel).prefix(limit)
    for (index, byte) in changed.enumerated() { data[index] = byte }
    return changed.count
  }
#endif
