/// Names that differ in a number alone, as one.
enum FoldedNames {
  /// Runs of three and more as their pattern and how many there are, as `dense_# (12)`; all others as
  /// they are.
  static func fold(_ names: [String]) -> [String] {
    var groups: [(pattern: String, names: [String])] = []
    var places: [String: Int] = [:]
    for name in names {
      let pattern = pattern(of: name)
      if let place = places[pattern] {
        groups[place].names.append(name)
      } else {
        places[pattern] = groups.count
        groups.append((pattern, [name]))
      }
    }
    return groups.flatMap { pattern, names in
      names.count < 3 ? names : ["\(pattern) (\(NumberText.count(names.count)))"]
    }
  }

  /// A name with `#` in place of every number that is a word of it: `block.#.attention`.
  static func pattern(of name: String) -> String {
    var pattern = ""
    var digits = ""
    var last: Character?
    func isEnd(_ letter: Character?) -> Bool { letter.map { "._/-".contains($0) } ?? true }
    for letter in name + "/" {
      if letter.isASCII, letter.isNumber, !digits.isEmpty || isEnd(last) {
        digits.append(letter)
      } else {
        if !digits.isEmpty { pattern += isEnd(letter) ? "#" : digits }
        digits = ""
        pattern.append(letter)
      }
      last = letter
    }
    return String(pattern.dropLast())
  }
}
