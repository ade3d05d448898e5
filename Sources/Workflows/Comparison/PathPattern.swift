/// Paths of which some letters are left open: `*` stands for any number of them, `?` for one.
///
/// A pattern means what it names and everything below that: `optimizer` means
/// `optimizer/first_moment/dense/kernel` too, `*/bias` every bias.
struct PathPattern: Hashable, Sendable {
  private let letters: [UInt8]

  /// A pattern as it is written; a slash in front means nothing.
  init(_ text: String) { letters = Array(text.utf8.drop { $0 == UInt8(ascii: "/") }) }

  /// Whether a path is meant.
  func matches(_ path: String) -> Bool {
    let path = Array(path.utf8.drop { $0 == UInt8(ascii: "/") })
    // From where the last star may take one letter more, which is enough to be tried.
    var (place, letter) = (0, 0)
    var star: (pattern: Int, path: Int)?
    while true {
      if letter == letters.count, place == path.count || path[place] == UInt8(ascii: "/") {
        return true
      }
      if letter < letters.count, letters[letter] == UInt8(ascii: "*") {
        star = (letter + 1, place)
        letter += 1
      } else if letter < letters.count, place < path.count,
        letters[letter] == path[place] || letters[letter] == UInt8(ascii: "?")
      {
        letter += 1
        place += 1
      } else if let last = star, last.path < path.count {
        star = (last.pattern, last.path + 1)
        letter = last.pattern
        place = last.path + 1
      } else {
        return false
      }
    }
  }
}
