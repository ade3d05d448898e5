import ArgumentParser

/// Times one kernel, for `tools/bench`.
struct BenchmarkKernel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-kernel",
    abstract: "Time a product, a convolution or a loop over memory alone.",
    discussion: """
      Beside tools/benchmarks/onednn_primitives.c and tools/benchmarks/memory.c.

        nnmodel benchmark-kernel --kernel product --shape 64x256x784
        nnmodel benchmark-kernel --kernel convolution --shape 64x26x32x64x3
        nnmodel benchmark-kernel --kernel adam --shape 16777216
      """,
    shouldDisplay: false)

  @Option(
    name: .long,
    help: "\(KernelBenchmark.Subject.allCases.map(\.rawValue).joined(separator: ", ")).")
  var kernel = KernelBenchmark.Subject.product

  @Option(
    name: .long,
    help: """
      Rows x columns x depth; examples x side x inputs x outputs x taps; or a number of elements.
      """)
  var shape: String

  @Option(name: .long, help: "Threads that work on it.")
  var threads = 1

  @Option(name: .long, help: "How long is measured.")
  var seconds = 1.0

  private var extents: [Int] { shape.split(separator: "x").compactMap { Int($0) } }

  func validate() throws {
    let elements = extents.reduce(1.0) { $0 * Double($1) }
    guard extents.count == kernel.rank, extents.allSatisfy({ $0 > 0 }), elements < 1e12,
      kernel.rank != 5 || extents[1] >= extents[4]
    else {
      throw ValidationError("--shape: expected \(kernel.rank) sizes, found '\(shape)'")
    }
    guard (1...256).contains(threads) else {
      throw ValidationError("--threads: expected 1 to 256, found \(threads)")
    }
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds: expected more than 0 up to 3600, found \(seconds)")
    }
  }

  func run() throws {
    let benchmark = KernelBenchmark(kernel, shape: extents, threads: threads)
    try printOutput(JSONOutput.line(benchmark.times(seconds: seconds)))
  }
}

extension KernelBenchmark.Subject: ExpressibleByArgument {}
