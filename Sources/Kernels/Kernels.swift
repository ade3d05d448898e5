import CKernels
import Tensors

/// Arithmetic on views: sizes are checked here, loops are C.
///
/// All views of a call hold the same floating-point type, float32 or float64, unless a parameter
/// says otherwise, and are either the same memory or apart. Nothing here allocates. Results depend
/// neither on timing nor on the number of threads.
package enum Kernels {}

// MARK: - Checks

extension Kernels {
  /// The C loops' code for a type.
  static func code(of view: TensorView) -> Int32 {
    switch view.elementType {
    case .float32: 0
    case .float64: 1
    default: preconditionFailure("arithmetic takes float32 or float64, found \(view.elementType)")
    }
  }

  /// Requires an optional view to have another's type and count.
  static func requireLike(_ view: TensorView, _ other: TensorView?, _ name: StaticString) {
    guard let other else { return }
    require(other, count: view.count, type: view.elementType, name)
  }

  /// Requires an optional view to have a type and a count.
  static func require(
    _ view: TensorView?, count: Int, type: ElementType, _ name: StaticString
  ) {
    guard let view else { return }
    precondition(
      view.count == count && view.elementType == type,
      "\(name): expected \(count) of \(type), found \(view.count) of \(view.elementType)")
  }

  /// The address of Int32 elements.
  static func indices(_ view: TensorView, _ name: StaticString) -> UnsafePointer<Int32>? {
    precondition(view.elementType == .int32, "\(name): expected int32, found \(view.elementType)")
    return UnsafePointer(view.address?.assumingMemoryBound(to: Int32.self))
  }
}
