import CKaltura

/// A handle of the C library, freed with its last owner. Each kind that is kept here may be used from any thread.
final class Handle: @unchecked Sendable {
  let pointer: OpaquePointer
  private let free: @Sendable (OpaquePointer) -> Void

  init(_ pointer: OpaquePointer, free: @escaping @Sendable (OpaquePointer) -> Void) {
    self.pointer = pointer
    self.free = free
  }
  deinit { free(pointer) }
}

/// A Swift value that C carries as `user_data`: `retained()` goes in, `release` is the destroy function.
final class Box<Value>: Sendable where Value: Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
  func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }
  static func value(_ userData: UnsafeMutableRawPointer?) -> Value {
    Unmanaged<Box<Value>>.fromOpaque(userData!).takeUnretainedValue().value
  }
}

let release: @Sendable @convention(c) (UnsafeMutableRawPointer?) -> Void = { Unmanaged<AnyObject>.fromOpaque($0!).release() }

/// Text of a handle's, which lives as long as the handle: copied.
func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }
