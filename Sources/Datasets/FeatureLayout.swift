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

  /// Every column that is used, with its place, in the order of the inputs they write to.
  let columns: [(feature: Preprocessing.Feature, place: Place)]

  init(_ preprocessing: Preprocessing) {
    let inputs = preprocessing.inputs
    let hasShared = inputs.first?.name == Preprocessing.featuresInput
    var nextBuffer = (hasShared ? 1 : 0) + preprocessing.blocks.count
    var next = 0
    var columns: [(feature: Preprocessing.Feature, place: Place)] = []
    for feature in preprocessing.features {
      var flags = false
      var width = 1
      var isOwnInput = false
      switch feature.transform {
      case .number(let number): flags = number.hasFlag
      case .boolean(let boolean): flags = boolean.hasFlag
      case .category(let category):
        width = category.categories.count + (category.hasOther ? 1 : 0)
        isOwnInput = category.encoding != .oneHot
      case .sequence(let sequence):
        isOwnInput = true
        flags = sequence.hasMask
      case .text: isOwnInput = true
      }
      if isOwnInput {
        columns.append((feature, Place(buffer: nextBuffer, output: 0, flag: nil)))
        nextBuffer += flags ? 2 : 1
      } else {
        columns.append(
          (feature, Place(buffer: 0, output: next, flag: flags ? next + width : nil)))
        next += width + (flags ? 1 : 0)
      }
    }
    for (number, block) in preprocessing.blocks.enumerated() {
      let buffer = (hasShared ? 1 : 0) + number
      for (output, feature) in block.features.enumerated() {
        columns.append((feature, Place(buffer: buffer, output: output, flag: nil)))
      }
    }
    self.columns = columns
  }
}

extension Preprocessing.Transform {
  /// What a missing number or boolean becomes as an input.
  var encodedFill: Float {
    switch self {
    case .number(let number): Float((number.fill - number.offset) * number.scale)
    case .boolean(let boolean): Float(boolean.fill)
    case .category, .sequence, .text: 0
    }
  }

  /// Whether a missing value is an error.
  var refusesMissing: Bool {
    switch self {
    case .number(let number): number.missing == .error
    case .boolean(let boolean): boolean.missing == .error
    case .category(let category): category.refusesMissing
    case .sequence(let sequence): sequence.refusesMissing
    case .text(let text): text.refusesMissing
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
