import Tensors

/// The elements of one input for all rows, one row behind the other.
struct InputBuffer {
  let width: Int
  private let rowCount: Int
  /// Real numbers, or nothing where the input is indices.
  var numbers: [Float] = []
  /// Indices, or nothing where the input is real numbers.
  var codes: [Int32] = []

  init(_ input: InputLayout, rowCount: Int) {
    width = input.width
    self.rowCount = rowCount
    if input.elementType == .int32 {
      codes = Array(repeating: 0, count: rowCount * width)
    } else {
      numbers = Array(repeating: 0, count: rowCount * width)
    }
  }

  func tensor(shape: Shape) -> Tensor {
    let shape = shape.prepending(rowCount)
    return codes.isEmpty && !(numbers.isEmpty && rowCount * width > 0)
      ? Tensor(numbers, shape: shape) : Tensor(codes, shape: shape)
  }
}

/// Writes what one column of a table becomes into the inputs.
struct FeatureEncoder {
  let feature: Preprocessing.Feature
  let place: FeatureLayout.Place
  let policies: Preprocessing
  let table: Table
  let rows: [Int]
  var counts = EncodingReport.Counts()

  mutating func encode(
    _ column: TableColumn, into buffers: inout [InputBuffer]
  ) throws(TableError) {
    switch feature.transform {
    case .number(let transform):
      let values = try column.asNumbers(of: table)
      for (index, row) in rows.enumerated() {
        let scaled = Float((values[row] - transform.offset) * transform.scale)
        if values[row].isNaN {
          try fill(index, row, &counts.missing, &buffers[place.buffer])
        } else if scaled.isFinite {
          write(scaled, index, &buffers[place.buffer])
        } else {
          guard policies.unreadable == .missing else {
            throw error(row, .tooLarge(found: "\(values[row])"))
          }
          try fill(index, row, &counts.unreadable, &buffers[place.buffer])
        }
      }
    case .boolean:
      let truths = try column.asTruths(of: table)
      for (index, row) in rows.enumerated() {
        if let truth = truths[row] {
          write(truth ? 1 : 0, index, &buffers[place.buffer])
        } else {
          try fill(index, row, &counts.missing, &buffers[place.buffer])
        }
      }
    case .category(let transform):
      let names = column.asNames()
      let places = names.places(in: transform.categories, hasNumberKeys: transform.hasNumberKeys)
      for (index, row) in rows.enumerated() {
        let code = try code(names, row: row, places: places, transform)
        write(code, index, transform, &buffers[place.buffer])
      }
    case .sequence, .text:
      try encodeSeries(column, into: &buffers)
    }
  }

  /// Fills a column that the table lacks.
  func encodeAbsent(into buffers: inout [InputBuffer]) {
    for index in rows.indices {
      switch feature.transform {
      case .number, .boolean:
        write(feature.transform.encodedFill, index, &buffers[place.buffer])
        if let flag = place.flag {
          buffers[place.buffer].numbers[index * buffers[place.buffer].width + flag] = 1
        }
      case .category(let transform):
        write(transform.otherCode, index, transform, &buffers[place.buffer])
      case .sequence, .text: break
      }
    }
  }

  private mutating func encodeSeries(
    _ column: TableColumn, into buffers: inout [InputBuffer]
  ) throws(TableError) {
    let encoder = SeriesEncoder(feature.transform, unreadable: policies.unreadable)
    let names = column.asNames()
    let width = buffers[place.buffer].width
    for (index, row) in rows.enumerated() {
      let name = names.codes[row]
      do {
        try encoder.encode(
          name < 0 ? nil : names.names[Int(name)], decimal: table.decimal, counts: &counts,
          set: { buffers[place.buffer].numbers[index * width + $0] = $1 },
          setCode: { buffers[place.buffer].codes[index * width + $0] = $1 },
          setMask: { step in
            guard case .sequence(let sequence) = feature.transform, sequence.hasMask else { return }
            buffers[place.buffer + 1].numbers[index * sequence.length + step] = 1
          })
      } catch {
        throw self.error(row, error.tableProblem)
      }
    }
  }

  private mutating func code(
    _ names: TableColumn.Names, row: Int, places: [Int?], _ transform: CategoryTransform
  ) throws(TableError) -> Int? {
    let name = Int(names.codes[row])
    if name < 0 {
      guard !transform.refusesMissing else { throw error(row, .missingValue) }
      counts.missing += 1
      return transform.otherCode
    }
    if let place = places[name] { return place + transform.firstCode }
    guard !transform.refusesUnknown(policies.unknown) else {
      throw error(
        row, .unknownCategory(found: names.names[name], known: transform.categories))
    }
    counts.unknown += 1
    return transform.otherCode
  }

  private func write(
    _ code: Int?, _ index: Int, _ transform: CategoryTransform, _ buffer: inout InputBuffer
  ) {
    if transform.encoding != .oneHot {
      buffer.codes[index * buffer.width] = Int32(code ?? 0)
    } else if let code {
      buffer.numbers[index * buffer.width + place.output + code] = 1
    }
  }

  private func write(_ number: Float, _ index: Int, _ buffer: inout InputBuffer) {
    buffer.numbers[index * buffer.width + place.output] = number
  }

  private func fill(
    _ index: Int, _ row: Int, _ count: inout Int, _ buffer: inout InputBuffer
  ) throws(TableError) {
    guard !feature.transform.refusesMissing else { throw error(row, .missingValue) }
    count += 1
    write(feature.transform.encodedFill, index, &buffer)
    if let flag = place.flag { buffer.numbers[index * buffer.width + flag] = 1 }
  }

  private func error(_ row: Int, _ problem: TableError.Problem) -> TableError {
    TableError(
      table.source, line: table.line(ofRow: row), column: feature.name, problem)
  }
}

extension SeriesEncoder.Problem {
  /// The problem as one of a table.
  var tableProblem: TableError.Problem {
    switch self {
    case .missing: .missingValue
    case .notANumber(let found): .notANumber(found: found)
    case .tooLarge(let found): .tooLarge(found: found)
    case .incomplete(let count, let channels): .incompleteSteps(count: count, channels: channels)
    }
  }
}
