import CKaltura
import Foundation
import PlayKitAdapter
import XCTest

@testable import KalturaSession

final class SessionProviderTests: XCTestCase {
  private var server: FakeServer!

  override func setUp() async throws { server = try FakeServer() }
  override func tearDown() async throws { server = nil }

  private var options: SessionOptions {
    var options = SessionOptions(partnerID: 101, appTokenID: "0_sha256tk", appToken: "303132333435363738393a3b3c3d3e3f")
    options.serviceURL = server.url
    return options
  }

  func testAProviderGivesASessionAndKeepsIt() async throws {
    var options = options
    options.userID = "someone"
    options.expirySeconds = 3600
    let provider = try SessionProvider(options)
    XCTAssertNil(provider.peek())
    let session = try await provider.load()
    XCTAssertFalse(session.ks.isEmpty)
    XCTAssertEqual(session.partnerID, 101)
    XCTAssertEqual(session.userID, "someone")
    XCTAssertEqual(session.hashType, .sha256)
    XCTAssertEqual(session.remaining, 3600, accuracy: 60)
    XCTAssertEqual(session.expiresAt.timeIntervalSinceNow, 3600, accuracy: 60)
    let again = try await provider.load()
    XCTAssertEqual(again.ks, session.ks)
    XCTAssertEqual(provider.peek()?.ks, session.ks)
    let requests = try await server.counter("requests")
    XCTAssertEqual(requests, 2)
  }

  func testAnInvalidatedSessionIsRefreshed() async throws {
    let provider = try SessionProvider(options)
    let first = try await provider.load()
    XCTAssertEqual(provider.report(apiCode: "INVALID_KS", ks: first.ks), .refreshAndRetry)
    let second = try await provider.load()
    provider.invalidate()
    let third = try await provider.load()
    XCTAssertEqual(Set([first.ks, second.ks, third.ks]).count, 3)
    let starts = try await server.counter("start_requests")
    XCTAssertEqual(starts, 3)
  }

  func testAHundredTasksShareOneRefresh() async throws {
    let provider = try SessionProvider(options)
    let all = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<100 { group.addTask { try await provider.load().ks } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    XCTAssertEqual(all.count, 1)
    let starts = try await server.counter("start_requests")
    XCTAssertEqual(starts, 1)
  }

  func testAnErrorOfTheServersIsTyped() async throws {
    var options = options
    options.appToken = "00112233445566778899aabbccddeeff"
    options.hashType = .sha256
    let provider = try SessionProvider(options)
    do {
      _ = try await provider.load()
      XCTFail("no error")
    } catch {
      XCTAssertEqual(error.status, .appTokenMismatch)
      XCTAssertEqual(error.category, .server)
      XCTAssertEqual(error.step, .startSession)
      XCTAssertEqual(error.apiCode, "INVALID_APP_TOKEN_HASH")
      XCTAssertFalse(error.isRetryable)
      XCTAssertEqual(error.errorDescription, error.message)
      XCTAssertEqual(error.recoverySuggestion, error.hint)
      XCTAssertFalse(error.hint.isEmpty)
      XCTAssert("\(error)".hasPrefix("KALTURA_STATUS_APP_TOKEN_MISMATCH: "))
    }
  }

  func testABadOptionIsNamed() {
    var options = options
    options.totalTimeout = -1
    XCTAssertThrowsError(try SessionProvider(options)) { error in
      XCTAssertEqual((error as? KalturaError)?.status, .invalidArgument)
      XCTAssertEqual((error as? KalturaError)?.option, "total_timeout_ms")
    }
  }

  func testCancellingATaskEndsItsLoadAndNotTheRefresh() async throws {
    try await server.script("widget:1 hold name=gate")
    let provider = try SessionProvider(options)
    let patient = Task { try await provider.load().ks }
    let cancelled = Task { try await provider.load().ks }
    try await server.wait(for: "held", toBe: 1)
    cancelled.cancel()
    switch await cancelled.result {
    case .success: XCTFail("it was cancelled")
    case .failure(let error): XCTAssertEqual((error as? KalturaError)?.status, .cancelled)
    }
    try await server.release("gate")
    let ks = try await patient.value
    XCTAssertEqual(provider.peek()?.ks, ks)
    let starts = try await server.counter("start_requests")
    XCTAssertEqual(starts, 1)
  }

  func testATaskThatWasCancelledBeforeIsCancelled() async throws {
    let provider = try SessionProvider(options)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await provider.load().ks
    }
    let result = await task.result
    XCTAssertThrowsError(try result.get()) { XCTAssertEqual(($0 as? KalturaError)?.status, .cancelled) }
  }

  func testAShutDownEndsLoads() async throws {
    try await server.script("widget:* hold name=gate")
    let provider = try SessionProvider(options)
    let task = Task { try await provider.load().ks }
    try await server.wait(for: "held", toBe: 1)
    provider.shutdown()
    let result = await task.result
    XCTAssertThrowsError(try result.get()) { XCTAssertEqual(($0 as? KalturaError)?.status, .shutDown) }
  }

  func testASwitchOfUserBringsTheOthersSession() async throws {
    let provider = try SessionProvider(options)
    _ = try await provider.load()
    try provider.setUserID("other")
    XCTAssertNil(provider.peek())
    let session = try await provider.load()
    XCTAssertEqual(session.userID, "other")
    XCTAssertThrowsError(try provider.setUserID("a\u{1}")) {
      XCTAssertEqual(($0 as? KalturaError)?.status, .invalidArgument)
    }
  }

  func testTheSessionsOfAnAppTokenCanBeEnded() async throws {
    let provider = try SessionProvider(options)
    _ = try await provider.load()
    try await provider.endAllSessionsOfAppToken()
    do {
      _ = try await provider.load()
      XCTFail("no error")
    } catch {
      XCTAssertEqual(error.status, .invalidKs)
      XCTAssertEqual(error.ksReason, .logout)
    }
  }

  func testABackendThatCannotHashFailsTheLoad() async throws {
    struct NoBackend: LocalizedError { var errorDescription: String? { "the backend is away" } }
    var options = options
    options.appToken = nil
    options.tokenHash = { widgetKS in
      XCTAssertFalse(widgetKS.isEmpty)
      throw NoBackend()
    }
    let provider = try SessionProvider(options)
    do {
      _ = try await provider.load()
      XCTFail("no error")
    } catch {
      XCTAssertEqual(error.status, .callbackFailed)
      XCTAssert(error.message.contains("the backend is away"), error.message)
    }
  }

  func testAHashThatNobodyWaitsForIsCancelled() async throws {
    let wasCancelled = expectation(description: "cancelled")
    var options = options
    options.appToken = nil
    options.totalTimeout = 0.3
    options.tokenHash = { _ in
      do { try await Task.sleep(nanoseconds: 60_000_000_000) } catch { wasCancelled.fulfill() }
      return ""
    }
    let provider = try SessionProvider(options)
    do {
      _ = try await provider.load()
      XCTFail("no error")
    } catch {
      XCTAssertEqual(error.status, .timeout)
    }
    await fulfillment(of: [wasCancelled], timeout: 10)
  }

  func testASessionIsKeptBetweenRuns() async throws {
    var options = options
    let store = MemoryStore()
    options.store = store
    let first = try await SessionProvider(options).load()
    let second = try await SessionProvider(options).load()
    XCTAssertEqual(first.ks, second.ks)
    let third = try SessionProvider(options)
    _ = try await third.load()
    third.invalidate()
    XCTAssert(store.isEmpty)
    let starts = try await server.counter("start_requests")
    XCTAssertEqual(starts, 1)
  }

  func testWhatIsPrintedHoldsNoSecret() async throws {
    let lines = MemoryStore()
    var options = options
    options.logLevel = .debug
    options.log = { level, line in _ = lines.save("\(lines.count) \(level)", Data(line.utf8)) }
    let session = try await SessionProvider(options).load()
    var dumped = ""
    dump(session, to: &dumped)
    dump(options, to: &dumped)
    let printed = "\(session) \(options) \(dumped) \(lines.text)"
    XCTAssertGreaterThan(lines.count, 0)
    XCTAssertFalse(printed.contains(session.ks))
    XCTAssertFalse(printed.contains(options.appToken!))
  }

  func testWhatCWasGivenIsLetGo() async throws {
    final class Witness: Sendable {}
    var witness: Witness? = Witness()
    weak var watched = witness
    do {
      var options = options
      options.log = { [witness] _, _ in _ = witness }
      _ = try await SessionProvider(options).load()
    }
    witness = nil
    for _ in 0..<1000 where watched != nil { try await Task.sleep(nanoseconds: 10_000_000) }
    XCTAssertNil(watched)
  }

  func testPlayKitIsServed() async throws {
    let adapter = try KalturaSessionProvider(options)
    XCTAssertEqual(adapter.serverURL, server.url)
    XCTAssertEqual(adapter.partnerId, 101)
    let loaded = expectation(description: "loaded")
    adapter.loadKS { ks, error in
      XCTAssertEqual(ks?.isEmpty, false)
      XCTAssertNil(error)
      loaded.fulfill()
    }
    await fulfillment(of: [loaded], timeout: 10)
  }
}

/// A store that forgets with the process.
private final class MemoryStore: SessionStore, @unchecked Sendable {
  private let lock = NSLock()
  private var blobs: [String: Data] = [:]

  var isEmpty: Bool { lock.withLock { blobs.isEmpty } }
  var count: Int { lock.withLock { blobs.count } }
  var text: String { lock.withLock { blobs.values.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n") } }
  func load(_ key: String) -> Data? { lock.withLock { blobs[key] } }
  func save(_ key: String, _ blob: Data) -> Bool { lock.withLock { blobs[key] = blob; return true } }
  func clear(_ key: String) -> Bool { lock.withLock { blobs[key] = nil; return true } }
}
