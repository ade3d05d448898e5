#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension Workers {
  /// Takes items one after the other, works on several at once, and gives the results in the order
  /// in which they were taken.
  ///
  /// Taking and giving are each done by one thread at a time. What comes out does not depend on the
  /// number of threads. The first error in the order of the items ends everything; items before it
  /// have been given.
  ///
  /// - Parameters:
  ///   - slots: reused memory for one item each; at least one. More slots than threads let a
  ///     thread go on while an earlier item is still being worked on.
  ///   - take: fills a slot with the next item; false when there are no more.
  ///   - work: called on several threads at once, each with a slot of its own.
  ///   - give: hands out a result.
  package func pipeline<Slot>(
    slots: [Slot], take: (Slot) throws -> Bool, work: (Slot) throws -> Void,
    give: (Slot) throws -> Void
  ) throws {
    let state = PipelineState(slotCount: slots.count)
    forEach(threadCount) { _ in
      state.lock()
      defer { state.unlock() }
      while let slot = state.waitForFreeSlot() {
        // Taking happens under the lock, so that items are numbered in their order.
        let item = state.taken
        do {
          guard try take(slots[slot]) else {
            state.finishTaking(returning: slot)
            break
          }
        } catch {
          state.finish(slot, item: item, error: error)
          state.finishTaking(returning: nil)
          state.giveReady { try give(slots[$0]) }
          break
        }
        state.taken += 1
        state.unlock()
        var failure: (any Error)?
        do { try work(slots[slot]) } catch { failure = error }
        state.lock()
        state.finish(slot, item: item, error: failure)
        state.giveReady { try give(slots[$0]) }
      }
    }
    if let error = state.error { throw error }
  }
}

/// What the threads of a pipeline share, all of it under one lock.
private final class PipelineState: @unchecked Sendable {
  var taken = 0
  private(set) var error: (any Error)?
  private var given = 0
  private var free: [Int]
  private var ready: [(item: Int, slot: Int, error: (any Error)?)] = []
  private var isTaking = true
  private var isGiving = false
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init(slotCount: Int) {
    precondition(slotCount > 0, "a pipeline needs a slot")
    free = Array((0..<slotCount).reversed())
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }

  /// A slot that nobody uses; nil when there is nothing more to take.
  func waitForFreeSlot() -> Int? {
    while isTaking, error == nil, free.isEmpty { pthread_cond_wait(condition, mutex) }
    return isTaking && error == nil ? free.popLast() : nil
  }

  func finishTaking(returning slot: Int?) {
    if let slot { free.append(slot) }
    isTaking = false
    pthread_cond_broadcast(condition)
  }

  func finish(_ slot: Int, item: Int, error: (any Error)?) {
    ready.append((item, slot, error))
  }

  /// Gives what is next in order, without the lock, one thread at a time.
  func giveReady(_ give: (Int) throws -> Void) {
    guard !isGiving else { return }
    isGiving = true
    while error == nil, let index = ready.firstIndex(where: { $0.item == given }) {
      let next = ready.remove(at: index)
      var failure = next.error
      if failure == nil {
        unlock()
        do { try give(next.slot) } catch { failure = error }
        lock()
      }
      error = failure
      given += 1
      free.append(next.slot)
      pthread_cond_broadcast(condition)
    }
    isGiving = false
    if error != nil { pthread_cond_broadcast(condition) }
  }
}
