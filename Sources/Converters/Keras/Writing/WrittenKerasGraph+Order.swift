/// The order in which Keras has the layers of a functional model, whatever their order in the file.
///
/// Names of weights and the order of an optimizer's variables follow from it. As `map_graph` of
/// Keras 3: layers that are further from the outputs come first, and among those equally far the
/// ones that are met first when going from the outputs, in order, to all that they take.
extension WrittenKerasGraph {
  /// The places of all layers, in Keras' order.
  var order: [Int] {
    let (calls, firstMet) = walk()
    var callDepths: [Place: Int] = [:]
    var depths: [Int: Int] = [:]
    for place in calls.reversed() {
      // A layer that is used several times is as far away as the furthest of its uses.
      let depth = max(callDepths[place, default: 0], depths[place.layer, default: 0])
      depths[place.layer] = depth
      callDepths[place] = depth
      for tensor in layers[place.layer].calls[place.call].tensors {
        let source = Place(tensor)
        callDepths[source] = max(depth + 1, callDepths[source, default: 0])
      }
    }
    var met = firstMet
    // Inputs that nothing takes.
    for input in inputs where depths[input.layer] == nil {
      depths[input.layer] = 0
      met[input.layer] = -1
    }
    return layers.indices.filter { depths[$0] != nil }.sorted { first, second in
      let (left, right) = (depths[first, default: 0], depths[second, default: 0])
      if left != right { return left > right }
      let (before, behind) = (met[first, default: 0], met[second, default: 0])
      return before != behind ? before < behind : first < second
    }
  }

  /// One use of a layer.
  private struct Place: Hashable {
    var layer: Int
    var call: Int

    init(_ tensor: WrittenKerasTensor) {
      layer = tensor.layer
      call = tensor.call
    }
  }

  /// Every use after all that it takes, as a search in depth leaves them; and which layer was met as
  /// the how manieth.
  private func walk() -> (calls: [Place], firstMet: [Int: Int]) {
    var finished: Set<Place> = []
    var calls: [Place] = []
    var firstMet: [Int: Int] = [:]
    for output in outputs {
      var stack: [(place: Place, sources: [WrittenKerasTensor], next: Int)] = []
      func enter(_ tensor: WrittenKerasTensor) {
        let place = Place(tensor)
        guard !finished.contains(place) else { return }
        if firstMet[place.layer] == nil { firstMet[place.layer] = firstMet.count }
        stack.append((place, layers[place.layer].calls[place.call].tensors, 0))
      }
      enter(output)
      while let top = stack.last {
        if top.next < top.sources.count {
          stack[stack.count - 1].next += 1
          enter(top.sources[top.next])
        } else {
          stack.removeLast()
          if finished.insert(top.place).inserted { calls.append(top.place) }
        }
      }
    }
    return (calls, firstMet)
  }
}
