// 10,000 sessions and what goes with them, for a library that counts what it gives out: bindings/count_handles.c.
import CKaltura
import Foundation
import KalturaSession

struct NoBackend: Error {}

var options = SessionOptions(partnerID: 101, appTokenID: "0_sha256tk", appToken: "303132333435363738393a3b3c3d3e3f")
options.serviceURL = ProcessInfo.processInfo.environment["FAKE_URL"]
options.hashType = .sha256
options.log = { _, _ in }
for _ in 0..<3400 {
  let provider = try SessionProvider(options)
  // Not more often: a refresh that has just been answered counts among the four that may be under way.
  for _ in 0..<3 {
    _ = try await provider.load()
    _ = provider.peek()
    let task = Task { try await provider.load() }
    task.cancel()
    _ = await task.result
    provider.invalidate()
  }
}

options.appToken = nil
options.tokenHash = { _ in throw NoBackend() }
for _ in 0..<100 {
  _ = try? await SessionProvider(options).load()
  _ = try? SessionProvider(SessionOptions(partnerID: 0, appTokenID: ""))
}

// A callback's own data comes back after it has returned.
try await Task.sleep(nanoseconds: 200_000_000)
