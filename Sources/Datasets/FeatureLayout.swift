import Kernels

/// Where the inputs of each feature stand.
struct FeatureLayout {
  /// The place of one feature.
  struct Place {
    /// Which of the inputs.
    let buffer: Int
    /// Where in a row of it.
    let output: Int
    /// Where the was-missing flag is.
    let flag: Int?
  }

  /// One place per feature.
  let places: [Place]

  init(_ preprocessing: Preprocessing) {
    let inputs = preprocessing.inputs
    let hasShared = inputs.first?.vocabularySize == nil && !inputs.isEmpty
    var nextBuffer = hasShared ? 1 : 0
    var next = 0
    places = preprocessing.features.map { feature in
      let flags: Bool
      var width = 1
      switch feature.transform {
      case .number(let number): flags = number.hasFlag
      case .boolean(let boolean): flags = boolean.hasFlag
      case .category(let category):
        guard category.encoding == .oneHot else {
          nextBuffer += 1
          return Place(buffer: nextBuffer - 1, output: 0, flag: nil)
        }
        flags = false
        width = category.categories.count + (category.hasOther ? 1 : 0)
      }
      defer { next += width + (flags ? 1 : 0) }
      return Place(buffer: 0, output: next, flag: flags ? next + width : nil)
    }
  }
}

extension Preprocessing.Transform {
  /// What a missing number or boolean becomes as an input.
  var encodedFill: Float {
    switch self {
    case .number(let number): Float((number.fill - number.offset) * number.scale)
    case .boolean(let boolean): Float(boolean.fill)
    case .category: 0
    }
  }

  /// Whether a missing value is an error.
  var refusesMissing: Bool {
    switch self {
    case .number(let number): number.missing == .error
    case .boolean(let boolean): boolean.missing == .error
    case .category(let category): category.refusesMissing
    }
  }
}

extension CategoryTransform {
  /// The code of missing, unknown and folded categories; nil where all inputs are 0.
  var otherCode: Int? {
    switch encoding {
    case .oneHot: hasOther ? categories.count : nil
    case .embedding: 0
    }
  }

  /// What is added to a category's place to get its code.
  var firstCode: Int { encoding == .oneHot ? 0 : 1 }

  /// Whether an unknown category is refused under a policy. Where rare categories were folded,
  /// an unknown one may be one of them and counts as such.
  func refusesUnknown(_ policy: ValuePolicy) -> Bool { policy == .error && foldedCount == 0 }
}

/// A dictionary of categories or classes.
func dictionary(of names: [String], hasNumberKeys: Bool, startingWithOther: Bool) -> TextDictionary
{
  if hasNumberKeys {
    // NaN is never found, so it can stand for the place of missing ones.
    let numbers = names.map { Double($0) ?? .nan }
    return TextDictionary(numbers: startingWithOther ? [.nan] + numbers : numbers)
  }
  // No field's content starts with a blank.
  return TextDictionary(startingWithOther ? [" "] + names : names)
}
