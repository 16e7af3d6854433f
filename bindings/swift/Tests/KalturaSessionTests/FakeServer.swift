import Foundation
#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The bundled fake Kaltura server as a child process. The environment variable FAKE_SERVER names the program.
final class FakeServer {
  let url: String
  private let process = Process()
  private let input = Pipe()

  init() throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: ProcessInfo.processInfo.environment["FAKE_SERVER"]!)
    process.arguments = ["--http", "127.0.0.1:0"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    url = line.split(separator: "\n").first { $0.hasPrefix("http ") }!.dropFirst(5).description
  }

  deinit { process.terminate() }

  func script(_ lines: String) async throws { _ = try await control("script", body: lines) }
  func release(_ gate: String) async throws { _ = try await control("release?name=\(gate)", body: "") }

  func counter(_ name: String) async throws -> Int {
    let lines = try await control("counters").split(separator: "\n")
    return Int(lines.first { $0.hasPrefix("\(name) ") }!.dropFirst(name.count + 1))!
  }

  /// Waits until the server has counted so many, for at most ten seconds.
  func wait(for name: String, toBe count: Int) async throws {
    for _ in 0..<1000 where try await counter(name) < count { try await Task.sleep(nanoseconds: 10_000_000) }
  }

  private func control(_ path: String, body: String? = nil) async throws -> String {
    var request = URLRequest(url: URL(string: "\(url)/_fake/\(path)")!)
    if let body {
      request.httpMethod = "POST"
      request.httpBody = Data(body.utf8)
    }
    return String(decoding: try await URLSession.shared.data(for: request).0, as: UTF8.self)
  }
}
