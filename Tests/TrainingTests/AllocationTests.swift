#if os(Linux)
  import Foundation
  import Glibc
  import Layers
  import Networks
  import Tensors
  import Testing

  @testable import Training

  /// Counts allocations of a whole process: the test compiles a library that counts calls of
  /// `malloc`, and runs itself again with that library loaded before all others.
  @Suite struct AllocationTests {
    @Test("After its first step training allocates nothing", .enabled(if: Compiler.isInstalled))
    func steps() throws {
      if let counter = AllocationCounter.loaded {
        // The process inside. First, that the counter counts.
        let before = counter.count
        let some = Tensor(zeros: [1000])
        #expect(counter.count > before)
        withExtendedLifetime(some) {}
        for threads in [1, 2] {
          for (name, network) in try AllocationTests.networks() {
            let count = try fewestAllocations(of: network, counter, threads: threads)
            #expect(count == 0, "\(name), \(threads) threads")
          }
        }
        return
      }
      let mark = "NNMODEL_COUNTS_ALLOCATIONS"
      try #require(
        ProcessInfo.processInfo.environment[mark] == nil, "the counter could not be loaded")
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("nnmodel-allocations-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let library = try AllocationCounter.compile(into: folder)
      var environment = ProcessInfo.processInfo.environment
      environment["LD_PRELOAD"] = library
      environment[mark] = "1"
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments = [
        "--testing-library", "swift-testing", "--filter", "AllocationTests",
      ]
      process.environment = environment
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let text = String(decoding: output, as: UTF8.self)
      #expect(process.terminationStatus == 0, "\(text)")
      #expect(text.contains("1 test"), "\(text)")
    }

    /// Networks with layers of every kind.
    static func networks() throws -> [(name: String, network: Network)] {
      let dense = try Network.sequential(input: [20]) {
        Dense(64)
        BatchNormalization()
        Activation(.relu)
        Dropout(0.3)
        Dense(32)
        LayerNormalization()
        Activation(.gelu)
        Dense(4)
      }
      let convolution = try Network.sequential(input: [20]) {
        Reshape([5, 4, 1])
        ZeroPadding2D()
        Convolution2D(4)
        PReLU()
        DepthwiseConvolution2D(padding: .same)
        SeparableConvolution2D(6, padding: .same)
        GroupNormalization(2)
        MaxPooling2D(size: [2, 2], padding: .same)
        Upsampling2D()
        TransposedConvolution2D(3)
        SpatialDropout(0.2)
        AveragePooling2D()
        GaussianNoise(0.1)
        GlobalMaxPooling()
        Dense(4)
      }
      let recurrence = try Network.sequential(input: [20]) {
        Reshape([5, 4])
        Bidirectional(LSTM(6, returnsSequence: true))
        GRU(5, returnsSequence: true)
        GRU(5, resetsAfter: false, returnsSequence: true)
        SimpleRecurrent(4)
        Dense(4)
      }
      let builder = NetworkBuilder()
      let steps = builder.add(Reshape([5, 4]), to: builder.input("x", shape: [20]))
      let placed = builder.add(
        PositionalEncoding(), to: builder.add(PositionalEmbedding(5), to: steps))
      let block = builder.add(
        TransformerBlock(heads: 2, units: 8, dropout: 0.2), to: placed, features: 4)
      let largest = builder.add(Maximum(), to: block, builder.add(Multiply(), to: block, placed))
      let scaled = builder.add(
        Rescaling(0.5, offset: 1), to: builder.add(RMSNormalization(), to: largest))
      let output = builder.add(Dense(4), to: builder.add(GlobalAveragePooling(), to: scaled))
      return [
        ("dense", dense), ("convolution", convolution), ("recurrence", recurrence),
        ("attention", try builder.network(outputs: output)),
      ]
    }

    /// The allocations of an epoch after its first step, in the best of three runs: another thread
    /// of the process may allocate something of its own now and then.
    private func fewestAllocations(
      of network: Network, _ counter: AllocationCounter, threads: Int
    ) throws -> Int {
      let random = RandomStream(seed: 1, stream: 1)
      let values = (0..<60 * 32 * 20).map { Float(random.uniform(at: $0)) }
      let data = TrainingData(
        Tensor(values, shape: [60 * 32, 20]), classes: (0..<60 * 32).map { $0 % 4 })
      var fewest = Int.max
      for _ in 0..<3 {
        let trainer = try Trainer(
          network,
          options: TrainingOptions(
            loss: CrossEntropy(labelSmoothing: 0.1), optimizer: AdamW(), schedule: Cosine(),
            warmUp: .share(0.05), epochs: 1, batchSize: 32, l1: 1e-5, l2: 1e-5, clipNorm: 1,
            clipValue: 10, classWeights: [1, 2, 1, 1], threads: threads),
          data: data)
        var first = 0
        try trainer.run { event in
          guard case .step(let progress, let stepsPerEpoch, _) = event else { return }
          if progress.batch == 1 { first = counter.count }
          if progress.batch == stepsPerEpoch { fewest = min(fewest, counter.count - first) }
        }
      }
      return fewest
    }
  }

  /// A library that counts every call of `malloc` and its kin.
  private struct AllocationCounter {
    private let function: @convention(c) () -> Int

    /// The counter of this process, where it was loaded with one.
    static var loaded: AllocationCounter? {
      // A null handle is that of the whole program.
      guard let symbol = dlsym(nil, "nnmodel_allocation_count") else { return nil }
      return AllocationCounter(
        function: unsafeBitCast(symbol, to: (@convention(c) () -> Int).self))
    }

    /// How often memory was asked for so far, on all threads.
    var count: Int { function() }

    static func compile(into folder: String) throws -> String {
      let source = """
        #include <stddef.h>
        #include <stdatomic.h>
        static atomic_long count;
        long nnmodel_allocation_count(void) { return atomic_load(&count); }
        void *__libc_malloc(size_t);
        void *__libc_calloc(size_t, size_t);
        void *__libc_realloc(void *, size_t);
        void *__libc_memalign(size_t, size_t);
        void *malloc(size_t n) { atomic_fetch_add(&count, 1); return __libc_malloc(n); }
        void *calloc(size_t n, size_t m) { atomic_fetch_add(&count, 1); return __libc_calloc(n, m); }
        void *realloc(void *p, size_t n) { atomic_fetch_add(&count, 1); return __libc_realloc(p, n); }
        void *memalign(size_t a, size_t n) { atomic_fetch_add(&count, 1); return __libc_memalign(a, n); }
        void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
        int posix_memalign(void **p, size_t a, size_t n) { return (*p = memalign(a, n)) ? 0 : 12; }
        """
      try source.write(toFile: folder + "/count.c", atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [
        "cc", "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", folder + "/count.so",
        folder + "/count.c",
      ]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
      return folder + "/count.so"
    }
  }

  private enum Compiler {
    static var isInstalled: Bool {
      ["/usr/bin/cc", "/usr/local/bin/cc"].contains(
        where: FileManager.default.isExecutableFile)
    }
  }
#endif
