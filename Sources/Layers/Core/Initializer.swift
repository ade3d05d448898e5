import Catalogs
import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the values of a parameter start.
///
/// In files, options and messages an initializer is one word, with numbers where it has some:
/// `he_uniform`, `constant(0.1)`, `uniform(-0.05, 0.05)`, `normal(0, 0.02)`.
public enum Initializer: Hashable, Sendable {
  case zeros
  case ones
  case constant(Double)
  /// Uniform between two bounds.
  case uniform(Double, Double)
  /// Normal with a mean and a standard deviation.
  case normal(mean: Double, deviation: Double)
  /// Uniform in ±√(6 / (in + out)) (Glorot and Bengio, 2010).
  case xavierUniform
  /// Normal with deviation √(2 / (in + out)) (Glorot and Bengio, 2010).
  case xavierNormal
  /// Uniform in ±√(6 / in) (He et al., 2015), for ReLU and its kin.
  case heUniform
  /// Normal with deviation √(2 / in) (He et al., 2015), for ReLU and its kin.
  case heNormal
  /// Rows or, where there are more of them, columns that are orthogonal to one another and of length 1
  /// (Saxe et al., 2014); all axes but the first count as columns.
  case orthogonal
}

// MARK: - Drawing

extension Initializer {
  /// Fills a parameter. The values depend on nothing but the arguments.
  package func fill(_ view: TensorView, fan: Fan, random: RandomStream) {
    let inputs = Double(max(fan.input, 1))
    let both = Double(max(fan.input + fan.output, 1))
    switch self {
    case .zeros: set(view) { _ in 0 }
    case .ones: set(view) { _ in 1 }
    case .constant(let value): set(view) { _ in value }
    case .uniform(let lower, let upper): uniform(view, lower, upper, random)
    case .normal(let mean, let deviation): normal(view, mean, deviation, random)
    case .xavierUniform: uniform(view, -(6 / both).squareRoot(), (6 / both).squareRoot(), random)
    case .xavierNormal: normal(view, 0, (2 / both).squareRoot(), random)
    case .heUniform: uniform(view, -(6 / inputs).squareRoot(), (6 / inputs).squareRoot(), random)
    case .heNormal: normal(view, 0, (2 / inputs).squareRoot(), random)
    case .orthogonal: orthogonal(view, random)
    }
  }

  private func orthogonal(_ view: TensorView, _ random: RandomStream) {
    let (rows, columns) = (view.rows, view.rowCount)
    let isWide = rows <= columns
    var matrix = Tensor(
      zeros: isWide ? [rows, columns] : [columns, rows], elementType: .float64)
    matrix.withMutableView { matrix in
      normal(matrix, 0, 1, random)
      Kernels.orthonormalize(matrix)
      set(view) { index in
        let (row, column) = (index / columns, index % columns)
        return matrix.element(isWide ? index : column * rows + row, as: Double.self)
      }
    }
  }

  private func uniform(
    _ view: TensorView, _ lower: Double, _ upper: Double, _ random: RandomStream
  ) {
    set(view) { lower + (upper - lower) * random.uniform(at: $0) }
  }

  /// Box and Muller: two uniforms make one normal, so that every index stands alone.
  private func normal(
    _ view: TensorView, _ mean: Double, _ deviation: Double, _ random: RandomStream
  ) {
    set(view) { index in
      let radius = (-2 * log(1 - random.uniform(at: 2 * index))).squareRoot()
      return mean + deviation * radius * cos(2 * .pi * random.uniform(at: 2 * index + 1))
    }
  }

  private func set(_ view: TensorView, _ value: (Int) -> Double) {
    for index in 0..<view.count {
      if view.elementType == .float64 {
        view.setElement(index, to: value(index))
      } else {
        view.setElement(index, to: Float(value(index)))
      }
    }
  }
}

// MARK: - Words

extension Initializer: LosslessStringConvertible {
  /// The names that can be given, without their numbers.
  public static let names = [
    "zeros", "ones", "constant", "uniform", "normal", "xavier_uniform", "xavier_normal",
    "he_uniform", "he_normal", "orthogonal",
  ]

  public init?(_ description: String) {
    guard let call = FunctionCall(description) else { return nil }
    switch (call.name, call.arguments.count) {
    case ("zeros", 0): self = .zeros
    case ("ones", 0): self = .ones
    case ("constant", 1): self = .constant(call.arguments[0])
    case ("uniform", 0): self = .uniform(-0.05, 0.05)
    case ("uniform", 2) where call.arguments[0] <= call.arguments[1]:
      self = .uniform(call.arguments[0], call.arguments[1])
    case ("normal", 0): self = .normal(mean: 0, deviation: 0.05)
    case ("normal", 2) where call.arguments[1] >= 0:
      self = .normal(mean: call.arguments[0], deviation: call.arguments[1])
    case ("xavier_uniform", 0): self = .xavierUniform
    case ("xavier_normal", 0): self = .xavierNormal
    case ("he_uniform", 0): self = .heUniform
    case ("he_normal", 0): self = .heNormal
    case ("orthogonal", 0): self = .orthogonal
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .zeros: "zeros"
    case .ones: "ones"
    case .constant(let value): "constant(\(value))"
    case .uniform(let lower, let upper): "uniform(\(lower), \(upper))"
    case .normal(let mean, let deviation): "normal(\(mean), \(deviation))"
    case .xavierUniform: "xavier_uniform"
    case .xavierNormal: "xavier_normal"
    case .heUniform: "he_uniform"
    case .heNormal: "he_normal"
    case .orthogonal: "orthogonal"
    }
  }
}

extension Initializer: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let initializer = Initializer(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "unknown initializer '\(text)'\(suggestion(for: text, among: Self.names))"
      )
    }
    self = initializer
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// A word with numbers in brackets: `constant(0.1)`.
private struct FunctionCall {
  var name: String
  var arguments: [Double] = []

  init?(_ text: String) {
    let text = text.filter { $0 != " " }.lowercased()
    guard let open = text.firstIndex(of: "(") else {
      name = text
      return
    }
    guard text.last == ")" else { return nil }
    name = String(text[..<open])
    for part in text[text.index(after: open)...].dropLast().split(separator: ",") {
      guard let number = Double(part), number.isFinite else { return nil }
      arguments.append(number)
    }
  }
}
