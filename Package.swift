// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Debian keeps its serial HDF5 in folders of its own, found here without pkg-config. Neither it nor
/// libzip is linked, so that there nothing needs pkg-config.
let isDebianHDF5 = FileManager.default.fileExists(atPath: "/usr/include/hdf5/serial/hdf5.h")

/// Everything above the doors to C is built with strict memory safety and warnings as errors.
let strict: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]
/// The doors themselves: unsafe code is what they are for.
let door: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "nnmodel",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "NNModelKit", targets: ["NNModelKit"]),
    .executable(name: "nnmodel", targets: ["nnmodel"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
  ],
  targets: [
    // C libraries: module maps and the few macros that Swift cannot see.
    .systemLibrary(
      name: "CHDF5",
      pkgConfig: isDebianHDF5 ? nil : "hdf5",
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "CZlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CZip",
      pkgConfig: isDebianHDF5 ? nil : "libzip",
      providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    .target(name: "CKernels"),

    // The doors.
    .target(
      name: "HDF5",
      dependencies: ["CHDF5"],
      swiftSettings: door),
    .target(name: "Tensors", swiftSettings: strict),
    .target(name: "Kernels", dependencies: ["CKernels", "Tensors"], swiftSettings: door),

    // Names that files and options may use, and the nearest of them.
    .target(name: "Catalogs", swiftSettings: strict),

    // The engine.
    .target(
      name: "Layers", dependencies: ["Kernels", "Catalogs", "Tensors"], swiftSettings: strict),
    .target(
      name: "Networks", dependencies: ["Catalogs", "Kernels", "Layers", "Tensors"],
      swiftSettings: strict),
    .target(
      name: "Datasets",
      dependencies: ["Kernels", "Catalogs", "Tensors", "CZlib"],
      swiftSettings: strict),
    .target(
      name: "Training", dependencies: ["Catalogs", "Kernels", "Layers", "Networks", "Tensors"],
      swiftSettings: strict),

    // Other programs' files as plain values, which know of no network.
    .target(
      name: "Formats",
      dependencies: [
        "CZip", "HDF5", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["ONNX/onnx-subset.proto"],
      swiftSettings: strict),

    // The file, and what is done with it.
    .target(
      name: "ModelFiles",
      dependencies: [
        "HDF5", "Datasets", "Kernels", "Layers", "Networks", "Tensors", "Training",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    // Other programs' models as ours, and the way back.
    .target(
      name: "Converters",
      dependencies: [
        "Catalogs", "Formats", "HDF5", "Kernels", "Layers", "ModelFiles", "Networks", "Tensors",
        "Training",
      ],
      swiftSettings: strict),
    .target(
      name: "Workflows",
      dependencies: [
        "Catalogs", "Converters", "Datasets", "Formats", "Kernels", "Layers", "ModelFiles",
        "Networks",
        "Tensors", "Training", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),

    // What users meet.
    .target(
      name: "NNModelKit",
      dependencies: [
        "Converters", "Datasets", "Formats", "Layers", "ModelFiles", "Networks", "Tensors",
        "Training", "Workflows",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "nnmodel",
      dependencies: [
        "Catalogs", "Converters", "Datasets", "HDF5", "Kernels", "Layers", "ModelFiles", "Networks",
        "Tensors",
        "Training", "Workflows", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // What files from strangers are tried with: tools/fuzz, and the tests.
    .systemLibrary(name: "CFuzzing"),
    .target(
      name: "Fuzzing",
      dependencies: [
        "Datasets", "Formats", "HDF5", "Layers", "ModelFiles", "Networks", "Tensors", "Training",
        "Workflows",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "nnmodel-fuzz", dependencies: ["CFuzzing", "Fuzzing"], swiftSettings: door),

    // Tests mirror the targets; CommandTests runs the built tool. Every module that is imported is
    // named, for a build after a change compiles again what depends on it by name.
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: door),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "Tensors"], swiftSettings: door),
    .testTarget(name: "HDF5Tests", dependencies: ["HDF5"], swiftSettings: door),
    .testTarget(name: "FormatsTests", dependencies: ["Formats", "Tensors"], swiftSettings: door),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "Kernels", "Tensors"],
      swiftSettings: door),
    .testTarget(
      name: "NetworksTests", dependencies: ["Kernels", "Layers", "Networks", "Tensors"],
      swiftSettings: door),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Kernels", "Layers", "Networks", "Tensors", "Training"],
      swiftSettings: door),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: [
        "Datasets", "HDF5", "Layers", "ModelFiles", "Networks", "Tensors", "Training",
      ],
      swiftSettings: door),
    .testTarget(
      name: "WorkflowsTests",
      dependencies: [
        "Datasets", "Formats", "Layers", "ModelFiles", "Networks", "Tensors", "Training",
        "Workflows",
      ],
      swiftSettings: door),
    .testTarget(
      name: "ConvertersTests",
      dependencies: [
        "Converters", "Formats", "HDF5", "Layers", "ModelFiles", "Networks", "Tensors", "Training",
      ],
      swiftSettings: door),
    .testTarget(name: "FuzzingTests", dependencies: ["Fuzzing"], swiftSettings: door),
    .testTarget(name: "NNModelKitTests", dependencies: ["NNModelKit"], swiftSettings: door),
    .testTarget(
      name: "CommandTests", dependencies: ["HDF5", "nnmodel", "NNModelKit"], swiftSettings: door),
  ]
)
