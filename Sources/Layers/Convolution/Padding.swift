import Catalogs
import Kernels

/// What is put around a sequence or a plane before a window moves over it.
///
/// In files a word, or `[before, after]` for every axis: `"same"`, `[[1, 1], [0, 2]]`.
public enum Padding: Hashable, Sendable {
  /// Nothing: the window stays inside.
  case valid
  /// So much that a stride of 1 keeps the extent, the odd cell behind; as Keras and TensorFlow. Where
  /// kernels are even or the stride is not 1, PyTorch's paddings are other ones: give them as explicit.
  case same
  /// All of it before the sequence, so that an output sees nothing later than itself; sequences only.
  case causal
  /// So many cells before and after each axis.
  case explicit([[Int]])
}

extension Padding: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let word = try? container.decode(String.self) else {
      self = .explicit(try container.decode([[Int]].self))
      return
    }
    switch word {
    case "valid": self = .valid
    case "same": self = .same
    case "causal": self = .causal
    default:
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "expected valid, same, causal or numbers as in [[1, 1], [0, 2]], found '\(word)'"
          + suggestion(for: word, among: ["valid", "same", "causal"]))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .valid: try container.encode("valid")
    case .same: try container.encode("same")
    case .causal: try container.encode("causal")
    case .explicit(let cells): try container.encode(cells)
    }
  }
}

/// A window on its way over one or two axes, as options describe it.
struct WindowOptions {
  var size: [Int]
  var stride: [Int]
  var dilation: [Int]
  var padding: Padding

  /// The largest extent, stride or dilation; with it nothing overflows.
  static let largest = 1 << 16

  /// Checks the options for so many axes.
  ///
  /// - Throws: ``LayerError`` naming the option.
  func check(axes: Int, sizeName: String = "kernel_size") throws {
    for (name, values) in [(sizeName, size), ("stride", stride), ("dilation", dilation)] {
      guard values.count == axes, values.allSatisfy({ (1...WindowOptions.largest).contains($0) })
      else {
        throw LayerError.option(
          name: name, expected: "\(axes) number\(axes == 1 ? "" : "s"), 1 or more",
          found: "\(values)")
      }
    }
    switch padding {
    case .valid, .same: break
    case .causal:
      guard axes == 1 else {
        throw LayerError.option(
          name: "padding", expected: "valid, same or numbers", found: "causal")
      }
    case .explicit(let cells):
      let isRight =
        cells.count == axes
        && cells.allSatisfy { pair in
          pair.count == 2 && pair.allSatisfy { (0...WindowOptions.largest).contains($0) }
        }
      guard isRight else {
        throw LayerError.option(
          name: "padding", expected: "[before, after] for each of \(axes)", found: "\(cells)")
      }
    }
  }

  /// The extent of a window with its gaps.
  func extent(_ axis: Int) -> Int { (size[axis] - 1) * dilation[axis] + 1 }

  /// The way over an axis of an extent.
  ///
  /// - Returns: nil where the window is larger than what it could move over.
  func axis(_ axis: Int, input: Int) -> WindowAxis? {
    let (extent, step) = (extent(axis), stride[axis])
    let before: Int
    let output: Int
    switch padding {
    case .valid:
      before = 0
      output = input >= extent ? (input - extent) / step + 1 : 0
    case .same:
      output = (input - 1) / step + 1
      before = max((output - 1) * step + extent - input, 0) / 2
    case .causal:
      before = extent - 1
      output = (input - 1) / step + 1
    case .explicit(let cells):
      before = cells[axis][0]
      let room = input + before + cells[axis][1]
      output = room >= extent ? (room - extent) / step + 1 : 0
    }
    guard output > 0 else { return nil }
    return WindowAxis(
      input: input, output: output, taps: size[axis], stride: step, dilation: dilation[axis],
      padding: before)
  }

  /// The way back over an axis: of a transposed convolution whose input has an extent.
  func transposedAxis(_ axis: Int, input: Int, outputPadding: Int) -> WindowAxis? {
    let (extent, step) = (extent(axis), stride[axis])
    let before: Int
    var output: Int
    switch padding {
    case .valid, .causal:
      before = 0
      output = (input - 1) * step + extent + outputPadding
    case .same:
      before = max(extent - step, 0) / 2
      output = input * step
    case .explicit(let cells):
      before = cells[axis][0]
      output = (input - 1) * step + extent - before - cells[axis][1] + outputPadding
    }
    guard output > 0 else { return nil }
    return WindowAxis(
      input: output, output: input, taps: size[axis], stride: step, dilation: dilation[axis],
      padding: before)
  }
}
